import com.aliyun.oss.ClientBuilderConfiguration;
import com.aliyun.oss.HttpMethod;
import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSClientBuilder;
import com.aliyun.oss.OSSException;
import com.aliyun.oss.common.auth.DefaultCredentialProvider;
import com.aliyun.oss.common.comm.SignVersion;
import com.aliyun.oss.model.*;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The OSS SDK for Java, signatures V1 and V4, no retries, addressed as it likes best: bucket.127.0.0.1. */
public final class Client {
    private static final Map<String, String> ENV = System.getenv();
    private static final String ENDPOINT = ENV.get("CLIENT_ENDPOINT");
    private static final String REGION = ENV.get("CLIENT_REGION");
    private static final Path WORK = Path.of(ENV.get("CLIENT_WORK"));
    private static final int MIB = 1024 * 1024;
    private static OSS oss;

    private static String name(String feature) {
        return ENV.get("CLIENT_BUCKET_PREFIX") + "-" + feature;
    }

    /** The resolver does not know bucket.127.0.0.1, so the process gets a hosts file of its own. */
    private static void teachNames() throws IOException {
        StringBuilder hosts = new StringBuilder("127.0.0.1 localhost\n");
        List<String> names = new ArrayList<>(Suite.FEATURES);
        names.addAll(List.of("copy-to", "replicated", "errors-none", "replicated-none"));
        for (String feature : names) {
            hosts.append("127.0.0.1 ").append(name(feature)).append(".127.0.0.1\n");
        }
        Path file = WORK.resolve("hosts");
        Files.writeString(file, hosts.toString());
        System.setProperty("jdk.net.hosts.file", file.toString());
    }

    private static OSS make(String endpoint, String region, String key, String secret, SignVersion version, boolean pathStyle) {
        ClientBuilderConfiguration config = new ClientBuilderConfiguration();
        config.setMaxErrorRetry(0);
        config.setSLDEnabled(pathStyle);
        config.setSignatureVersion(version);
        return OSSClientBuilder.create().endpoint(endpoint).region(region).clientConfiguration(config)
                .credentialsProvider(new DefaultCredentialProvider(key, secret)).build();
    }

    private static OSS make(SignVersion version) {
        return make(ENDPOINT, REGION, ENV.get("CLIENT_ACCESS_KEY"), ENV.get("CLIENT_SECRET_KEY"), version, false);
    }

    private static String makeBucket(OSS by, String feature) {
        CreateBucketRequest request = new CreateBucketRequest(name(feature));
        request.setDataRedundancyType(DataRedundancyType.ZRS);
        by.createBucket(request);
        return name(feature);
    }

    private static String makeBucket(String feature) {
        return makeBucket(oss, feature);
    }

    private static PutObjectResult put(OSS by, String bucket, String key, byte[] body) {
        return by.putObject(bucket, key, new ByteArrayInputStream(body));
    }

    private static byte[] read(OSSObject object) throws IOException {
        try (InputStream body = object.getObjectContent()) {
            return body.readAllBytes();
        }
    }

    private static byte[] get(OSS by, String bucket, String key) throws IOException {
        return read(by.getObject(bucket, key));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String code(Exception error) {
        return error instanceof OSSException refused ? refused.getErrorCode() : error.getClass().getSimpleName();
    }

    private static String small() throws Exception {
        byte[] body = Suite.content(5000);
        String bucket = name("small");
        OSS byPath = make(ENDPOINT, REGION, ENV.get("CLIENT_ACCESS_KEY"), ENV.get("CLIENT_SECRET_KEY"), SignVersion.V4, true);
        for (OSS by : List.of(oss, make(SignVersion.V4), byPath)) {
            makeBucket(by, "small");
            PutObjectResult done = put(by, bucket, "small", body);
            Suite.equal(done.getETag(), Suite.md5(body), "ETag");
            Suite.check(done.getServerCRC() != null, "no CRC-64");
            Suite.equal(get(by, bucket, "small"), body, "body");
            Suite.equal(by.getObjectMetadata(bucket, "small").getContentLength(), 5000L, "length");
            Suite.equal(by.getSimplifiedObjectMeta(bucket, "small").getSize(), 5000L, "length by getSimplifiedObjectMeta");
            Suite.check(by.doesBucketExist(bucket) && !by.doesBucketExist(name("errors-none")), "doesBucketExist");
            Suite.check(by.doesObjectExist(bucket, "small") && !by.doesObjectExist(bucket, "none"), "doesObjectExist");
        }
        BucketInfo info = oss.getBucketInfo(bucket);
        Suite.equal(List.of(info.getBucket().getName(), info.getDataRedundancyType(), info.getBucket().getLocation()),
                List.of(bucket, DataRedundancyType.ZRS, "oss-" + REGION), "info of the bucket");
        Suite.equal(oss.getBucketLocation(bucket), "oss-" + REGION, "location");
        Suite.equal(oss.getBucketStat(bucket).getObjectCount(), 1L, "stat");
        Suite.equal(oss.listBuckets(bucket, null, 10).getBucketList().get(0).getName(), bucket, "listed bucket");
        AppendObjectResult first = oss.appendObject(new AppendObjectRequest(bucket, "log", new ByteArrayInputStream(bytes("one "))).withPosition(0L));
        oss.appendObject(new AppendObjectRequest(bucket, "log", new ByteArrayInputStream(bytes("two"))).withPosition(first.getNextPosition()));
        Suite.equal(get(oss, bucket, "log"), bytes("one two"), "appended");
        ObjectMetadata noOverwrite = new ObjectMetadata();
        noOverwrite.setHeader("x-oss-forbid-overwrite", "true");
        Suite.fails(() -> oss.putObject(bucket, "small", new ByteArrayInputStream(body), noOverwrite), "FileAlreadyExists", Client::code,
                "x-oss-forbid-overwrite");
        return null;
    }

    private static String empty() throws Exception {
        String bucket = makeBucket("empty");
        put(oss, bucket, "empty", new byte[0]);
        Suite.equal(get(oss, bucket, "empty"), new byte[0], "body");
        return null;
    }

    private static String oddNames() throws Exception {
        for (SignVersion version : List.of(SignVersion.V1, SignVersion.V4)) {
            OSS by = make(version);
            String bucket = makeBucket(by, "odd-names");
            for (String odd : Suite.ODD_NAMES) {
                put(by, bucket, odd, bytes(odd));
            }
            for (String odd : Suite.ODD_NAMES) {
                Suite.equal(get(by, bucket, odd), bytes(odd), "body of " + odd);
            }
            List<String> listed = by.listObjects(new ListObjectsRequest(bucket).withEncodingType("url")).getObjectSummaries().stream()
                    .map(o -> decode(o.getKey())).sorted().collect(Collectors.toList());
            List<String> wanted = Suite.ODD_NAMES.stream().sorted().collect(Collectors.toList());
            Suite.equal(listed, wanted, "listed");
            listed = by.listObjectsV2(bucket).getObjectSummaries().stream().map(OSSObjectSummary::getKey).sorted().collect(Collectors.toList());
            Suite.equal(listed, wanted, "listed by V2");
            by.deleteObjects(new DeleteObjectsRequest(bucket).withKeys(Suite.ODD_NAMES).withEncodingType("url"));
            Suite.equal(by.listObjects(bucket).getObjectSummaries().size(), 0, "left");
        }
        return null;
    }

    private static String decode(String key) {
        // Some versions of the SDK decode by themselves; a decoded name of ours never decodes to another of ours.
        return Suite.ODD_NAMES.contains(key) ? key : java.net.URLDecoder.decode(key, StandardCharsets.UTF_8);
    }

    private static String multipart() throws Throwable {
        String bucket = makeBucket("multipart");
        byte[] body = Suite.content(9 * MIB + 12345);
        Path file = WORK.resolve("multipart");
        Files.write(file, body);
        UploadFileRequest upload = new UploadFileRequest(bucket, "big one+%", file.toString(), 2 * MIB, 3, true);
        String etag = oss.uploadFile(upload).getMultipartUploadResult().getETag();
        Suite.check(etag.endsWith("-5"), "ETag " + etag);
        Path back = WORK.resolve("multipart.back");
        oss.downloadFile(new DownloadFileRequest(bucket, "big one+%", back.toString(), 2 * MIB, 3, true));
        Suite.equal(Files.readAllBytes(back), body, "what came back");

        String id = oss.initiateMultipartUpload(new InitiateMultipartUploadRequest(bucket, "by hand")).getUploadId();
        UploadPartRequest part = new UploadPartRequest(bucket, "by hand", id, 1, new ByteArrayInputStream(body, 0, 200000), 200000);
        List<PartETag> parts = new ArrayList<>(List.of(oss.uploadPart(part).getPartETag()));
        parts.add(oss.uploadPartCopy(new UploadPartCopyRequest(bucket, "big one+%", bucket, "by hand", id, 4, 100L, 200000L)).getPartETag());
        Suite.equal(oss.listParts(new ListPartsRequest(bucket, "by hand", id)).getParts().stream().map(PartSummary::getPartNumber)
                .collect(Collectors.toList()), List.of(1, 4), "parts");
        Suite.equal(oss.listMultipartUploads(new ListMultipartUploadsRequest(bucket)).getMultipartUploads().size(), 1, "uploads");
        oss.completeMultipartUpload(new CompleteMultipartUploadRequest(bucket, "by hand", id, parts));
        byte[] wanted = new byte[400000];
        System.arraycopy(body, 0, wanted, 0, 200000);
        System.arraycopy(body, 100, wanted, 200000, 200000);
        Suite.equal(get(oss, bucket, "by hand"), wanted, "by hand");
        String aborted = oss.initiateMultipartUpload(new InitiateMultipartUploadRequest(bucket, "aborted")).getUploadId();
        oss.abortMultipartUpload(new AbortMultipartUploadRequest(bucket, "aborted", aborted));
        Suite.fails(() -> oss.listParts(new ListPartsRequest(bucket, "aborted", aborted)), "NoSuchUpload", Client::code, "aborted upload");
        return null;
    }

    private static String range() throws Exception {
        String bucket = makeBucket("range");
        byte[] body = Suite.content(MIB);
        put(oss, bucket, "r", body);
        long[][] ranges = {{0, 0, 0, 1}, {100, 70000, 100, 70001}, {-1, 9, MIB - 9, MIB}, {1000000, -1, 1000000, MIB}};
        for (long[] r : ranges) {
            byte[] found = read(oss.getObject(new GetObjectRequest(bucket, "r").<GetObjectRequest>withRange(r[0], r[1])));
            Suite.equal(found, Arrays.copyOfRange(body, (int) r[2], (int) r[3]), r[0] + "-" + r[1]);
        }
        return null;
    }

    private static String copy() throws Exception {
        String bucket = makeBucket("copy");
        String other = makeBucket("copy-to");
        byte[] body = Suite.content(30000);
        ObjectMetadata meta = new ObjectMetadata();
        meta.addUserMetadata("kept", "yes");
        oss.putObject(bucket, "from ü+%", new ByteArrayInputStream(body), meta);
        oss.copyObject(bucket, "from ü+%", other, "to");
        Suite.equal(get(oss, other, "to"), body, "copy");
        Suite.equal(oss.getObjectMetadata(other, "to").getUserMetadata(), Map.of("kept", "yes"), "metadata");
        Suite.fails(() -> oss.copyObject(bucket, "none", other, "x"), "NoSuchKey", Client::code, "copy of nothing");
        return null;
    }

    private static String list() {
        String bucket = makeBucket("list");
        List<String> names = List.of("a/1", "a/2", "a/3", "b/1", "c", "d d");
        names.forEach(key -> put(oss, bucket, key, bytes("1")));
        List<String> found = new ArrayList<>();
        ObjectListing page;
        String marker = null;
        do {
            page = oss.listObjects(new ListObjectsRequest(bucket, null, marker, null, 2));
            page.getObjectSummaries().forEach(o -> found.add(o.getKey()));
            marker = page.getNextMarker();
        } while (page.isTruncated());
        Suite.equal(found, names, "in pages of 2");
        found.clear();
        ListObjectsV2Result second;
        String token = null;
        do {
            second = oss.listObjectsV2(new ListObjectsV2Request(bucket).withMaxKeys(4).withContinuationToken(token));
            second.getObjectSummaries().forEach(o -> found.add(o.getKey()));
            token = second.getNextContinuationToken();
        } while (second.isTruncated());
        Suite.equal(found, names, "v2 in pages of 4");
        page = oss.listObjects(new ListObjectsRequest(bucket, null, null, "/", 100));
        Suite.equal(page.getCommonPrefixes(), List.of("a/", "b/"), "folders");
        return null;
    }

    private static String delete() {
        String bucket = makeBucket("delete");
        for (String key : List.of("one", "two", "three")) {
            put(oss, bucket, key, bytes("x"));
        }
        Suite.fails(() -> oss.deleteBucket(bucket), "BucketNotEmpty", Client::code, "delete of a full bucket");
        oss.deleteObject(bucket, "one");
        oss.deleteObject(bucket, "one");
        List<String> gone = oss.deleteObjects(new DeleteObjectsRequest(bucket).withKeys(List.of("two", "three", "never"))).getDeletedObjects();
        Collections.sort(gone);
        Suite.equal(gone, List.of("never", "three", "two"), "deleted");
        oss.deleteBucket(bucket);
        Suite.fails(() -> oss.listObjects(bucket), "NoSuchBucket", Client::code, "a deleted bucket");
        return null;
    }

    private static String metadata() {
        String bucket = makeBucket("metadata");
        ObjectMetadata meta = new ObjectMetadata();
        meta.addUserMetadata("color", "red");
        meta.addUserMetadata("with-dash", "a b");
        meta.setContentType("text/x-m");
        meta.setCacheControl("max-age=7");
        oss.putObject(bucket, "m", new ByteArrayInputStream(bytes("m")), meta);
        ObjectMetadata found = oss.getObjectMetadata(bucket, "m");
        Suite.equal(found.getUserMetadata(), Map.of("color", "red", "with-dash", "a b"), "user metadata");
        Suite.equal(List.of(found.getContentType(), found.getCacheControl(), found.getObjectType()),
                List.of("text/x-m", "max-age=7", "Normal"), "system metadata");
        oss.setObjectAcl(bucket, "m", CannedAccessControlList.PublicRead);
        Suite.equal(oss.getObjectAcl(bucket, "m").getPermission(), ObjectPermission.PublicRead, "ACL");
        oss.setBucketAcl(bucket, CannedAccessControlList.PublicRead);
        Suite.equal(oss.getBucketAcl(bucket).getCannedACL(), CannedAccessControlList.PublicRead, "ACL of the bucket");
        return null;
    }

    private static String tags() {
        String bucket = makeBucket("tags");
        put(oss, bucket, "t", bytes("t"));
        Map<String, String> tags = new LinkedHashMap<>(Map.of("a b", "1+"));
        oss.setObjectTagging(bucket, "t", tags);
        Suite.equal(oss.getObjectTagging(bucket, "t").getAllTags(), tags, "tags");
        oss.deleteObjectTagging(bucket, "t");
        Suite.equal(oss.getObjectTagging(bucket, "t").getAllTags(), Map.of(), "tags after delete");
        return null;
    }

    private static String versioning() throws Exception {
        String bucket = makeBucket("versioning");
        oss.setBucketVersioning(new SetBucketVersioningRequest(bucket, new BucketVersioningConfiguration("Enabled")));
        Suite.equal(oss.getBucketVersioning(bucket).getStatus(), "Enabled", "status");
        String first = put(oss, bucket, "v", bytes("one")).getVersionId();
        String second = put(oss, bucket, "v", bytes("two")).getVersionId();
        Suite.equal(read(oss.getObject(new GetObjectRequest(bucket, "v", first))), bytes("one"), "the first version");
        oss.deleteObject(bucket, "v");
        Suite.fails(() -> oss.getObject(bucket, "v"), "NoSuchKey", Client::code, "get under a marker");
        List<OSSVersionSummary> listed = oss.listVersions(new ListVersionsRequest().withBucketName(bucket).withMaxResults(100)).getVersionSummaries();
        Suite.equal(listed.stream().filter(v -> !v.isDeleteMarker()).map(OSSVersionSummary::getVersionId).collect(Collectors.toList()),
                List.of(second, first), "versions");
        String marker = listed.stream().filter(OSSVersionSummary::isDeleteMarker).findFirst().orElseThrow().getVersionId();
        oss.deleteVersion(bucket, "v", marker);
        Suite.equal(get(oss, bucket, "v"), bytes("two"), "after the marker went");
        oss.deleteVersion(bucket, "v", second);
        Suite.equal(get(oss, bucket, "v"), bytes("one"), "after the latest went");
        Suite.fails(() -> oss.getObject(new GetObjectRequest(bucket, "v", second)), "NoSuchVersion", Client::code, "a version that went");
        return null;
    }

    private static String plain(String method, URL url, byte[] body) throws IOException {
        HttpURLConnection sent = (HttpURLConnection) url.openConnection();
        sent.setRequestMethod(method);
        if (body != null) {
            sent.setDoOutput(true);
            sent.setRequestProperty("Content-Type", "text/x-u");
            sent.getOutputStream().write(body);
        }
        int status = sent.getResponseCode();
        try (InputStream in = status < 400 ? sent.getInputStream() : sent.getErrorStream()) {
            return status + " " + new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String presign() throws Exception {
        String key = "odd +%ü name";
        for (SignVersion version : List.of(SignVersion.V1, SignVersion.V4)) {
            OSS by = make(version);
            String bucket = makeBucket(by, "presign");
            Date soon = new Date(System.currentTimeMillis() + 600_000);
            GeneratePresignedUrlRequest request = new GeneratePresignedUrlRequest(bucket, key, HttpMethod.PUT);
            request.setExpiration(soon);
            request.setContentType("text/x-u");
            Suite.equal(plain("PUT", by.generatePresignedUrl(request), bytes("by url")), "200 ", "put by URL, " + version);
            Suite.equal(plain("GET", by.generatePresignedUrl(bucket, key, soon), null), "200 by url", "get by URL, " + version);
            URL url = by.generatePresignedUrl(bucket, key, new Date(System.currentTimeMillis() + 1000));
            Thread.sleep(2100);
            Suite.check(plain("GET", url, null).startsWith("403 "), "an expired URL is not refused");
        }
        return null;
    }

    private static String errors() {
        String bucket = makeBucket("errors");
        Suite.fails(() -> oss.getObject(bucket, "none"), "NoSuchKey", Client::code, "no such key");
        Suite.fails(() -> oss.getObjectMetadata(bucket, "none"), "NoSuchKey", Client::code, "head of no such key");
        Suite.fails(() -> oss.listObjects(name("errors-none")), "NoSuchBucket", Client::code, "no such bucket");
        for (SignVersion version : List.of(SignVersion.V1, SignVersion.V4)) {
            Suite.fails(() -> make(ENDPOINT, REGION, ENV.get("CLIENT_ACCESS_KEY"), "wrong", version, false).listObjects(bucket),
                    "SignatureDoesNotMatch", Client::code, "a wrong secret");
            Suite.fails(() -> make(ENDPOINT, REGION, "NOBODY", "wrong", version, false).listObjects(bucket),
                    "InvalidAccessKeyId", Client::code, "an unknown key");
        }
        return null;
    }

    private static String replication() throws Exception {
        String bucket = makeBucket("replication");
        String target = name("replicated");
        String place = "oss-" + ENV.get("CLIENT_PEER_REGION");
        OSS there = make(ENV.get("CLIENT_PEER_ENDPOINT"), ENV.get("CLIENT_PEER_REGION"), ENV.get("CLIENT_ACCESS_KEY"),
                ENV.get("CLIENT_SECRET_KEY"), SignVersion.V4, false);
        there.createBucket(target);
        Suite.fails(() -> oss.getBucketReplication(bucket), "NoSuchReplicationConfiguration", Client::code, "no rules yet");
        Suite.check(oss.getBucketReplicationLocation(bucket).contains(place), "locations " + oss.getBucketReplicationLocation(bucket));
        put(oss, bucket, "a/history", bytes("written before the rule"));

        AddBucketReplicationRequest rule = new AddBucketReplicationRequest(bucket);
        rule.setReplicationRuleID("from Java");
        rule.setTargetBucketName(target);
        rule.setTargetBucketLocation(place);
        rule.setObjectPrefixList(List.of("a/", "b/"));
        rule.setReplicationActionList(List.of(AddBucketReplicationRequest.ReplicationAction.PUT,
                AddBucketReplicationRequest.ReplicationAction.DELETE, AddBucketReplicationRequest.ReplicationAction.ABORT));
        oss.addBucketReplication(rule);
        Suite.fails(() -> oss.addBucketReplication(rule), "BucketReplicationAlreadyExist", Client::code, "the same rule again");
        ReplicationRule found = oss.getBucketReplication(bucket).get(0);
        Suite.equal(List.of(found.getReplicationRuleID(), found.getTargetBucketName(), found.getTargetBucketLocation(),
                found.isEnableHistoricalObjectReplication()), List.of("from Java", target, place, true), "rule");
        Suite.equal(found.getReplicationActionList().size(), 3, "actions");

        byte[] body = Suite.content(3 * MIB);
        put(oss, bucket, "b/new ü+%", body);
        put(oss, bucket, "other", bytes("not in the prefix set"));
        Suite.waitUntil("the objects are there", () -> there.doesObjectExist(target, "a/history") && there.doesObjectExist(target, "b/new ü+%"));
        Suite.equal(get(there, target, "b/new ü+%"), body, "replica");
        Suite.equal(there.getObjectMetadata(target, "b/new ü+%").getLastModified(),
                oss.getObjectMetadata(bucket, "b/new ü+%").getLastModified(), "Last-Modified");
        Date since = new Date();
        Suite.waitUntil("progress reaches the present and 100 % of history", () -> {
            BucketReplicationProgress progress = oss.getBucketReplicationProgress(bucket, "from Java");
            return progress.getReplicationStatus() == ReplicationStatus.Doing && progress.getHistoricalObjectProgress() == 1.0f
                    && progress.getNewObjectProgress().after(since);
        });
        Suite.check(!there.doesObjectExist(target, "other"), "an object outside of the prefix set was replicated");
        oss.deleteObject(bucket, "a/history");
        Suite.waitUntil("the delete is there", () -> !there.doesObjectExist(target, "a/history"));

        oss.deleteBucketReplication(bucket, "from Java");
        Suite.waitUntil("the rule is gone", () -> {
            try {
                return oss.getBucketReplication(bucket).isEmpty();
            } catch (OSSException error) {
                Suite.equal(error.getErrorCode(), "NoSuchReplicationConfiguration", "rules after delete");
                return true;
            }
        });
        return null;
    }

    private static Suite.Feature any(ThrowingFeature feature) {
        return () -> {
            try {
                return feature.run();
            } catch (Exception | Error error) {
                throw error;
            } catch (Throwable other) {
                throw new IllegalStateException(other);
            }
        };
    }

    private interface ThrowingFeature {
        String run() throws Throwable;
    }

    public static void main(String[] only) throws IOException {
        teachNames();
        oss = make(SignVersion.V1);
        Map<String, Suite.Feature> features = new LinkedHashMap<>();
        features.put("small", Client::small);
        features.put("empty", Client::empty);
        features.put("odd-names", Client::oddNames);
        features.put("multipart", any(Client::multipart));
        features.put("range", Client::range);
        features.put("copy", Client::copy);
        features.put("list", Client::list);
        features.put("delete", Client::delete);
        features.put("metadata", Client::metadata);
        features.put("tags", Client::tags);
        features.put("versioning", Client::versioning);
        features.put("presign", Client::presign);
        features.put("errors", Client::errors);
        features.put("replication", Client::replication);
        Suite.run(features, only);
    }

    private Client() {
    }
}
