#include "edge/detail/journey.h"

#include <utility>

#include <fmt/format.h>

namespace antipode::edge {

namespace {

using namespace std::chrono_literals;

constexpr runtime::Duration kFirstPause = 50ms;
/// Where nobody listens, or somebody else does, nobody will know of what was begun.
constexpr runtime::Duration kGonePatience = 3s;

std::string new_id() {
    runtime::Executor& executor = runtime::Executor::current();
    const std::uint64_t high = executor.entropy();
    return fmt::format("{:016x}{:016x}", high, executor.entropy());
}

Error not_delivered(const Line& line, const Error& why) {
    return {ErrorCode::Unavailable,
            fmt::format("region {} cannot be reached: {}", line.options.region, why.message)};
}

Error unexpected_status(const Line& line, const http::ClientResponse& response) {
    return {ErrorCode::Unavailable,
            fmt::format("region {} answered {}: {}",
                        line.options.region,
                        response.status,
                        response.text.substr(0, 200))};
}

}  // namespace

Journey::Journey(LinePtr its_line) : line(std::move(its_line)), id(new_id()) {
    line->alive.insert(id);
}

Journey::~Journey() {
    end();
}

void Journey::end() {
    if (!std::exchange(is_over, true)) {
        line->note_over(id);
        line->moved.raise();
    }
}

void Journey::fail_with(Error error) {
    if (answer.set(Result<AnswerStart>(fail(std::move(error))))) {
        end();
        line->notified.raise();
    }
}

namespace {

/// What a call about the answer has brought.
struct Heard {
    enum class Kind : std::uint8_t { Answer, NotYet, Unknown, Refused, Nothing };

    Kind kind = Kind::Nothing;
    AnswerStart answer;
    Error error{ErrorCode::Unavailable, {}};
};

Heard understood(const Line& line, const Result<http::ClientResponse>& response) {
    if (!response) {
        return {.kind = Heard::Kind::Nothing, .error = not_delivered(line, response.error())};
    }
    if (response->status == 202) {
        return {.kind = Heard::Kind::NotYet};
    }
    if (response->status != 200) {
        return {.kind = response->status == 404 ? Heard::Kind::Unknown : Heard::Kind::Refused,
                .error = unexpected_status(line, *response)};
    }
    auto start = decode_answer_start(response->text);
    if (!start) {
        return {.kind = Heard::Kind::Refused, .error = start.error()};
    }
    return {.kind = Heard::Kind::Answer, .answer = std::move(*start)};
}

}  // namespace

Task<void> ask(JourneyPtr journey, std::shared_ptr<const std::string> start) {
    Line& line = *journey->line;
    const runtime::Executor& executor = runtime::Executor::current();
    const std::string run_id = line.run_id;
    const std::string to_begin = "begin?exchange=" + journey->id;
    const std::string to_hear = "answer?exchange=" + journey->id;
    bool begins = true;
    runtime::Duration delay = kFirstPause;
    runtime::Instant heard_at = executor.now();
    while (!journey->is_over) {
        const auto response =
            begins ? co_await line.talk(to_begin, *start) : co_await line.talk(to_hear, {});
        Heard heard = understood(line, response);
        if (heard.kind == Heard::Kind::Answer) {
            journey->answer.set(std::move(heard.answer));
            journey->takes_chunks = false;
            line.moved.raise();
            co_return;
        }
        // The same process that does not know the exchange never saw its beginning. Another one:
        // the one before may have acted upon the request, so that we must not repeat it.
        const bool never_came = heard.kind == Heard::Kind::Unknown && !begins && !run_id.empty() &&
                                run_id == line.run_id;
        begins = never_came;
        if (heard.kind == Heard::Kind::NotYet) {
            heard_at = executor.now();
            delay = kFirstPause;
            continue;
        }
        const bool may_go_on = never_came || heard.kind == Heard::Kind::Nothing;
        const bool is_gone = !response && (response.error().code == ErrorCode::Unavailable ||
                                           response.error().code == ErrorCode::AccessDenied);
        if (!may_go_on || line.is_stopping ||
            executor.now() - heard_at > (is_gone ? kGonePatience : line.options.patience)) {
            journey->fail_with(std::move(heard.error));
            co_return;
        }
        co_await line.pause(delay);
    }
}

namespace {

struct OutgoingChunk {
    std::uint64_t number = 0;
    bool is_last = false;
    std::string bytes;
};

/// Whatever happens to a connection, the chunk is sent again over another one; the region takes it
/// once.
Task<void> send(JourneyPtr journey, OutgoingChunk chunk) {
    Line& line = *journey->line;
    const runtime::Executor& executor = runtime::Executor::current();
    const std::string what = fmt::format(
        "chunk?exchange={}&number={}&last={}", journey->id, chunk.number, chunk.is_last ? 1 : 0);
    const runtime::Instant end = executor.now() + line.options.patience;
    runtime::Duration delay = kFirstPause;
    while (!journey->is_over && journey->takes_chunks) {
        const auto response = co_await line.haul("PUT", what, chunk.bytes);
        if (response && response->status == 200) {
            break;
        }
        if (response && response->status == 409) {
            journey->takes_chunks = false;  // There is an answer already.
            break;
        }
        const bool may_go_on = !response || response->status == 503;
        if (!may_go_on || line.is_stopping || executor.now() > end) {
            journey->fail_with(response ? unexpected_status(line, *response)
                                        : not_delivered(line, response.error()));
            break;
        }
        co_await line.pause(delay);
    }
    journey->under_way.erase(chunk.number);
    line.buffered_bytes -= chunk.bytes.size();
    line.moved.raise();
}

bool has_room(const Journey& journey, std::uint64_t number) {
    const auto& under_way = journey.under_way;
    return under_way.empty() ||
           (under_way.size() < journey.line->options.streams &&
            number < *under_way.begin() + kAheadChunks &&
            journey.line->buffered_bytes < journey.line->options.buffer_bytes_max);
}

}  // namespace

Task<void> upload(JourneyPtr journey, http::Request* request) {
    Line& line = *journey->line;
    std::uint64_t number = 0;
    std::string gathered;
    bool is_last = false;
    while (!is_last && !journey->is_over && journey->takes_chunks) {
        auto piece = co_await request->body->next();
        if (!piece) {
            journey->fail_with(std::move(piece).error());
            co_return;
        }
        is_last = piece->empty();
        std::string_view rest = as_text(*piece);
        while ((!rest.empty() || is_last) && !journey->is_over && journey->takes_chunks) {
            const std::string_view part = rest.substr(0, kChunkBytes - gathered.size());
            gathered += part;
            rest.remove_prefix(part.size());
            if (gathered.size() < kChunkBytes && !is_last) {
                break;
            }
            while (!has_room(*journey, number) && !journey->is_over && journey->takes_chunks) {
                const std::uint64_t seen = line.moved.count();
                co_await line.moved.wait_beyond(seen, 1s);
            }
            line.buffered_bytes += gathered.size();
            journey->under_way.insert(number);
            OutgoingChunk chunk{
                .number = number++, .is_last = is_last, .bytes = std::exchange(gathered, {})};
            line.group.spawn(send(journey, std::move(chunk)));
            if (is_last) {
                break;
            }
        }
    }
}

}  // namespace antipode::edge
