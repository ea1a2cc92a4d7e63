#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "protocol/form.h"
#include "runtime/pieces_source.h"
#include "runtime/sim_executor.h"
#include "runtime/task_group.h"

namespace {

using namespace antipode;  // NOLINT(google-build-using-namespace)

struct Read {
    bool is_form = false;
    bool is_whole = false;
    NamedValues fields;
    std::string file;

    bool operator==(const Read&) const = default;
};

Task<void> read(std::string text, std::size_t piece_bytes, Read* into) {
    auto form = co_await protocol::read_form(
        std::make_unique<runtime::PiecesSource>(std::move(text), piece_bytes), "x");
    if (!form) {
        co_return;
    }
    into->is_form = true;
    into->fields = std::move(form->fields);
    while (true) {
        const Result<Bytes> chunk = co_await form->file->next();
        if (!chunk || chunk->empty()) {
            into->is_whole = chunk.has_value();
            co_return;
        }
        into->file += to_string(*chunk);
    }
}

Read read_in_pieces(const std::string& text, std::size_t piece_bytes) {
    Read result;
    runtime::SimExecutor executor(1, false);
    runtime::TaskGroup group;
    group.spawn(executor, read(text, piece_bytes, &result));
    executor.run();
    CHECK(group.running() == 0);
    return result;
}

}  // namespace

/// Any bytes as a form: it ends, gives no more than it got, and means the same however the network
/// cuts it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const Read whole = read_in_pieces(text, size + 1);
    CHECK(whole.file.size() <= size);
    CHECK(whole.fields.size() <= protocol::kFormFieldsMax);
    if (size < protocol::kFormFieldsBytesMax) {
        const Read cut = read_in_pieces(text, 1);
        CHECK(cut.is_form == whole.is_form && cut.is_whole == whole.is_whole);
        CHECK(cut.fields == whole.fields);
        CHECK(!whole.is_whole || cut.file == whole.file);
    }
    return 0;
}
