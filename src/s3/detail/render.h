#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "codec/xml_writer.h"
#include "http/message.h"
#include "model/object_version.h"
#include "s3/detail/call.h"

namespace antipode::s3 {

inline constexpr std::string_view kNamespace = "http://s3.amazonaws.com/doc/2006-03-01/";

/// Lower-case, quoted.
[[nodiscard]] std::string show_etag(std::string_view stored);
/// "2009-10-12T17:50:30.000Z"
[[nodiscard]] std::string show_time(std::int64_t ms);
/// "Wed, 12 Oct 2009 17:50:30 GMT"
[[nodiscard]] std::string show_http_time(std::int64_t ms);

[[nodiscard]] http::Response xml_response(codec::XmlWriter& xml);
[[nodiscard]] http::Response empty_response(int status);

/// <Owner><ID>..</ID><DisplayName>..</DisplayName></Owner>
void write_owner(codec::XmlWriter& xml,
                 const AccountId& account,
                 std::string_view element = "Owner");

void add_version_headers(http::Headers& headers,
                         const ObjectVersion& version,
                         bool show_version_id);

/// x-amz-expiration, when lifecycle will remove what is the latest version of its key.
void add_expiration_header(http::Headers& headers, const Call& call, const ObjectVersion& latest);

/// How keys are shown in a list: as they are, or with encoding-type=url.
class KeyText {
  public:
    /// InvalidArgument for another encoding.
    [[nodiscard]] static S3Result<KeyText> of(const Call& call);

    [[nodiscard]] std::string show(std::string_view key) const;
    void write_type(codec::XmlWriter& xml) const;

  private:
    bool is_url_ = false;
};

}  // namespace antipode::s3
