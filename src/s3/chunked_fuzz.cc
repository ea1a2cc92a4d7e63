#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "base/check.h"
#include "runtime/pieces_source.h"
#include "runtime/sim_executor.h"
#include "runtime/task_group.h"
#include "s3/detail/chunked_body.h"

namespace {

using antipode::Bytes;
using antipode::ByteSource;
using antipode::Result;
using antipode::Task;

Task<void> drain(ByteSource& source, std::size_t coded_bytes) {
    std::size_t decoded_bytes = 0;
    while (true) {
        const Result<Bytes> chunk = co_await source.next();
        if (!chunk || chunk->empty()) {
            break;
        }
        decoded_bytes += chunk->size();
    }
    CHECK(decoded_bytes <= coded_bytes);
}

}  // namespace

/// Ends for every input, and never gives more bytes than it got.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    std::string text(reinterpret_cast<const char*>(data) + 2, size - 2);
    antipode::s3::ChunkedBody::Coding coding;
    coding.has_trailer = data[0] % 2 == 1;
    if (data[0] % 4 >= 2) {
        coding.signing.emplace();
    }
    antipode::s3::ChunkedBody body(
        std::make_unique<antipode::runtime::PiecesSource>(text, 1U + data[1]),
        coding,
        std::make_shared<antipode::s3::Trailers>());
    antipode::runtime::SimExecutor executor(1, false);
    antipode::runtime::TaskGroup group;
    group.spawn(executor, drain(body, size));
    executor.run();
    CHECK(group.running() == 0);
    return 0;
}
