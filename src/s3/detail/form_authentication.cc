#include "s3/detail/form_authentication.h"

#include <algorithm>
#include <string>

#include "base/bytes.h"
#include "codec/base64.h"
#include "codec/http_date.h"
#include "crypto/constant_time.h"
#include "crypto/hmac.h"
#include "s3/detail/sigv4.h"

namespace antipode::s3 {

namespace {

S3Result<Authentication> accept(const access::AccessKey& key,
                                std::string_view expected,
                                std::string_view signature) {
    if (!crypto::constant_time_equal(expected, signature)) {
        return refuse(S3Error(words::kSignatureDoesNotMatch).with("AWSAccessKeyId", key.id));
    }
    Authentication authentication;
    authentication.principal = {
        .account = key.account, .access_key = key.id, .is_root = key.is_root};
    return authentication;
}

S3Result<Authentication> authenticate_v4(const SigningContext& context,
                                         const protocol::Form& form,
                                         std::string_view policy) {
    if (form.get("x-amz-algorithm") != kSigV4Algorithm) {
        return refuse(words::kInvalidArgument,
                      "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"");
    }
    const auto credential = protocol::parse_v4_credential(form.get("x-amz-credential"));
    const auto date = codec::parse_basic(form.get("x-amz-date"));
    const bool is_ours = credential && credential->service == "s3" &&
                         credential->terminator == "aws4_request" &&
                         std::ranges::count(context.regions, credential->region) != 0;
    if (!is_ours || !date || codec::format_basic_date(*date) != credential->date) {
        return refuse(words::kInvalidArgument,
                      "The X-Amz-Credential or X-Amz-Date field is not valid.");
    }
    TRY(const access::AccessKey key, find_key(context, credential->access_key));
    const crypto::Digest signing_key =
        context.signing_keys.find_or_derive("AWS4", key.secret, *credential);
    return accept(key, protocol::sign_v4(signing_key, policy), form.get("x-amz-signature"));
}

}  // namespace

S3Result<Authentication> authenticate_form(const SigningContext& context,
                                           const protocol::Form& form) {
    const std::string_view policy = form.get("policy");
    const bool is_v4 = form.find("x-amz-signature") != nullptr;
    const bool is_v2 = form.find("AWSAccessKeyId") != nullptr;
    if (form.find("x-amz-security-token") != nullptr) {
        return refuse(words::kInvalidToken);
    }
    if (!is_v4 && !is_v2) {
        if (!policy.empty()) {
            return refuse(words::kAccessDenied, "The policy of the form is not signed.");
        }
        return Authentication();
    }
    if (policy.empty()) {
        return refuse(words::kInvalidArgument, "Bucket POST must contain a field named 'policy'.");
    }
    if (is_v4) {
        return authenticate_v4(context, form, policy);
    }
    TRY(const access::AccessKey key, find_key(context, std::string(form.get("AWSAccessKeyId"))));
    const crypto::Digest mac = crypto::hmac_sha1(as_bytes(key.secret), as_bytes(policy));
    return accept(key, codec::base64_encode(mac.bytes()), form.get("signature"));
}

}  // namespace antipode::s3
