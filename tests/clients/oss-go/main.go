// The OSS SDK for Go, version 2, signatures V1 and V4, one attempt: `clients/run oss-go`.
package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
)

const mib = 1024 * 1024

var (
	background = context.Background()
	client     = makeClient(options{})
)

type options struct {
	key, secret string
	v1, peer    bool
}

func makeClient(o options) *oss.Client {
	key, secret := os.Getenv("CLIENT_ACCESS_KEY"), os.Getenv("CLIENT_SECRET_KEY")
	if o.key != "" {
		key = o.key
	}
	if o.secret != "" {
		secret = o.secret
	}
	where := "CLIENT_"
	if o.peer {
		where = "CLIENT_PEER_"
	}
	version := oss.SignatureVersionV4
	if o.v1 {
		version = oss.SignatureVersionV1
	}
	return oss.NewClient(oss.LoadDefaultConfig().
		WithCredentialsProvider(credentials.NewStaticCredentialsProvider(key, secret)).
		WithRegion(os.Getenv(where + "REGION")).WithEndpoint(os.Getenv(where + "ENDPOINT")).
		WithSignatureVersion(version).WithRetryMaxAttempts(1).WithUsePathStyle(true))
}

func codeOf(err error) string {
	var refused *oss.ServiceError
	if errors.As(err, &refused) {
		return refused.Code
	}
	return "no answer"
}

func bucketName(feature string) string { return os.Getenv("CLIENT_BUCKET_PREFIX") + "-" + feature }

func makeBucket(by *oss.Client, feature string) string {
	name := bucketName(feature)
	_, err := by.PutBucket(background, &oss.PutBucketRequest{Bucket: oss.Ptr(name),
		CreateBucketConfiguration: &oss.CreateBucketConfiguration{
			StorageClass: oss.StorageClassStandard, DataRedundancyType: oss.DataRedundancyZRS}})
	must(err, "create "+name)
	return name
}

func put(by *oss.Client, bucket, key string, body []byte) *oss.PutObjectResult {
	answer, err := by.PutObject(background, &oss.PutObjectRequest{
		Bucket: oss.Ptr(bucket), Key: oss.Ptr(key), Body: bytes.NewReader(body)})
	must(err, "put "+key)
	return answer
}

func tryGet(by *oss.Client, request *oss.GetObjectRequest) ([]byte, error) {
	answer, err := by.GetObject(background, request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	return io.ReadAll(answer.Body)
}

func get(by *oss.Client, bucket, key string) []byte {
	data, err := tryGet(by, &oss.GetObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr(key)})
	must(err, "get "+key)
	return data
}

func getVersion(bucket, key, version string) ([]byte, error) {
	return tryGet(client, &oss.GetObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr(key), VersionId: oss.Ptr(version)})
}

func head(by *oss.Client, bucket, key string) *oss.HeadObjectResult {
	answer, err := by.HeadObject(background, &oss.HeadObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr(key)})
	must(err, "head "+key)
	return answer
}

func exists(by *oss.Client, bucket, key string) bool {
	found, err := by.IsObjectExist(background, bucket, key)
	must(err, "is there "+key)
	return found
}

func remove(bucket, key, version string) (*oss.DeleteObjectResult, error) {
	request := &oss.DeleteObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr(key)}
	if version != "" {
		request.VersionId = oss.Ptr(version)
	}
	return client.DeleteObject(background, request)
}

func keys(by *oss.Client, request *oss.ListObjectsV2Request, limit int32) (found []string) {
	pages := by.NewListObjectsV2Paginator(request, func(o *oss.PaginatorOptions) { o.Limit = limit })
	for pages.HasNext() {
		page, err := pages.NextPage(background)
		must(err, "list")
		for _, item := range page.Contents {
			found = append(found, *item.Key)
		}
	}
	return found
}

func small() string {
	body := content(5000, 0)
	var bucket string
	for _, v1 := range []bool{false, true} {
		by := makeClient(options{v1: v1})
		bucket = makeBucket(by, "small")
		answer := put(by, bucket, "small", body)
		equal(strings.Trim(*answer.ETag, `"`), md5Of(body), "ETag")
		check(answer.HashCRC64 != nil, "no CRC-64")
		equal(get(by, bucket, "small"), body, "body")
		equal(head(by, bucket, "small").ContentLength, int64(5000), "length")
	}
	info, err := client.GetBucketInfo(background, &oss.GetBucketInfoRequest{Bucket: oss.Ptr(bucket)})
	must(err, "info of the bucket")
	equal([]string{*info.BucketInfo.Name, *info.BucketInfo.DataRedundancyType, *info.BucketInfo.Location},
		[]string{bucket, "ZRS", "oss-" + os.Getenv("CLIENT_REGION")}, "info of the bucket")
	stat, err := client.GetBucketStat(background, &oss.GetBucketStatRequest{Bucket: oss.Ptr(bucket)})
	must(err, "stat")
	equal(stat.ObjectCount, int64(1), "count by stat")
	first, err := client.AppendObject(background, &oss.AppendObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("log"),
		Position: oss.Ptr(int64(0)), Body: strings.NewReader("one "), InitHashCRC64: oss.Ptr("0")})
	must(err, "append")
	_, err = client.AppendObject(background, &oss.AppendObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("log"),
		Position: oss.Ptr(first.NextPosition), Body: strings.NewReader("two"), InitHashCRC64: first.HashCRC64})
	must(err, "second append")
	equal(get(client, bucket, "log"), []byte("one two"), "appended")
	_, err = client.PutObject(background, &oss.PutObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("small"),
		Body: strings.NewReader(""), ForbidOverwrite: oss.Ptr("true")})
	fails(err, "FileAlreadyExists", "x-oss-forbid-overwrite")
	return ""
}

func empty() string {
	bucket := makeBucket(client, "empty")
	put(client, bucket, "empty", nil)
	equal(len(get(client, bucket, "empty")), 0, "length")
	return ""
}

func oddNamesWork() string {
	for _, v1 := range []bool{false, true} {
		by := makeClient(options{v1: v1})
		bucket := makeBucket(by, "odd-names")
		objects := []oss.DeleteObject{}
		for _, name := range oddNames {
			put(by, bucket, name, []byte(name))
			objects = append(objects, oss.DeleteObject{Key: oss.Ptr(name)})
		}
		for _, name := range oddNames {
			equal(get(by, bucket, name), []byte(name), "body of "+name)
		}
		equal(sorted(keys(by, &oss.ListObjectsV2Request{Bucket: oss.Ptr(bucket)}, 100)), sorted(oddNames), "listed")
		gone, err := by.DeleteMultipleObjects(background, &oss.DeleteMultipleObjectsRequest{
			Bucket: oss.Ptr(bucket), Objects: objects, EncodingType: oss.Ptr("url")})
		must(err, "multi-delete")
		equal(len(gone.DeletedObjects), len(oddNames), "number of deleted keys")
		equal(len(keys(by, &oss.ListObjectsV2Request{Bucket: oss.Ptr(bucket)}, 100)), 0, "left")
		_, err = by.PutObject(background, &oss.PutObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("/leading")})
		fails(err, "InvalidObjectName", "a leading slash")
	}
	return ""
}

func multipart() string {
	bucket := makeBucket(client, "multipart")
	body := content(17*mib+12345, 0)
	file := filepath.Join(os.Getenv("CLIENT_WORK"), "multipart")
	must(os.WriteFile(file, body, 0o600), "write a file")
	done, err := client.NewUploader(func(o *oss.UploaderOptions) { o.PartSize = 5 * mib; o.ParallelNum = 3 }).UploadFile(
		background, &oss.PutObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("big one+%")}, file)
	must(err, "upload")
	check(strings.HasSuffix(strings.Trim(*done.ETag, `"`), "-4"), "ETag %s", *done.ETag)
	_, err = client.NewDownloader(func(o *oss.DownloaderOptions) { o.PartSize = 5 * mib; o.ParallelNum = 3 }).DownloadFile(
		background, &oss.GetObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("big one+%")}, file+".back")
	must(err, "download")
	back, err := os.ReadFile(file + ".back")
	must(err, "read a file")
	equal(back, body, "what came back")
	_, err = client.NewCopier(func(o *oss.CopierOptions) {
		o.PartSize, o.MultipartCopyThreshold, o.DisableShallowCopy = 5*mib, mib, true
	}).Copy(background, &oss.CopyObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("copied"), SourceKey: oss.Ptr("big one+%")})
	must(err, "copy in parts")
	equal(get(client, bucket, "copied"), body, "the copy in parts")
	upload, err := client.InitiateMultipartUpload(background, &oss.InitiateMultipartUploadRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("x")})
	must(err, "initiate")
	_, err = client.UploadPart(background, &oss.UploadPartRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("x"), UploadId: upload.UploadId,
		PartNumber: 7, Body: strings.NewReader("seven")})
	must(err, "upload part")
	parts, err := client.ListParts(background, &oss.ListPartsRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("x"), UploadId: upload.UploadId})
	must(err, "list parts")
	check(len(parts.Parts) == 1 && parts.Parts[0].PartNumber == 7 && parts.Parts[0].Size == 5, "parts %v", parts.Parts)
	_, err = client.CompleteMultipartUpload(background, &oss.CompleteMultipartUploadRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("x"),
		UploadId: upload.UploadId, CompleteAll: oss.Ptr("yes")})
	must(err, "complete all")
	equal(get(client, bucket, "x"), []byte("seven"), "x-oss-complete-all")
	_, err = client.AbortMultipartUpload(background, &oss.AbortMultipartUploadRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("x"), UploadId: upload.UploadId})
	fails(err, "NoSuchUpload", "abort of a completed upload")
	return ""
}

func ranges() string {
	bucket := makeBucket(client, "range")
	body := content(2*mib, 0)
	put(client, bucket, "r", body)
	for text, wanted := range map[string][]byte{"0-0": body[:1], "100-70000": body[100:70001], "-9": body[2*mib-9:], "2097000-": body[2097000:]} {
		found, err := tryGet(client, &oss.GetObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("r"), Range: oss.Ptr("bytes=" + text)})
		must(err, text)
		equal(found, wanted, text)
	}
	_, err := tryGet(client, &oss.GetObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("r"), Range: oss.Ptr("bytes=2097152-"),
		RangeBehavior: oss.Ptr("standard")})
	fails(err, "InvalidRange", "past the end, standard")
	return ""
}

func copies() string {
	bucket := makeBucket(client, "copy")
	body := content(30000, 0)
	_, err := client.PutObject(background, &oss.PutObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("from ü+%"),
		Body: bytes.NewReader(body), Metadata: map[string]string{"kept": "yes"}})
	must(err, "put")
	_, err = client.CopyObject(background, &oss.CopyObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("to"), SourceKey: oss.Ptr("from ü+%")})
	must(err, "copy")
	equal(get(client, bucket, "to"), body, "copy")
	equal(head(client, bucket, "to").Metadata, map[string]string{"kept": "yes"}, "metadata")
	_, err = client.CopyObject(background, &oss.CopyObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("x"), SourceKey: oss.Ptr("none")})
	fails(err, "NoSuchKey", "copy of nothing")
	return ""
}

func list() string {
	bucket := makeBucket(client, "list")
	names := []string{"a/1", "a/2", "a/3", "a/4", "b/1", "c", "d d"}
	for _, name := range names {
		put(client, bucket, name, []byte("1"))
	}
	equal(keys(client, &oss.ListObjectsV2Request{Bucket: oss.Ptr(bucket)}, 2), names, "v2 in pages of 2")
	var found []string
	pages := client.NewListObjectsPaginator(&oss.ListObjectsRequest{Bucket: oss.Ptr(bucket)}, func(o *oss.PaginatorOptions) { o.Limit = 3 })
	for pages.HasNext() {
		page, err := pages.NextPage(background)
		must(err, "list v1")
		for _, item := range page.Contents {
			found = append(found, *item.Key)
		}
	}
	equal(found, names, "v1 in pages of 3")
	top, err := client.ListObjectsV2(background, &oss.ListObjectsV2Request{Bucket: oss.Ptr(bucket), Delimiter: oss.Ptr("/")})
	must(err, "by folder")
	check(len(top.CommonPrefixes) == 2 && *top.CommonPrefixes[0].Prefix == "a/" && len(top.Contents) == 2 && top.KeyCount == 4, "by folder: %v", top)
	equal(keys(client, &oss.ListObjectsV2Request{Bucket: oss.Ptr(bucket), Prefix: oss.Ptr("a/"), StartAfter: oss.Ptr("a/2")}, 100),
		[]string{"a/3", "a/4"}, "start after")
	return ""
}

func deletes() string {
	bucket := makeBucket(client, "delete")
	for _, name := range []string{"one", "two"} {
		put(client, bucket, name, []byte("x"))
	}
	_, err := client.DeleteBucket(background, &oss.DeleteBucketRequest{Bucket: oss.Ptr(bucket)})
	fails(err, "BucketNotEmpty", "delete of a full bucket")
	for i := 0; i < 2; i++ {
		gone, err := remove(bucket, "one", "")
		must(err, "delete")
		equal(gone.StatusCode, 204, "status")
	}
	_, err = client.DeleteMultipleObjects(background, &oss.DeleteMultipleObjectsRequest{Bucket: oss.Ptr(bucket), Quiet: true,
		Objects: []oss.DeleteObject{{Key: oss.Ptr("two")}, {Key: oss.Ptr("never")}}})
	must(err, "multi-delete")
	_, err = client.DeleteBucket(background, &oss.DeleteBucketRequest{Bucket: oss.Ptr(bucket)})
	must(err, "delete of the bucket")
	_, err = client.ListObjectsV2(background, &oss.ListObjectsV2Request{Bucket: oss.Ptr(bucket)})
	fails(err, "NoSuchBucket", "a deleted bucket")
	return ""
}

func metadata() string {
	bucket := makeBucket(client, "metadata")
	_, err := client.PutObject(background, &oss.PutObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("m"), Body: strings.NewReader("m"),
		Metadata: map[string]string{"color": "red", "with-dash": "a b"}, ContentType: oss.Ptr("text/x-m"), CacheControl: oss.Ptr("max-age=7")})
	must(err, "put")
	found := head(client, bucket, "m")
	equal(found.Metadata, map[string]string{"color": "red", "with-dash": "a b"}, "user metadata")
	equal([]string{*found.ContentType, found.Headers.Get("Cache-Control"), *found.ObjectType}, []string{"text/x-m", "max-age=7", "Normal"}, "system metadata")
	_, err = client.PutObjectAcl(background, &oss.PutObjectAclRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("m"), Acl: oss.ObjectACLPublicRead})
	must(err, "put ACL")
	acl, err := client.GetObjectAcl(background, &oss.GetObjectAclRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("m")})
	must(err, "get ACL")
	equal(*acl.ACL, "public-read", "ACL")
	return ""
}

func tags() string {
	bucket := makeBucket(client, "tags")
	put(client, bucket, "t", []byte("t"))
	_, err := client.PutObjectTagging(background, &oss.PutObjectTaggingRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("t"),
		Tagging: &oss.Tagging{TagSet: &oss.TagSet{Tags: []oss.Tag{{Key: oss.Ptr("a b"), Value: oss.Ptr("1+")}}}}})
	must(err, "put tags")
	read := func() []oss.Tag {
		found, err := client.GetObjectTagging(background, &oss.GetObjectTaggingRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("t")})
		must(err, "get tags")
		return found.Tags
	}
	check(len(read()) == 1 && *read()[0].Key == "a b" && *read()[0].Value == "1+", "tags %v", read())
	_, err = client.DeleteObjectTagging(background, &oss.DeleteObjectTaggingRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("t")})
	must(err, "delete tags")
	equal(len(read()), 0, "tags after delete")
	return ""
}

func versioning() string {
	bucket := makeBucket(client, "versioning")
	_, err := client.PutBucketVersioning(background, &oss.PutBucketVersioningRequest{Bucket: oss.Ptr(bucket),
		VersioningConfiguration: &oss.VersioningConfiguration{Status: oss.VersionEnabled}})
	must(err, "enable versioning")
	first, second := put(client, bucket, "v", []byte("one")), put(client, bucket, "v", []byte("two"))
	old, err := getVersion(bucket, "v", *first.VersionId)
	must(err, "get of a version")
	equal(old, []byte("one"), "the first version")
	marker, err := remove(bucket, "v", "")
	must(err, "delete")
	check(marker.DeleteMarker, "delete did not say that it made a marker")
	_, err = tryGet(client, &oss.GetObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("v")})
	fails(err, "NoSuchKey", "get under a marker")
	listed, err := client.ListObjectVersions(background, &oss.ListObjectVersionsRequest{Bucket: oss.Ptr(bucket)})
	must(err, "list versions")
	check(len(listed.ObjectVersions) == 2 && *listed.ObjectVersions[0].VersionId == *second.VersionId, "versions %v", listed.ObjectVersions)
	check(len(listed.ObjectDeleteMarkers) == 1 && *listed.ObjectDeleteMarkers[0].VersionId == *marker.VersionId, "markers %v", listed.ObjectDeleteMarkers)
	for _, version := range []string{*marker.VersionId, *second.VersionId} {
		_, err = remove(bucket, "v", version)
		must(err, "delete of a version")
	}
	equal(get(client, bucket, "v"), []byte("one"), "after marker and latest went")
	_, err = getVersion(bucket, "v", *second.VersionId)
	fails(err, "NoSuchVersion", "a version that went")
	return ""
}

func presign() string {
	for _, v1 := range []bool{false, true} {
		by := makeClient(options{v1: v1})
		bucket := makeBucket(by, "presign")
		key := oss.Ptr("odd +%ü name")
		signed, err := by.Presign(background, &oss.PutObjectRequest{Bucket: oss.Ptr(bucket), Key: key}, oss.PresignExpires(10*time.Minute))
		must(err, "presign")
		status, body := plainHTTP("PUT", signed.URL, signed.SignedHeaders, []byte("by url"))
		check(status == 200, "put by URL: %d %s", status, body)
		signed, err = by.Presign(background, &oss.GetObjectRequest{Bucket: oss.Ptr(bucket), Key: key}, oss.PresignExpires(10*time.Minute))
		must(err, "presign")
		status, body = plainHTTP("GET", signed.URL, signed.SignedHeaders, nil)
		check(status == 200 && string(body) == "by url", "get by URL: %d %s", status, body)
		signed, err = by.Presign(background, &oss.GetObjectRequest{Bucket: oss.Ptr(bucket), Key: key}, oss.PresignExpires(time.Second))
		must(err, "presign")
		time.Sleep(2100 * time.Millisecond)
		status, body = plainHTTP("GET", signed.URL, signed.SignedHeaders, nil)
		check(status == 403 && strings.Contains(string(body), "AccessDenied"), "an expired URL: %d %s", status, body)
	}
	return ""
}

func refusals() string {
	bucket := makeBucket(client, "errors")
	_, err := tryGet(client, &oss.GetObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("none")})
	fails(err, "NoSuchKey", "no such key")
	_, err = client.HeadObject(background, &oss.HeadObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("none")})
	fails(err, "NoSuchKey", "head of no such key (x-oss-err)")
	for _, v1 := range []bool{false, true} {
		for by, wanted := range map[*oss.Client]string{
			makeClient(options{v1: v1}):                  "NoSuchBucket",
			makeClient(options{v1: v1, secret: "wrong"}): "SignatureDoesNotMatch",
			makeClient(options{v1: v1, key: "NOBODY"}):   "InvalidAccessKeyId",
		} {
			_, err = by.ListObjectsV2(background, &oss.ListObjectsV2Request{Bucket: oss.Ptr(bucket + "-none")})
			fails(err, wanted, "list")
		}
	}
	return ""
}

func main() {
	runFeatures(map[string]func() string{
		"small": small, "empty": empty, "odd-names": oddNamesWork, "multipart": multipart, "range": ranges, "copy": copies,
		"list": list, "delete": deletes, "metadata": metadata, "tags": tags, "versioning": versioning, "presign": presign,
		"errors": refusals, "replication": replication,
	})
}
