#include "edge/wire.h"

#include <algorithm>
#include <utility>

#include "base/record.h"
#include "codec/ascii.h"

namespace antipode::edge {

namespace {

constexpr std::uint64_t kFieldsMax = 1000;
constexpr std::uint64_t kIdsMax = 100'000;

using Fields = std::vector<std::pair<std::string, std::string>>;

void write(RecordWriter& out, const Fields& fields) {
    out.varint(fields.size());
    for (const auto& [name, value] : fields) {
        out.text(name);
        out.text(value);
    }
}

Result<Fields> read_fields(RecordReader& in) {
    Fields fields;
    const std::uint64_t count = in.varint();
    if (count > kFieldsMax) {
        return fail(ErrorCode::Corrupt, "a head has too many fields");
    }
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
        std::string name(in.text());
        std::string value(in.text());
        fields.emplace_back(std::move(name), std::move(value));
    }
    return fields;
}

void write(RecordWriter& out, const std::optional<std::uint64_t>& number) {
    out.u8(number ? 1 : 0);
    if (number) {
        out.u64(*number);
    }
}

std::optional<std::uint64_t> read_number(RecordReader& in) {
    return in.u8() == 0 ? std::nullopt : std::optional(in.u64());
}

void write(RecordWriter& out, const std::vector<std::string>& texts) {
    out.varint(texts.size());
    for (const std::string& text : texts) {
        out.text(text);
    }
}

Result<std::vector<std::string>> read_texts(RecordReader& in) {
    std::vector<std::string> texts;
    const std::uint64_t count = in.varint();
    if (count > kIdsMax) {
        return fail(ErrorCode::Corrupt, "a notice is too long");
    }
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
        texts.emplace_back(in.text());
    }
    return texts;
}

bool is_target(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return c != ' ' && c != '\t' && codec::is_field_character(c);
    });
}

bool is_field(const std::pair<std::string, std::string>& field) {
    return codec::is_field_name(field.first) && codec::is_field_value(field.second);
}

}  // namespace

std::string encode(const RequestStart& start) {
    RecordWriter out;
    out.text(start.method);
    out.text(start.target);
    write(out, start.headers);
    write(out, start.content_length);
    out.u8(start.is_chunked ? 1 : 0);
    out.text(start.peer_address);
    out.u8(start.is_tls ? 1 : 0);
    out.u8(start.is_whole ? 1 : 0);
    out.text(start.body);
    return out.take();
}

Result<RequestStart> decode_request_start(std::string_view bytes) {
    RecordReader in(bytes);
    RequestStart start;
    start.method = in.text();
    start.target = in.text();
    TRY(start.headers, read_fields(in));
    start.content_length = read_number(in);
    start.is_chunked = in.u8() != 0;
    start.peer_address = in.text();
    start.is_tls = in.u8() != 0;
    start.is_whole = in.u8() != 0;
    start.body = in.text();
    TRY_VOID(in.finish("the beginning of a request"));
    if (!codec::is_field_name(start.method) || !is_target(start.target) ||
        !std::ranges::all_of(start.headers, is_field)) {
        return fail(ErrorCode::Corrupt, "no connection could have brought such a head");
    }
    return start;
}

std::string encode(const AnswerStart& start) {
    RecordWriter out;
    out.u32(static_cast<std::uint32_t>(start.status));
    write(out, start.headers);
    write(out, start.size);
    write(out, start.announced_size);
    out.u8(start.is_whole ? 1 : 0);
    out.text(start.body);
    return out.take();
}

Result<AnswerStart> decode_answer_start(std::string_view bytes) {
    RecordReader in(bytes);
    AnswerStart start;
    start.status = static_cast<int>(in.u32());
    TRY(start.headers, read_fields(in));
    start.size = read_number(in);
    start.announced_size = read_number(in);
    start.is_whole = in.u8() != 0;
    start.body = in.text();
    TRY_VOID(in.finish("the beginning of an answer"));
    if (start.status < 200 || start.status > 599) {
        return fail(ErrorCode::Corrupt, "an answer has a status that is none");
    }
    return start;
}

std::string encode(const Notice& notice) {
    RecordWriter out;
    write(out, notice.alive);
    write(out, notice.over);
    return out.take();
}

Result<Notice> decode_notice(std::string_view bytes) {
    RecordReader in(bytes);
    Notice notice;
    TRY(notice.alive, read_texts(in));
    TRY(notice.over, read_texts(in));
    TRY_VOID(in.finish("a notice"));
    return notice;
}

}  // namespace antipode::edge
