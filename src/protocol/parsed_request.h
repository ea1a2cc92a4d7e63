#pragma once

#include <memory>
#include <string>

#include "codec/uri.h"
#include "http/message.h"
#include "protocol/dialect.h"
#include "protocol/form.h"
#include "protocol/virtual_host.h"
#include "runtime/executor.h"

namespace antipode::protocol {

/// A request's head, taken apart once for both dialects. Nothing has been authenticated yet.
struct ParsedRequest {
    Dialect dialect = Dialect::Oss;
    std::string bucket;  ///< "" = the service itself. Not validated: it may be no legal name.
    std::string key;     ///< Decoded, exact bytes, nothing collapsed; "" = the bucket.
    bool is_virtual_hosted = false;  ///< The bucket came from Host, not from the path.
    /// Only buckets with transfer acceleration are served there.
    bool is_at_accelerate_endpoint = false;
    codec::Target target;   ///< Raw and decoded path and query; signatures are computed from these.
    runtime::WallTime now;  ///< When it arrived: the one "now" of this request.
    std::string request_id;
    /// The upload of a browser: set for a POST of multipart/form-data to a bucket. Its file is the
    /// body; request.body must not be read then.
    std::shared_ptr<Form> form;
};

/// InvalidArgument for a target that cannot be taken apart; `dialect_of` still says in which
/// dialect to answer.
[[nodiscard]] Result<ParsedRequest> parse_request(const http::Request& request,
                                                  const VirtualHosts& hosts,
                                                  Dialect fallback);

/// The dialect of a request, also of one that parse_request refuses.
[[nodiscard]] Dialect dialect_of(const http::Request& request, Dialect fallback);

}  // namespace antipode::protocol
