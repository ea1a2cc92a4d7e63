package main

import (
	"os"
	"strconv"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

func rulesOf(bucket string) ([]oss.ReplicationRule, error) {
	answer, err := client.GetBucketReplication(background, &oss.GetBucketReplicationRequest{Bucket: oss.Ptr(bucket)})
	if err != nil {
		return nil, err
	}
	return answer.ReplicationConfiguration.Rules, nil
}

func addRule(bucket, target string) (string, error) {
	answer, err := client.PutBucketReplication(background, &oss.PutBucketReplicationRequest{Bucket: oss.Ptr(bucket),
		ReplicationConfiguration: &oss.ReplicationConfiguration{Rules: []oss.ReplicationRule{{
			PrefixSet: &oss.ReplicationPrefixSet{Prefixs: []string{"yes/", "ja/"}}, Action: oss.Ptr("ALL"),
			HistoricalObjectReplication: oss.HistoricalObjectReplicationEnabled,
			RTC:                         &oss.ReplicationTimeControl{Status: oss.Ptr("disabled")},
			Destination: &oss.ReplicationDestination{Bucket: oss.Ptr(target),
				Location: oss.Ptr("oss-" + os.Getenv("CLIENT_PEER_REGION")), TransferType: oss.TransferTypeInternal}}}}})
	if err != nil {
		return "", err
	}
	return *answer.ReplicationRuleId, nil
}

func caughtUp(bucket, rule string, since time.Time) bool {
	answer, err := client.GetBucketReplicationProgress(background,
		&oss.GetBucketReplicationProgressRequest{Bucket: oss.Ptr(bucket), RuleId: oss.Ptr(rule)})
	must(err, "progress")
	found := answer.ReplicationProgress.Rules[0]
	if *found.Status != "doing" {
		return false
	}
	history, err := strconv.ParseFloat(*found.Progress.HistoricalObject, 64)
	must(err, "history")
	reached, err := time.Parse("2006-01-02T15:04:05.000Z", *found.Progress.NewObject)
	must(err, "NewObject")
	return history == 1 && reached.After(since)
}

func replication() string {
	bucket := makeBucket(client, "replication")
	there := makeClient(options{peer: true})
	target := bucketName("replicated")
	_, err := there.PutBucket(background, &oss.PutBucketRequest{Bucket: oss.Ptr(target)})
	must(err, "create the target")
	_, err = rulesOf(bucket)
	fails(err, "NoSuchReplicationConfiguration", "no rules yet")
	places, err := client.GetBucketReplicationLocation(background, &oss.GetBucketReplicationLocationRequest{Bucket: oss.Ptr(bucket)})
	must(err, "locations")
	offered := false
	for _, place := range places.ReplicationLocation.Locations {
		offered = offered || place == "oss-"+os.Getenv("CLIENT_PEER_REGION")
	}
	check(offered, "locations %v", places.ReplicationLocation.Locations)

	put(client, bucket, "yes/history", []byte("written before the rule"))
	rule, err := addRule(bucket, target)
	must(err, "add a rule")
	_, err = addRule(bucket, target)
	fails(err, "BucketReplicationAlreadyExist", "a second rule for the pair")
	_, err = addRule(bucket, target+"-none")
	fails(err, "InvalidTargetBucket", "no such target")
	rules, err := rulesOf(bucket)
	must(err, "rules")
	check(len(rules) == 1 && *rules[0].ID == rule && len(rules[0].PrefixSet.Prefixs) == 2 && *rules[0].Destination.Bucket == target, "rules %v", rules)

	body := content(6*mib, 1)
	put(client, bucket, "ja/neu ü+%", body)
	put(client, bucket, "no", []byte("not in the prefix set"))
	waitUntil("the objects are there", func() bool { return exists(there, target, "yes/history") && exists(there, target, "ja/neu ü+%") })
	equal(get(there, target, "ja/neu ü+%"), body, "replica")
	original, replica := head(client, bucket, "ja/neu ü+%"), head(there, target, "ja/neu ü+%")
	equal([]string{*replica.ETag, *replica.HashCRC64, replica.LastModified.String()},
		[]string{*original.ETag, *original.HashCRC64, original.LastModified.String()}, "ETag, CRC-64, Last-Modified")
	since := time.Now()
	waitUntil("progress reaches the present and 100 % of history", func() bool { return caughtUp(bucket, rule, since) })
	check(!exists(there, target, "no"), "an object outside of the prefix set was replicated")
	_, err = remove(bucket, "yes/history", "")
	must(err, "delete")
	waitUntil("the delete is there", func() bool { return !exists(there, target, "yes/history") })

	_, err = client.DeleteBucketReplication(background, &oss.DeleteBucketReplicationRequest{Bucket: oss.Ptr(bucket),
		ReplicationRules: &oss.ReplicationRules{IDs: []string{rule}}})
	must(err, "delete the rule")
	waitUntil("the rule is gone", func() bool {
		rules, err := rulesOf(bucket)
		return len(rules) == 0 && (err == nil || codeOf(err) == "NoSuchReplicationConfiguration")
	})
	return ""
}
