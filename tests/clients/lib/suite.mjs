// What every JavaScript client's program does alike; see suite.py for the words.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';

export const FEATURES = ['small', 'empty', 'odd-names', 'multipart', 'range', 'copy', 'list', 'delete', 'metadata',
  'tags', 'versioning', 'presign', 'errors', 'replication'];

export const ODD_NAMES = [
  'with space.txt', ' starts and ends with space ', 'plus+sign+.txt', 'percent%.txt', 'percent %41 %2F %25.txt',
  'ümläut-日本語-😀.txt', 'double//slash.txt', 'deep/er/and/deeper/x', 'folder/',
  'quotes\'"and<angle>&amp;.txt', '(paren)!*~$,;:@=.txt', 'question?hash#.txt', 'back\\slash.txt',
  '[brackets]{braces}|^`.txt', '.hidden', 'tab\there',
];

const env = process.env;
export const settings = {
  endpoint: env.CLIENT_ENDPOINT,
  region: env.CLIENT_REGION,
  accessKey: env.CLIENT_ACCESS_KEY,
  secretKey: env.CLIENT_SECRET_KEY,
  work: env.CLIENT_WORK,
  bucket: (feature) => `${env.CLIENT_BUCKET_PREFIX}-${feature}`,
};

export class NotApplicable extends Error {}

export function equal(found, wanted, what) {
  try {
    assert.deepEqual(found, wanted);
  } catch {
    const short = (value) => {
      const text = Buffer.isBuffer(value) ? `${value.length} bytes` : JSON.stringify(value) ?? String(value);
      return text.length > 160 ? text.slice(0, 160) + '...' : text;
    };
    throw new Error(`${what}: ${short(found)}, not ${short(wanted)}`);
  }
}

export function check(condition, sentence) {
  if (!condition) throw new Error(sentence);
}

export function same(found, wanted, what) {
  check(Buffer.compare(found, wanted) === 0, `${what} differs (${found.length} bytes, not ${wanted.length})`);
}

export async function raises(call, wanted, codeOf, what) {
  let error;
  try {
    await call();
  } catch (caught) {
    error = caught;
  }
  check(error, `${what}: succeeded, should fail with ${wanted}`);
  check([].concat(wanted).includes(codeOf(error)), `${what}: ${codeOf(error)}, not ${wanted} (${error.message})`);
  return error;
}

// The same bytes for the same arguments, by a small generator.
export function content(size, seed = 0) {
  const bytes = Buffer.alloc(size);
  let state = (size * 31 + seed + 1) >>> 0;
  for (let i = 0; i < size; i += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

export const md5 = (data) => crypto.createHash('md5').update(data).digest('hex');
export const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
export const sorted = (list) => [...list].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

export async function run(features) {
  const only = process.argv.slice(2);
  for (const feature of FEATURES) {
    if (only.length && !only.includes(feature)) continue;
    let result = 'ok';
    let detail = '';
    try {
      detail = (await features[feature]()) ?? '';
    } catch (error) {
      result = error instanceof NotApplicable ? 'n.a.' : 'FAIL';
      const line = /client\.mjs:(\d+)/.exec(error.stack ?? '');
      detail = error instanceof NotApplicable ? error.message
        : `${line ? `line ${line[1]}: ` : ''}${String(error.message || error.name || error).slice(0, 600)}`;
      if (env.CLIENT_VERBOSE) console.error(error);
    }
    console.log(JSON.stringify({ feature, result, detail }));
  }
  process.exit(0);
}
