#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"
#include "oss/exchange.h"

namespace antipode::oss {

/// One ErrorCode in OSS's words.
struct ErrorWords {
    int status = 500;
    std::string_view code;
    std::string_view ec;       ///< "" where the service's is not known.
    std::string_view message;  ///< When the error itself has none.
};

ErrorWords words_of(ErrorCode code);

struct ErrorContext {
    std::string_view method;
    std::string_view request_id;
    std::string_view host;
    std::string_view bucket;
    std::string_view key;
};

/// The error document with its headers. For HEAD the document goes into x-oss-err; 304 has none.
http::Response error_response(const Error& error,
                              const ErrorDetail& detail,
                              const ErrorContext& context);

}  // namespace antipode::oss
