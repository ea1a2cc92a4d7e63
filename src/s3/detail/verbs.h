#pragma once

#include "runtime/task.h"
#include "s3/detail/call.h"
#include "s3/detail/errors.h"

/// One function per verb, each in a file of its name in verbs/.
namespace antipode::s3 {

using Verb = Task<Answer> (*)(Call& call);

// The service.
Task<Answer> list_buckets(Call& call);

// A bucket.
Task<Answer> create_bucket(Call& call);
Task<Answer> delete_bucket(Call& call);
Task<Answer> head_bucket(Call& call);
Task<Answer> get_bucket_location(Call& call);
Task<Answer> get_bucket_acl(Call& call);
Task<Answer> put_bucket_acl(Call& call);
Task<Answer> get_bucket_encryption(Call& call);
Task<Answer> put_bucket_encryption(Call& call);
Task<Answer> delete_bucket_encryption(Call& call);
Task<Answer> get_bucket_accelerate(Call& call);
Task<Answer> put_bucket_accelerate(Call& call);
Task<Answer> get_bucket_versioning(Call& call);
Task<Answer> put_bucket_versioning(Call& call);
Task<Answer> get_bucket_tagging(Call& call);
Task<Answer> put_bucket_tagging(Call& call);
Task<Answer> delete_bucket_tagging(Call& call);
Task<Answer> get_bucket_lifecycle(Call& call);
Task<Answer> put_bucket_lifecycle(Call& call);
Task<Answer> delete_bucket_lifecycle(Call& call);
Task<Answer> get_bucket_replication(Call& call);
Task<Answer> put_bucket_replication(Call& call);
Task<Answer> delete_bucket_replication(Call& call);
/// GET and DELETE of the sub-resources that a bucket here never has.
Task<Answer> get_unset_configuration(Call& call);
Task<Answer> delete_unset_configuration(Call& call);

Task<Answer> list_objects(Call& call);
Task<Answer> list_objects_v2(Call& call);
Task<Answer> list_object_versions(Call& call);
Task<Answer> list_uploads(Call& call);
Task<Answer> delete_objects(Call& call);

// An object.
Task<Answer> put_object(Call& call);
/// A browser's upload by form.
Task<Answer> post_object(Call& call);
/// GET and HEAD.
Task<Answer> get_object(Call& call);
Task<Answer> get_object_attributes(Call& call);
Task<Answer> copy_object(Call& call);
Task<Answer> delete_object(Call& call);
Task<Answer> get_object_acl(Call& call);
Task<Answer> put_object_acl(Call& call);
Task<Answer> get_object_tagging(Call& call);
Task<Answer> put_object_tagging(Call& call);
Task<Answer> delete_object_tagging(Call& call);
Task<Answer> get_unset_object_configuration(Call& call);

// Multipart.
Task<Answer> create_upload(Call& call);
Task<Answer> upload_part(Call& call);
Task<Answer> copy_part(Call& call);
Task<Answer> complete_upload(Call& call);
Task<Answer> abort_upload(Call& call);
Task<Answer> list_parts(Call& call);

}  // namespace antipode::s3
