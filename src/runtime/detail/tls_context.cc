#include "runtime/detail/tls_context.h"

#include <boost/system/system_error.hpp>
#include <fmt/format.h>

namespace antipode::runtime {

namespace asio = boost::asio;

TlsContexts::Times TlsContexts::times() const {
    Times times{};
    std::error_code ignored;
    times[0] = std::filesystem::last_write_time(files_.own.certificate_file, ignored);
    times[1] = std::filesystem::last_write_time(files_.own.key_file, ignored);
    times[2] = std::filesystem::last_write_time(files_.trusted_file, ignored);
    return times;
}

Result<TlsContext> TlsContexts::current() {
    const std::scoped_lock lock(mutex_);
    if (context_ && files_.trusted_file.empty()) {
        return context_;
    }
    const Times now = times();
    if (context_ && now == made_from_) {
        return context_;
    }
    auto made = make();
    if (!made && !context_) {
        return made;
    }
    if (made) {
        context_ = std::move(*made);
        made_from_ = now;
    }
    return context_;
}

Result<TlsContext> TlsContexts::make() const {
    // Asio tells by exceptions here; they end in this adapter.
    try {
        auto context = std::make_shared<asio::ssl::context>(side_ == TlsSide::Server
                                                                ? asio::ssl::context::tls_server
                                                                : asio::ssl::context::tls_client);
        context->set_options(asio::ssl::context::default_workarounds |
                             asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
        if (!files_.own.certificate_file.empty()) {
            context->use_certificate_chain_file(files_.own.certificate_file);
            context->use_private_key_file(files_.own.key_file, asio::ssl::context::pem);
        }
        if (files_.trusted_file.empty()) {
            context->set_verify_mode(asio::ssl::verify_none);
            return context;
        }
        context->load_verify_file(files_.trusted_file);
        context->set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
        SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_3_VERSION);
        // A resumed session would carry an old certificate's trust past its replacement.
        SSL_CTX_set_session_cache_mode(context->native_handle(), SSL_SESS_CACHE_OFF);
        SSL_CTX_set_num_tickets(context->native_handle(), 0);
        return context;
    } catch (const boost::system::system_error& error) {
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("cannot use certificate {} with key {}{}{}: {}",
                                files_.own.certificate_file,
                                files_.own.key_file,
                                files_.trusted_file.empty() ? "" : " and trust in ",
                                files_.trusted_file,
                                error.what()));
    }
}

}  // namespace antipode::runtime
