#pragma once

#include "oss/exchange.h"

/// Every verb of OSS that is built; oss_routes.cc says which request each one answers.
namespace antipode::oss {

// Service.
Task<Result<http::Response>> list_buckets(Exchange& x);
Task<Result<http::Response>> describe_regions(Exchange& x);

// Buckets.
Task<Result<http::Response>> put_bucket(Exchange& x);
Task<Result<http::Response>> delete_bucket(Exchange& x);
/// Whether there is such a bucket for the caller, without a document.
Task<Result<http::Response>> head_bucket(Exchange& x);
Task<Result<http::Response>> get_bucket_info(Exchange& x);
Task<Result<http::Response>> get_bucket_location(Exchange& x);
Task<Result<http::Response>> get_bucket_stat(Exchange& x);
Task<Result<http::Response>> put_bucket_acl(Exchange& x);
Task<Result<http::Response>> get_bucket_acl(Exchange& x);
Task<Result<http::Response>> put_bucket_versioning(Exchange& x);
Task<Result<http::Response>> get_bucket_versioning(Exchange& x);
Task<Result<http::Response>> put_bucket_tags(Exchange& x);
Task<Result<http::Response>> get_bucket_tags(Exchange& x);
Task<Result<http::Response>> delete_bucket_tags(Exchange& x);
Task<Result<http::Response>> put_bucket_encryption(Exchange& x);
Task<Result<http::Response>> get_bucket_encryption(Exchange& x);
Task<Result<http::Response>> delete_bucket_encryption(Exchange& x);
Task<Result<http::Response>> initiate_bucket_worm(Exchange& x);
Task<Result<http::Response>> abort_bucket_worm(Exchange& x);
Task<Result<http::Response>> complete_bucket_worm(Exchange& x);
Task<Result<http::Response>> extend_bucket_worm(Exchange& x);
Task<Result<http::Response>> get_bucket_worm(Exchange& x);
Task<Result<http::Response>> put_transfer_acceleration(Exchange& x);
Task<Result<http::Response>> get_transfer_acceleration(Exchange& x);
Task<Result<http::Response>> put_bucket_lifecycle(Exchange& x);
Task<Result<http::Response>> get_bucket_lifecycle(Exchange& x);
Task<Result<http::Response>> delete_bucket_lifecycle(Exchange& x);
/// cors, website, ...: never set, because they cannot be set yet.
Task<Result<http::Response>> get_bucket_configuration(Exchange& x);
Task<Result<http::Response>> delete_bucket_configuration(Exchange& x);
/// CORS preflight: no bucket has rules yet.
Task<Result<http::Response>> answer_preflight(Exchange& x);

// Replication.
Task<Result<http::Response>> post_bucket_replication(Exchange& x);
Task<Result<http::Response>> get_bucket_replication(Exchange& x);
Task<Result<http::Response>> get_replication_location(Exchange& x);
Task<Result<http::Response>> get_replication_progress(Exchange& x);
Task<Result<http::Response>> put_bucket_rtc(Exchange& x);

// Listings.
Task<Result<http::Response>> list_objects(Exchange& x);
Task<Result<http::Response>> list_object_versions(Exchange& x);
Task<Result<http::Response>> list_uploads(Exchange& x);

// Objects.
Task<Result<http::Response>> put_object(Exchange& x);
Task<Result<http::Response>> copy_object(Exchange& x);
Task<Result<http::Response>> append_object(Exchange& x);
Task<Result<http::Response>> get_object(Exchange& x);
Task<Result<http::Response>> head_object(Exchange& x);
Task<Result<http::Response>> get_object_meta(Exchange& x);
Task<Result<http::Response>> delete_object(Exchange& x);
Task<Result<http::Response>> delete_objects(Exchange& x);
Task<Result<http::Response>> put_object_acl(Exchange& x);
Task<Result<http::Response>> get_object_acl(Exchange& x);
Task<Result<http::Response>> put_object_tags(Exchange& x);
Task<Result<http::Response>> get_object_tags(Exchange& x);
Task<Result<http::Response>> delete_object_tags(Exchange& x);
Task<Result<http::Response>> put_symlink(Exchange& x);
Task<Result<http::Response>> get_symlink(Exchange& x);
Task<Result<http::Response>> restore_object(Exchange& x);
Task<Result<http::Response>> post_object(Exchange& x);

// Multipart uploads.
Task<Result<http::Response>> create_upload(Exchange& x);
Task<Result<http::Response>> upload_part(Exchange& x);
Task<Result<http::Response>> complete_upload(Exchange& x);
Task<Result<http::Response>> abort_upload(Exchange& x);
Task<Result<http::Response>> list_parts(Exchange& x);

}  // namespace antipode::oss
