#include "bench/load/request.h"

#include <iterator>

#include <fmt/format.h>

#include "codec/uri.h"

namespace antipode::bench {

namespace {

constexpr std::string_view kUnsigned = "UNSIGNED-PAYLOAD";
constexpr std::string_view kEmptySha256 =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::string_view method_of(Verb verb) {
    switch (verb) {
        case Verb::Put:
            return "PUT";
        case Verb::Head:
            return "HEAD";
        case Verb::Delete:
            return "DELETE";
        case Verb::Get:
        case Verb::List:
            break;
    }
    return "GET";
}

}  // namespace

RequestWriter::RequestWriter(const Options& options, const Bodies& bodies)
    : options_(options),
      bodies_(bodies),
      signer_({.dialect = options.dialect,
               .region = options.region,
               .access_key = options.access_key,
               .secret_key = options.secret_key}),
      host_(fmt::format("{}:{}", options.host, options.port)),
      bucket_path_(options.bucket.empty() ? "" : "/" + options.bucket) {}

std::string RequestWriter::key(std::uint64_t number) const {
    return fmt::format("{}{:012}", options_.prefix, number);
}

void RequestWriter::write(const Job& job, std::time_t now, std::string& head) {
    if (job.verb == Verb::List) {
        // Sorted by name, as the signature wants it.
        std::string query = fmt::format("list-type=2&max-keys={}", options_.list_keys_max);
        query += fmt::format("&prefix={}", codec::percent_encode(options_.prefix));
        if (job.number > 0) {
            query += fmt::format("&start-after={}", codec::percent_encode(key(job.number - 1)));
        }
        write("GET", bucket_path_ + "/", query, nullptr, now, head);
        return;
    }
    const std::string path =
        fmt::format("{}/{}", bucket_path_, codec::percent_encode_path(key(job.number)));
    write(method_of(job.verb), path, "", job.verb == Verb::Put ? &job : nullptr, now, head);
}

void RequestWriter::write_make_bucket(std::time_t now, std::string& head) {
    // OSS signs a bucket with the slash, S3 signs what is sent.
    write("PUT", bucket_path_ + "/", "", nullptr, now, head);
    head.insert(head.size() - 2, "Content-Length: 0\r\n");
}

void RequestWriter::write(std::string_view method,
                          std::string_view path,
                          std::string_view query,
                          const Job* put,
                          std::time_t now,
                          std::string& head) {
    // OSS has no signed payload in V4; its SDKs send UNSIGNED-PAYLOAD always.
    std::string_view hash = kUnsigned;
    if (options_.signed_payload && options_.dialect == Dialect::S3) {
        hash = put == nullptr ? kEmptySha256 : bodies_.sha256_hex(put->number);
    }
    head.clear();
    auto out = std::back_inserter(head);
    fmt::format_to(out,
                   "{} {}{}{} HTTP/1.1\r\nHost: {}\r\n",
                   method,
                   path,
                   query.empty() ? "" : "?",
                   query,
                   host_);
    signer_.append_headers({.method = method,
                            .host = host_,
                            .path = path,
                            .query = query,
                            .payload_hash = hash,
                            .time = now},
                           head);
    if (put != nullptr) {
        fmt::format_to(out, "Content-Length: {}\r\n", bodies_.body(put->number).size());
    }
    head += "\r\n";
}

}  // namespace antipode::bench
