#include "protocol/form.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/bytes.h"
#include "codec/ascii.h"

namespace antipode::protocol {

namespace {

std::unexpected<Error> malformed() {
    return fail(ErrorCode::InvalidRequest,
                "The body of your POST request is not well-formed multipart/form-data.");
}

/// A window over the body that grows at its end and shrinks at its start.
class Window {
  public:
    explicit Window(std::unique_ptr<ByteSource> input) : input_(std::move(input)) {}

    /// False at the end of the body.
    Task<Result<bool>> grow() {
        if (input_ == nullptr) {
            co_return false;
        }
        CO_TRY(const Bytes chunk, co_await input_->next());
        if (chunk.empty()) {
            input_.reset();  // next() must not be called after the end.
            co_return false;
        }
        text_.erase(0, std::exchange(start_, 0));
        text_ += as_text(chunk);
        co_return true;
    }

    [[nodiscard]] std::string_view view() const { return std::string_view(text_).substr(start_); }

    void drop(std::size_t count) { start_ += count; }

  private:
    std::unique_ptr<ByteSource> input_;
    std::string text_;
    std::size_t start_ = 0;
};

/// The bytes up to "\r\n--boundary".
class FileSource final : public ByteSource {
  public:
    FileSource(Window window, std::string delimiter)
        : window_(std::move(window)), delimiter_(std::move(delimiter)) {}

    Task<Result<Bytes>> next() override {
        while (!is_done_) {
            const std::string_view view = window_.view();
            const std::size_t end = view.find(delimiter_);
            is_done_ = end != std::string_view::npos;
            // A delimiter may have begun in the last bytes; they wait for more.
            const std::size_t kept = delimiter_.size() - 1;
            const std::size_t certain = is_done_ ? end : view.size() - std::min(view.size(), kept);
            const std::size_t size = std::min(certain, kChunkBytesMax);
            if (size != 0) {
                is_done_ = is_done_ && size == certain;
                Bytes out = to_bytes(view.substr(0, size));
                window_.drop(size);
                co_return out;
            }
            if (is_done_) {
                break;
            }
            CO_TRY(const bool is_more, co_await window_.grow());
            if (!is_more) {
                co_return fail(ErrorCode::IncompleteBody,
                               "The form ends before its last boundary.");
            }
        }
        co_return Bytes{};
    }

  private:
    Window window_;
    std::string delimiter_;
    bool is_done_ = false;
};

/// The value of `name` in "form-data; name=\"key\"; filename=\"a;b\"".
std::string disposition_value(std::string_view header, std::string_view name) {
    std::size_t position = 0;
    while (position < header.size()) {
        const std::size_t equals = header.find('=', position);
        if (equals == std::string_view::npos) {
            break;
        }
        const std::size_t begin = header.rfind(';', equals);
        const std::string_view found = codec::trim(
            header.substr(begin == std::string_view::npos ? 0 : begin + 1, equals - begin - 1));
        std::string value;
        position = equals + 1;
        if (position < header.size() && header[position] == '"') {
            for (++position; position < header.size() && header[position] != '"'; ++position) {
                const bool is_escaped =
                    header[position] == '\\' && position + 1 < header.size() &&
                    (header[position + 1] == '"' || header[position + 1] == '\\');
                position += is_escaped ? 1 : 0;
                value += header[position];
            }
            ++position;
        } else {
            const std::size_t end = std::min(header.find(';', position), header.size());
            value = codec::trim(header.substr(position, end - position));
            position = end;
        }
        if (codec::equal_without_case(found, name)) {
            return value;
        }
        position = std::max(position, std::min(header.find(';', position), header.size()));
    }
    return {};
}

struct PartHead {
    std::string name;
    std::string file_name;
    std::string type;
};

PartHead parse_part_head(std::string_view text) {
    PartHead head;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find("\r\n"), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(text.size(), end + 2));
        const std::size_t colon = std::min(line.find(':'), line.size());
        const std::string_view value = codec::trim(line.substr(std::min(line.size(), colon + 1)));
        if (codec::equal_without_case(line.substr(0, colon), "content-disposition")) {
            head.name = disposition_value(value, "name");
            head.file_name = disposition_value(value, "filename");
        } else if (codec::equal_without_case(line.substr(0, colon), "content-type")) {
            head.type = value;
        }
    }
    return head;
}

/// Takes everything up to `delimiter` and the delimiter itself out of the window.
Task<Result<std::string>> take_until(Window& window,
                                     std::string_view delimiter,
                                     std::size_t& budget) {
    while (true) {
        const std::size_t end = window.view().find(delimiter);
        if (end != std::string_view::npos && end <= budget) {
            std::string text(window.view().substr(0, end));
            window.drop(end + delimiter.size());
            budget -= end;
            co_return text;
        }
        if (window.view().size() > budget + delimiter.size()) {
            co_return fail(ErrorCode::EntityTooLarge,
                           "Your POST request fields preceding the upload file were too large.");
        }
        CO_TRY(const bool is_more, co_await window.grow());
        if (!is_more) {
            co_return malformed();
        }
    }
}

}  // namespace

const std::string* Form::find(std::string_view name) const {
    for (const auto& [field, value] : fields) {
        if (codec::equal_without_case(field, name)) {
            return &value;
        }
    }
    return nullptr;
}

std::string_view Form::get(std::string_view name) const {
    const std::string* value = find(name);
    return value == nullptr ? std::string_view() : std::string_view(*value);
}

std::optional<std::string> form_boundary(const http::Request& request) {
    const std::string_view type = request.headers.get("content-type");
    if (request.method != "POST" || !codec::starts_with_without_case(type, "multipart/form-data")) {
        return std::nullopt;
    }
    std::string boundary = disposition_value(type, "boundary");
    if (boundary.empty() || boundary.size() > 70) {  // RFC 2046 section 5.1.1.
        return std::nullopt;
    }
    return boundary;
}

Task<Result<Form>> read_form(std::unique_ptr<ByteSource> body, std::string boundary) {
    Window window(std::move(body));
    Form form;
    std::size_t budget = kFormFieldsBytesMax;
    const std::string delimiter = "\r\n--" + boundary;
    CO_TRY_VOID(co_await take_until(window, "--" + boundary, budget));
    while (form.fields.size() <= kFormFieldsMax) {
        CO_TRY(const std::string end_of_line, co_await take_until(window, "\r\n", budget));
        if (!codec::trim(end_of_line).empty()) {
            break;  // "--" ends the form before a file came.
        }
        CO_TRY(const std::string head_text, co_await take_until(window, "\r\n\r\n", budget));
        PartHead head = parse_part_head(head_text);
        if (codec::equal_without_case(head.name, "file")) {
            form.file_name = std::move(head.file_name);
            form.file_type = std::move(head.type);
            form.file = std::make_unique<FileSource>(std::move(window), delimiter);
            co_return form;
        }
        CO_TRY(std::string value, co_await take_until(window, delimiter, budget));
        form.fields.emplace_back(std::move(head.name), std::move(value));
    }
    co_return fail(ErrorCode::MissingArgument,
                   "POST requires exactly one file upload per request.");
}

}  // namespace antipode::protocol
