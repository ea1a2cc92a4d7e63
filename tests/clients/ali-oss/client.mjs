// ali-oss, addressed by host names (bucket.localhost), no retries: `clients/run ali-oss`.
import dns from 'node:dns';
import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import {
  NotApplicable, ODD_NAMES, check, content, equal, md5, raises, run, same, settings, sleep, sorted,
} from './suite.mjs';

// RFC 6761 says that names under localhost are this machine; not every resolver does.
const lookup = dns.lookup;
dns.lookup = (host, options, done) => (/(^|\.)localhost$/.test(host) ? lookup('127.0.0.1', options, done) : lookup(host, options, done));
const { default: OSS } = await import('ali-oss');

const MIB = 1024 * 1024;
const port = new URL(settings.endpoint).port;
const makeClient = (bucket, more = {}) => new OSS({
  region: `oss-${settings.region}`,
  endpoint: `http://localhost:${port}`,
  accessKeyId: settings.accessKey,
  accessKeySecret: settings.secretKey,
  retryMax: 0,
  bucket,
  ...more,
});
const code = (error) => error.code;

async function makeBucket(feature, more = {}) {
  const bucket = settings.bucket(feature);
  const client = makeClient(bucket, more);
  await client.putBucket(bucket, { dataRedundancyType: 'ZRS' });
  return client;
}

const file = (name, data) => {
  const where = path.join(settings.work, name);
  fs.writeFileSync(where, data);
  return where;
};

run({
  async small() {
    const client = await makeBucket('small');
    const body = content(5000);
    const put = await client.put('small', body);
    equal(put.res.headers.etag.replaceAll('"', ''), md5(body).toUpperCase(), 'ETag');
    check(put.res.headers['x-oss-request-id'], 'no x-oss-request-id');
    same((await client.get('small')).content, body, 'body');
    equal(Number((await client.head('small')).res.headers['content-length']), 5000, 'length');
    equal((await client.getObjectMeta('small')).res.headers['content-length'], '5000', 'length by getObjectMeta');
    await client.put('from a file', file('small', body));
    await client.get('from a file', file('small.back', ''));
    same(fs.readFileSync(path.join(settings.work, 'small.back')), body, 'file');
    await client.putStream('chunked', Readable.from([body]));
    same((await client.get('chunked')).content, body, 'chunked');
    const buckets = await client.listBuckets({ prefix: settings.bucket('small') });
    equal(buckets.buckets.map((b) => b.name), [settings.bucket('small')], 'listed buckets');
    const { bucket } = await client.getBucketInfo(settings.bucket('small'));
    equal([bucket.DataRedundancyType, bucket.Location], ['ZRS', `oss-${settings.region}`], 'info of the bucket');
    equal((await client.getBucketLocation(settings.bucket('small'))).location, `oss-${settings.region}`, 'location');
    const appended = await client.append('log', Buffer.from('one '));
    await client.append('log', Buffer.from('two'), { position: appended.nextAppendPosition });
    equal((await client.get('log')).content.toString(), 'one two', 'appended');
    await raises(() => client.put('small', body, { headers: { 'x-oss-forbid-overwrite': 'true' } }), 'FileAlreadyExists', code,
      'x-oss-forbid-overwrite');
    const v4 = makeClient(settings.bucket('small'), { authorizationV4: true });
    await v4.put('by V4', body);
    same((await v4.get('by V4')).content, body, 'by V4');
  },

  async empty() {
    const client = await makeBucket('empty');
    await client.put('empty', Buffer.alloc(0));
    equal((await client.get('empty')).content.length, 0, 'length');
  },

  async 'odd-names'() {
    for (const authorizationV4 of [false, true]) {
      const client = await makeBucket('odd-names', { authorizationV4 });
      for (const name of ODD_NAMES) await client.put(name, Buffer.from(name));
      for (const name of ODD_NAMES) same((await client.get(name)).content, Buffer.from(name), JSON.stringify(name));
      for (const style of ['list', 'listV2']) {
        const listed = await client[style]({ 'max-keys': 100 });
        equal(sorted(listed.objects.map((o) => o.name)), sorted(ODD_NAMES), `${style}, V4 ${authorizationV4}`);
      }
      await client.deleteMulti(ODD_NAMES);
      equal((await client.list()).objects ?? [], [], 'left');
    }
  },

  async multipart() {
    const client = await makeBucket('multipart');
    const body = content(5 * MIB + 12345);
    let seen = 0;
    const done = await client.multipartUpload('big one+%', file('big', body), {
      partSize: MIB, parallel: 3, progress: (part) => { seen = part; },
    });
    equal(seen, 1, 'progress');
    check(done.res.headers.etag.replaceAll('"', '').endsWith('-6'), `ETag ${done.res.headers.etag}`);
    same((await client.get('big one+%')).content, body, 'what came back');
    await client.multipartUploadCopy('copied', { sourceKey: 'big one+%', sourceBucketName: settings.bucket('multipart') }, { partSize: MIB });
    same((await client.get('copied')).content, body, 'copied in parts');
    const { uploadId } = await client.initMultipartUpload('never');
    await client.uploadPart('never', uploadId, 1, file('part', Buffer.alloc(102400)), 0, 102400);
    equal((await client.listParts('never', uploadId)).parts.PartNumber, '1', 'parts');
    equal((await client.listUploads({ 'max-uploads': 10 })).uploads.map((u) => u.name), ['never'], 'uploads');
    await client.abortMultipartUpload('never', uploadId);
    await raises(() => client.listParts('never', uploadId), 'NoSuchUpload', code, 'aborted upload');
  },

  async range() {
    const client = await makeBucket('range');
    const body = content(MIB);
    await client.put('r', body);
    for (const [Range, wanted] of [['bytes=0-0', body.subarray(0, 1)], ['bytes=100-70000', body.subarray(100, 70001)],
      ['bytes=-9', body.subarray(-9)], ['bytes=1000000-', body.subarray(1000000)]]) {
      same((await client.get('r', { headers: { Range } })).content, wanted, Range);
    }
    same((await client.get('r', { headers: { Range: 'bytes=1048576-' } })).content, body, 'past the end: the whole object');
  },

  async copy() {
    const client = await makeBucket('copy');
    const body = content(30000);
    await client.put('from ü+%', body, { meta: { kept: 'yes' } });
    await client.copy('to', 'from ü+%');
    same((await client.get('to')).content, body, 'copy');
    equal((await client.head('to')).meta, { kept: 'yes' }, 'metadata');
    await client.putMeta('to', { changed: '1' });
    equal((await client.head('to')).meta, { changed: '1' }, 'changed metadata');
    await raises(() => client.copy('x', 'none'), 'NoSuchKey', code, 'copy of nothing');
  },

  async list() {
    const client = await makeBucket('list');
    const names = [...Array(12).keys()].map((n) => `a/${String(n).padStart(2, '0')}`).concat(['b/1', 'c', 'd d']);
    for (const name of names) await client.put(name, Buffer.from('1'));
    const found = [];
    for (let marker; marker !== null;) {
      const page = await client.list({ 'max-keys': 5, marker });
      found.push(...page.objects.map((o) => o.name));
      marker = page.isTruncated ? page.nextMarker : null;
    }
    equal(found, names, 'in pages of 5');
    found.length = 0;
    for (let token; token !== null;) {
      const page = await client.listV2({ 'max-keys': 4, 'continuation-token': token });
      found.push(...page.objects.map((o) => o.name));
      token = page.isTruncated ? page.nextContinuationToken : null;
    }
    equal(found, names, 'v2 in pages of 4');
    const top = await client.list({ delimiter: '/' });
    equal([top.prefixes, top.objects.map((o) => o.name)], [['a/', 'b/'], ['c', 'd d']], 'by folder');
    equal((await client.listV2({ prefix: 'b/', 'start-after': 'b/1' })).keyCount, 0, 'start after');
  },

  async delete() {
    const client = await makeBucket('delete');
    const bucket = settings.bucket('delete');
    for (const name of ['one', 'two', 'three']) await client.put(name, Buffer.from('x'));
    await raises(() => client.deleteBucket(bucket), 'BucketNotEmpty', code, 'delete of a full bucket');
    equal((await client.delete('one')).res.status, 204, 'status');
    equal((await client.delete('one')).res.status, 204, 'status again');
    const gone = await client.deleteMulti(['two', 'three', 'never']);
    equal(gone.deleted.map((d) => d.Key), ['two', 'three', 'never'], 'deleted');
    await client.deleteBucket(bucket);
    await raises(() => client.list(), 'NoSuchBucket', code, 'a deleted bucket');
  },

  async metadata() {
    const client = await makeBucket('metadata');
    await client.put('m', Buffer.from('m'), {
      mime: 'text/x-m', meta: { color: 'red', 'with-dash': 'a b' }, headers: { 'Cache-Control': 'max-age=7', 'Content-Language': 'de' },
    });
    const head = await client.head('m');
    equal(head.meta, { color: 'red', 'with-dash': 'a b' }, 'user metadata');
    const { headers } = head.res;
    equal([headers['content-type'], headers['cache-control'], headers['content-language']], ['text/x-m', 'max-age=7', 'de'], 'system metadata');
    equal(headers['x-oss-object-type'], 'Normal', 'type');
    equal((await client.getACL('m')).acl, 'default', 'ACL of a new object');
    await client.putACL('m', 'public-read');
    equal((await client.getACL('m')).acl, 'public-read', 'ACL');
    equal((await fetch(`${settings.endpoint}/${settings.bucket('metadata')}/m`)).status, 200, 'anonymous read of a public object');
  },

  async tags() {
    const client = await makeBucket('tags');
    await client.put('t', Buffer.from('t'), { headers: { 'x-oss-tagging': 'x=1&y=a%20b' } });
    equal((await client.getObjectTagging('t')).tag, { x: '1', y: 'a b' }, 'tags given with put');
    await client.putObjectTagging('t', { only: '2' });
    equal((await client.getObjectTagging('t')).tag, { only: '2' }, 'tags');
    await client.deleteObjectTagging('t');
    equal((await client.getObjectTagging('t')).tag, {}, 'tags after delete');
  },

  async versioning() {
    const client = await makeBucket('versioning');
    const bucket = settings.bucket('versioning');
    await client.putBucketVersioning(bucket, 'Enabled');
    equal((await client.getBucketVersioning(bucket)).versionStatus, 'Enabled', 'status');
    const ids = [];
    for (const text of ['one', 'two']) ids.push((await client.put('v', Buffer.from(text))).res.headers['x-oss-version-id']);
    equal((await client.get('v', { versionId: ids[0] })).content.toString(), 'one', 'the first version');
    const marker = await client.delete('v');
    equal(marker.res.headers['x-oss-delete-marker'], 'true', 'delete makes a marker');
    await raises(() => client.get('v'), 'NoSuchKey', code, 'get under a marker');
    const listed = await client.getBucketVersions();
    equal(listed.objects.map((v) => v.versionId), [...ids].reverse(), 'versions');
    equal(listed.deleteMarker.map((v) => v.versionId), [marker.res.headers['x-oss-version-id']], 'markers');
    await client.delete('v', { versionId: marker.res.headers['x-oss-version-id'] });
    equal((await client.get('v')).content.toString(), 'two', 'after the marker went');
    await raises(() => client.get('v', { versionId: marker.res.headers['x-oss-version-id'] }), 'NoSuchVersion', code, 'a version that went');
  },

  async presign() {
    const client = await makeBucket('presign');
    const name = 'odd +%ü name';
    // The tool's own URLs name bucket.localhost, which fetch cannot look up everywhere: the host goes into a header.
    const by = async (url, more = {}) => {
      const parts = new URL(url);
      const { request } = await import('node:http');
      return new Promise((resolve, reject) => {
        const sent = request({ host: '127.0.0.1', port, path: parts.pathname + parts.search, ...more, headers: { Host: parts.host, ...more.headers } },
          (answer) => {
            const chunks = [];
            answer.on('data', (chunk) => chunks.push(chunk));
            answer.on('end', () => resolve([answer.statusCode, Buffer.concat(chunks).toString()]));
          });
        sent.on('error', reject);
        sent.end(more.body);
      });
    };
    const put = client.signatureUrl(name, { method: 'PUT', expires: 600, 'Content-Type': 'text/x-u' });
    equal((await by(put, { method: 'PUT', body: 'by url', headers: { 'Content-Type': 'text/x-u' } }))[0], 200, 'put by URL');
    equal(await by(client.signatureUrl(name, { expires: 600 })), [200, 'by url'], 'get by URL');
    const v4 = makeClient(settings.bucket('presign'), { authorizationV4: true });
    equal(await by(await v4.signatureUrlV4('GET', 600, {}, name)), [200, 'by url'], 'get by V4 URL');
    equal((await by(await v4.signatureUrlV4('PUT', 600, {}, name), { method: 'PUT', body: 'again' }))[0], 200, 'put by V4 URL');
    equal(await by(client.signatureUrl(name, { expires: 600, response: { 'content-type': 'text/x-o' } })), [200, 'again'], 'with an override');
    const short = client.signatureUrl(name, { expires: 1 });
    await sleep(2100);
    const [status, body] = await by(short);
    check(status === 403 && body.includes('AccessDenied'), `an expired URL: ${status} ${body.slice(0, 200)}`);
  },

  async errors() {
    const client = await makeBucket('errors');
    const error = await raises(() => client.get('none'), 'NoSuchKey', code, 'no such key');
    equal(error.status, 404, 'status');
    check(error.requestId, 'no request id');
    await raises(() => client.head('none'), ['NoSuchKey', 'NoSuchKeyError'], code, 'head of no such key');
    await raises(() => makeClient(`${settings.bucket('errors')}-none`).get('k'), 'NoSuchBucket', code, 'no such bucket');
    for (const authorizationV4 of [false, true]) {
      await raises(() => makeClient(settings.bucket('errors'), { accessKeySecret: 'wrong', authorizationV4 }).list(),
        'SignatureDoesNotMatch', code, `a wrong secret, V4 ${authorizationV4}`);
    }
    await raises(() => makeClient(settings.bucket('errors'), { accessKeyId: 'NOBODY' }).list(), 'InvalidAccessKeyId', code, 'an unknown key');
  },

  async replication() {
    throw new NotApplicable('the SDK has no replication calls');
  },
});
