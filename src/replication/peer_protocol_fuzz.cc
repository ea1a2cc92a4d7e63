#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/record.h"
#include "replication/announced.h"
#include "replication/limits.h"
#include "replication/link_auth.h"
#include "replication/packing.h"
#include "replication/peer_protocol.h"
#include "runtime/run_to_end.h"
#include "runtime/sim_executor.h"

namespace {

using namespace antipode::replication;  // NOLINT(google-build-using-namespace)

template <typename Decode>
void check_stable(std::string_view bytes, Decode decode) {
    if (const auto decoded = decode(bytes); decoded) {
        const std::string once = encode(*decoded);
        const auto again = decode(once);
        CHECK(again.has_value());
        CHECK(encode(*again) == once);
    }
}

/// Nobody is another region without the secret; `text` are the values of the headers, one a line.
void check_signature(std::string_view text) {
    constexpr std::string_view kNames[] = {"x-antipode-region",
                                           "x-antipode-time",
                                           "x-antipode-content-sha256",
                                           "x-antipode-signature"};
    antipode::http::Request request;
    request.method = "POST";
    request.target = "/-/peer/v1/apply";
    for (const std::string_view name : kNames) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        request.headers.add(std::string(name), std::string(text.substr(0, end)));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    CHECK(!authenticate({.bytes = "secret"}, request, 1369353600000));
}

/// A packed body, before it the length that it says: no more than that is ever made of it.
void check_unpacking(std::string_view bytes) {
    constexpr std::uint64_t kSaidMax = 1 << 20U;
    antipode::RecordReader in(bytes);
    const std::uint64_t said = in.varint() % kSaidMax;
    const auto source = unpack(
        std::make_unique<antipode::runtime::MemorySource>(antipode::to_bytes(in.rest())), said);
    antipode::runtime::SimExecutor executor(1);
    std::uint64_t made = 0;
    while (true) {
        const auto piece = antipode::runtime::run_to_end(executor, source->next());
        if (!piece) {
            break;
        }
        if (piece->empty()) {
            CHECK(made == said);
            break;
        }
        made += piece->size();
        CHECK(made <= said);
    }
}

}  // namespace

/// Any bytes as the body of a request or an answer between two regions: the first one chooses of
/// which kind.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 14) {
        case 0:
            check_stable(bytes, decode_apply_request);
            break;
        case 1:
            check_stable(bytes, decode_replies);
            break;
        case 2:
            check_stable(bytes, decode_rule_notice);
            break;
        case 3:
            check_stable(bytes, decode_bucket_facts);
            break;
        case 4:
            check_stable(bytes, decode_transfer_state);
            break;
        case 5:
            check_stable(bytes, decode_item_page);
            break;
        case 6:
            check_stable(bytes, decode_targets);
            break;
        case 7:
            check_stable(bytes, decode_announcement);
            break;
        case 8:
            check_stable(bytes, decode_limits);
            break;
        case 10:
            check_stable(bytes, decode_abilities);
            break;
        case 11:
            check_unpacking(bytes);
            break;
        case 12:
            check_stable(bytes, decode_take_request);
            break;
        case 13:
            check_stable(bytes, decode_body_request);
            break;
        default:
            check_signature(bytes);
            break;
    }
    return 0;
}
