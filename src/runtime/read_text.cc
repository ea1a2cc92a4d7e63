#include "runtime/read_text.h"

#include <fmt/format.h>

namespace antipode::runtime {

Task<Result<std::string>> read_text(ByteSource* source, std::size_t bytes_max) {
    std::string text;
    while (source != nullptr) {
        CO_TRY(const Bytes chunk, co_await source->next());
        if (chunk.empty()) {
            break;
        }
        if (text.size() + chunk.size() > bytes_max) {
            co_return fail(ErrorCode::EntityTooLarge,
                           fmt::format("The body is larger than {} bytes.", bytes_max));
        }
        text += as_text(chunk);
    }
    co_return text;
}

}  // namespace antipode::runtime
