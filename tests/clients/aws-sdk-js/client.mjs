// @aws-sdk/client-s3 and lib-storage, one attempt a request: `clients/run aws-sdk-js`.
import { Readable } from 'node:stream';
import * as S3 from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import {
  NotApplicable, ODD_NAMES, check, content, equal, md5, raises, run, same, settings, sleep, sorted,
} from './suite.mjs';

const MIB = 1024 * 1024;
const makeClient = (more = {}, secret = settings.secretKey) => new S3.S3Client({
  endpoint: settings.endpoint,
  region: settings.region,
  forcePathStyle: true,
  maxAttempts: 1,
  credentials: { accessKeyId: settings.accessKey, secretAccessKey: secret },
  ...more,
});
const client = makeClient();
const send = (name, input, by = client) => by.send(new S3[`${name}Command`](input));
const code = (error) => error.name;

async function makeBucket(feature) {
  const Bucket = settings.bucket(feature);
  await send('CreateBucket', { Bucket, CreateBucketConfiguration: { LocationConstraint: settings.region } });
  return Bucket;
}

async function bytes(body) {
  return Buffer.from(await body.transformToByteArray());
}

async function get(Bucket, Key, more = {}) {
  return bytes((await send('GetObject', { Bucket, Key, ...more })).Body);
}

run({
  async small() {
    const Bucket = await makeBucket('small');
    const body = content(5000);
    const put = await send('PutObject', { Bucket, Key: 'small', Body: body });
    equal(put.ETag.replaceAll('"', '').toLowerCase(), md5(body), 'ETag');
    same(await get(Bucket, 'small'), body, 'body');
    equal((await send('HeadObject', { Bucket, Key: 'small' })).ContentLength, 5000, 'length');
    check((await send('ListBuckets', {})).Buckets.some((b) => b.Name === Bucket), 'the bucket is not listed');
    for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'SHA1', 'SHA256']) {
      const name = `Checksum${ChecksumAlgorithm}`;
      const answer = await send('PutObject', { Bucket, Key: name, Body: body, ChecksumAlgorithm });
      check(answer[name], `no ${name} in the answer to put`);
      const got = await send('GetObject', { Bucket, Key: name, ChecksumMode: 'ENABLED' });
      same(await bytes(got.Body), body, name);
      equal(got[name], answer[name], name);
    }
    // A stream of known length is sent in signed-trailer chunks.
    await send('PutObject', { Bucket, Key: 'stream', Body: Readable.from([body]), ContentLength: 5000 });
    same(await get(Bucket, 'stream'), body, 'stream');
    await raises(() => send('PutObject', { Bucket, Key: 'small', Body: '', IfNoneMatch: '*' }), 'PreconditionFailed', code,
      'put with If-None-Match: *');
  },

  async empty() {
    const Bucket = await makeBucket('empty');
    await send('PutObject', { Bucket, Key: 'empty', Body: '' });
    same(await get(Bucket, 'empty'), Buffer.alloc(0), 'body');
  },

  async 'odd-names'() {
    const Bucket = await makeBucket('odd-names');
    for (const Key of ODD_NAMES) await send('PutObject', { Bucket, Key, Body: Key });
    for (const Key of ODD_NAMES) same(await get(Bucket, Key), Buffer.from(Key), JSON.stringify(Key));
    const listed = await send('ListObjectsV2', { Bucket, EncodingType: 'url' });
    equal(sorted(listed.Contents.map((o) => decodeURIComponent(o.Key.replaceAll('+', ' ')))), sorted(ODD_NAMES), 'listed, encoded');
    const plain = await send('ListObjectsV2', { Bucket });
    equal(sorted(plain.Contents.map((o) => o.Key)), sorted(ODD_NAMES), 'listed');
    const gone = await send('DeleteObjects', { Bucket, Delete: { Objects: ODD_NAMES.map((Key) => ({ Key })) } });
    equal(gone.Errors ?? [], [], 'errors of the multi-delete');
    equal((await send('ListObjectsV2', { Bucket })).KeyCount, 0, 'left');
  },

  async multipart() {
    const Bucket = await makeBucket('multipart');
    const body = content(17 * MIB + 12345);
    const upload = new Upload({
      client, params: { Bucket, Key: 'big one+%', Body: Readable.from([body.subarray(0, 9 * MIB), body.subarray(9 * MIB)]) },
      partSize: 5 * MIB, queueSize: 3,
    });
    const done = await upload.done();
    check(done.ETag.replaceAll('"', '').endsWith('-4'), `ETag ${done.ETag}`);
    same(await get(Bucket, 'big one+%'), body, 'what came back');
    const small = new Upload({ client, params: { Bucket, Key: 'small', Body: 'small' } });
    await small.done();
    same(await get(Bucket, 'small'), Buffer.from('small'), 'a small one by Upload');
    const { UploadId } = await send('CreateMultipartUpload', { Bucket, Key: 'never' });
    await send('UploadPart', { Bucket, Key: 'never', UploadId, PartNumber: 1, Body: 'x' });
    equal((await send('ListParts', { Bucket, Key: 'never', UploadId })).Parts.length, 1, 'parts');
    await send('AbortMultipartUpload', { Bucket, Key: 'never', UploadId });
    await raises(() => send('ListParts', { Bucket, Key: 'never', UploadId }), 'NoSuchUpload', code, 'aborted upload');
  },

  async range() {
    const Bucket = await makeBucket('range');
    const body = content(2 * MIB);
    await send('PutObject', { Bucket, Key: 'r', Body: body });
    for (const [Range, wanted] of [['bytes=0-0', body.subarray(0, 1)], ['bytes=100-70000', body.subarray(100, 70001)],
      ['bytes=-9', body.subarray(-9)], ['bytes=2097000-', body.subarray(2097000)]]) {
      same(await get(Bucket, 'r', { Range }), wanted, Range);
    }
    await raises(() => get(Bucket, 'r', { Range: 'bytes=2097152-' }), 'InvalidRange', code, 'past the end');
  },

  async copy() {
    const Bucket = await makeBucket('copy');
    const body = content(30000);
    await send('PutObject', { Bucket, Key: 'from ü+%', Body: body, Metadata: { kept: 'yes' } });
    await send('CopyObject', { Bucket, Key: 'to', CopySource: encodeURIComponent(`${Bucket}/from ü+%`) });
    const got = await send('GetObject', { Bucket, Key: 'to' });
    same(await bytes(got.Body), body, 'copy');
    equal(got.Metadata, { kept: 'yes' }, 'metadata');
    await raises(() => send('CopyObject', { Bucket, Key: 'to', CopySource: `${Bucket}/none` }), 'NoSuchKey', code, 'copy of nothing');
  },

  async list() {
    const Bucket = await makeBucket('list');
    const names = [...Array(12).keys()].map((n) => `a/${String(n).padStart(2, '0')}`).concat(['b/1', 'c', 'd d']);
    for (const Key of names) await send('PutObject', { Bucket, Key, Body: '1' });
    const found = [];
    for await (const page of S3.paginateListObjectsV2({ client, pageSize: 5 }, { Bucket })) {
      found.push(...page.Contents.map((o) => o.Key));
    }
    equal(found, names, 'in pages of 5');
    const top = await send('ListObjectsV2', { Bucket, Delimiter: '/' });
    equal([top.CommonPrefixes.map((p) => p.Prefix), top.Contents.map((o) => o.Key)], [['a/', 'b/'], ['c', 'd d']], 'by folder');
    const old = await send('ListObjects', { Bucket, Delimiter: '/', MaxKeys: 1 });
    equal([old.IsTruncated, old.NextMarker], [true, 'a/'], 'v1 by folder, one at a time');
    equal((await send('ListObjectsV2', { Bucket, Prefix: 'b/', StartAfter: 'b/1' })).KeyCount, 0, 'start after');
  },

  async delete() {
    const Bucket = await makeBucket('delete');
    for (const Key of ['one', 'two', 'three']) await send('PutObject', { Bucket, Key, Body: 'x' });
    await raises(() => send('DeleteBucket', { Bucket }), 'BucketNotEmpty', code, 'delete of a full bucket');
    await send('DeleteObject', { Bucket, Key: 'one' });
    await raises(() => get(Bucket, 'one'), 'NoSuchKey', code, 'a deleted key');
    const gone = await send('DeleteObjects', { Bucket, Delete: { Objects: ['two', 'three', 'never'].map((Key) => ({ Key })), Quiet: true } });
    equal(gone.Deleted ?? [], [], 'said when quiet');
    await send('DeleteBucket', { Bucket });
    await raises(() => send('ListObjectsV2', { Bucket }), 'NoSuchBucket', code, 'a deleted bucket');
  },

  async metadata() {
    const Bucket = await makeBucket('metadata');
    const system = { ContentType: 'text/x-m', CacheControl: 'max-age=7', ContentDisposition: 'attachment', ContentLanguage: 'de' };
    await send('PutObject', { Bucket, Key: 'm', Body: 'm', Metadata: { color: 'red', 'with-dash': 'a b' }, ...system });
    const head = await send('HeadObject', { Bucket, Key: 'm' });
    equal(head.Metadata, { color: 'red', 'with-dash': 'a b' }, 'user metadata');
    for (const [name, value] of Object.entries(system)) equal(head[name], value, name);
  },

  async tags() {
    const Bucket = await makeBucket('tags');
    await send('PutObject', { Bucket, Key: 't', Body: 't', Tagging: 'x=1&y=a%20b' });
    equal((await send('GetObjectTagging', { Bucket, Key: 't' })).TagSet, [{ Key: 'x', Value: '1' }, { Key: 'y', Value: 'a b' }], 'tags');
    await send('PutObjectTagging', { Bucket, Key: 't', Tagging: { TagSet: [{ Key: 'ü', Value: '2' }] } });
    equal((await send('GetObjectTagging', { Bucket, Key: 't' })).TagSet, [{ Key: 'ü', Value: '2' }], 'new tags');
    await send('DeleteObjectTagging', { Bucket, Key: 't' });
    equal((await send('GetObjectTagging', { Bucket, Key: 't' })).TagSet, [], 'tags after delete');
  },

  async versioning() {
    const Bucket = await makeBucket('versioning');
    await send('PutBucketVersioning', { Bucket, VersioningConfiguration: { Status: 'Enabled' } });
    equal((await send('GetBucketVersioning', { Bucket })).Status, 'Enabled', 'status');
    const ids = [];
    for (const Body of ['one', 'two']) ids.push((await send('PutObject', { Bucket, Key: 'v', Body })).VersionId);
    same(await get(Bucket, 'v', { VersionId: ids[0] }), Buffer.from('one'), 'the first version');
    const marker = await send('DeleteObject', { Bucket, Key: 'v' });
    equal(marker.DeleteMarker, true, 'delete makes a marker');
    await raises(() => get(Bucket, 'v'), 'NoSuchKey', code, 'get under a marker');
    const listed = await send('ListObjectVersions', { Bucket });
    equal(listed.Versions.map((v) => v.VersionId), [...ids].reverse(), 'versions');
    equal(listed.DeleteMarkers.map((v) => v.VersionId), [marker.VersionId], 'markers');
    const all = [marker.VersionId, ids[1]].map((VersionId) => ({ Key: 'v', VersionId }));
    await send('DeleteObjects', { Bucket, Delete: { Objects: all } });
    same(await get(Bucket, 'v'), Buffer.from('one'), 'after marker and latest went');
  },

  async presign() {
    const Bucket = await makeBucket('presign');
    const Key = 'odd +%ü name';
    // By default the SDK signs the checksum of no body at all into a PUT's URL, and then nothing else can be put with it.
    const signer = makeClient({ requestChecksumCalculation: 'WHEN_REQUIRED' });
    const put = await getSignedUrl(signer, new S3.PutObjectCommand({ Bucket, Key }), { expiresIn: 600 });
    const answer = await fetch(put, { method: 'PUT', body: 'by url' });
    equal(answer.status, 200, `put by URL (${(await answer.text()).slice(0, 300)})`);
    const url = await getSignedUrl(client, new S3.GetObjectCommand({ Bucket, Key }), { expiresIn: 600 });
    equal(await (await fetch(url)).text(), 'by url', 'get by URL');
    const short = await getSignedUrl(client, new S3.GetObjectCommand({ Bucket, Key }), { expiresIn: 1 });
    await sleep(2100);
    equal((await fetch(short)).status, 403, 'an expired URL');
  },

  async errors() {
    const Bucket = await makeBucket('errors');
    await raises(() => get(Bucket, 'none'), 'NoSuchKey', code, 'no such key');
    await raises(() => send('HeadObject', { Bucket, Key: 'none' }), 'NotFound', code, 'head of no such key');
    await raises(() => get(`${Bucket}-none`, 'k'), 'NoSuchBucket', code, 'no such bucket');
    await raises(() => send('ListBuckets', {}, makeClient({}, 'wrong')), 'SignatureDoesNotMatch', code, 'a wrong secret');
  },

  async replication() {
    throw new NotApplicable('rules are set with the OSS calls so far');
  },
});
