#include "edge/door.h"

#include <atomic>
#include <charconv>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "codec/uri.h"
#include "edge/detail/arriving_body.h"
#include "edge/detail/budget.h"
#include "edge/detail/kept_answer.h"
#include "edge/wire.h"
#include "runtime/read_text.h"
#include "runtime/signal.h"
#include "runtime/task_group.h"

namespace antipode::edge {

namespace {

using namespace std::chrono_literals;

constexpr runtime::Duration kLookForSilence = 5s;

http::Response answer(int status, std::string text = {}) {
    http::Response response;
    response.status = status;
    response.text = std::move(text);
    return response;
}

std::optional<std::uint64_t> number_in(const codec::Query& query, std::string_view name) {
    const std::string_view text = query.get(name);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number)
                                                                    : std::nullopt;
}

bool is_exchange_id(std::string_view text) {
    return text.size() == 32 &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// One request of a client and its answer.
struct Exchange {
    explicit Exchange(Budget& budget) : body(budget), kept(budget) {}

    void end() {
        body.abort();
        kept.abort();
    }

    ArrivingBody body;
    KeptAnswer kept;
    std::atomic<bool> has_begun = false;
    std::atomic<runtime::Instant> heard_of;
};

using ExchangePtr = std::shared_ptr<Exchange>;

/// What the handler reads: the bytes that came with the head, then the chunks.
class CarriedBody final : public ByteSource {
  public:
    CarriedBody(ExchangePtr exchange, RequestStart& start)
        : exchange_(std::move(exchange)),
          first_(to_bytes(start.body)),
          is_whole_(start.is_whole),
          size_(start.content_length) {}

    Task<Result<Bytes>> next() override {
        Bytes bytes;
        if (!first_.empty()) {
            bytes = std::move(first_);
            first_.clear();
        } else if (!is_whole_) {
            CO_TRY(bytes, co_await exchange_->body.next());
        }
        received_ += bytes.size();
        const bool is_over = bytes.empty() || received_ > size_.value_or(received_);
        if (is_over && received_ != size_.value_or(received_)) {
            co_return fail(ErrorCode::IncompleteBody, "the body is not as long as announced");
        }
        co_return bytes;
    }

  private:
    ExchangePtr exchange_;
    Bytes first_;
    bool is_whole_;
    std::optional<std::uint64_t> size_;
    std::uint64_t received_ = 0;
};

http::Request restored(ExchangePtr exchange, RequestStart start) {
    http::Request request;
    request.body = std::make_unique<CarriedBody>(std::move(exchange), start);
    request.method = std::move(start.method);
    request.target = std::move(start.target);
    for (auto& [name, value] : start.headers) {
        request.headers.add(std::move(name), std::move(value));
    }
    request.content_length = start.content_length;
    request.is_chunked = start.is_chunked;
    request.peer_address = std::move(start.peer_address);
    request.is_tls = start.is_tls;
    return request;
}

}  // namespace

struct Door::State {
    State(http::Handler& its_objects, IsAccelerated its_question, DoorOptions its_options)
        : objects(its_objects),
          is_accelerated(std::move(its_question)),
          options(its_options),
          budget(its_options.buffer_bytes_max),
          run_id(fmt::format("{:016x}", runtime::random_bits())) {}

    ExchangePtr find(const std::string& key);
    ExchangePtr find_or_make(const std::string& key);
    void end(const std::string& key);
    void end_silent();
    Task<void> look_for_silence();

    Task<http::Response> begin(http::Request& request, const std::string& key);
    Task<http::Response> take_chunk(http::Request& request,
                                    const codec::Query& query,
                                    const std::string& key);
    Task<http::Response> give_answer(const std::string& key);
    Task<http::Response> give_chunk(const codec::Query& query, const std::string& key);
    Task<http::Response> take_notice(http::Request& request);
    Task<http::Response> find_bucket(const codec::Query& query);
    Task<void> serve(ExchangePtr exchange, RequestStart start);

    http::Handler& objects;
    const IsAccelerated is_accelerated;
    const DoorOptions options;
    Budget budget;
    const std::string run_id;
    mutable std::mutex mutex;
    std::map<std::string, ExchangePtr> exchanges;  ///< By edge and id.
    bool is_stopping = false;
    runtime::Signal stopping;
    runtime::TaskGroup group;
};

ExchangePtr Door::State::find(const std::string& key) {
    const std::scoped_lock lock(mutex);
    const auto found = exchanges.find(key);
    if (found == exchanges.end()) {
        return nullptr;
    }
    found->second->heard_of = runtime::Executor::current().now();
    return found->second;
}

/// A chunk may come before its head, on another connection. Null: there are too many.
ExchangePtr Door::State::find_or_make(const std::string& key) {
    if (ExchangePtr found = find(key)) {
        return found;
    }
    const std::scoped_lock lock(mutex);
    if (is_stopping || exchanges.size() >= options.exchanges_max) {
        return nullptr;
    }
    ExchangePtr& place = exchanges[key];
    if (!place) {
        place = std::make_shared<Exchange>(budget);
        place->heard_of = runtime::Executor::current().now();
    }
    return place;
}

void Door::State::end(const std::string& key) {
    ExchangePtr ended;
    {
        const std::scoped_lock lock(mutex);
        const auto found = exchanges.find(key);
        if (found == exchanges.end()) {
            return;
        }
        ended = std::move(found->second);
        exchanges.erase(found);
    }
    ended->end();
}

void Door::State::end_silent() {
    const runtime::Instant now = runtime::Executor::current().now();
    std::vector<std::string> silent;
    {
        const std::scoped_lock lock(mutex);
        for (const auto& [key, exchange] : exchanges) {
            if (now - exchange->heard_of.load() > kSilenceMax) {
                silent.push_back(key);
            }
        }
    }
    for (const std::string& key : silent) {
        end(key);
    }
}

Task<void> Door::State::look_for_silence() {
    while (stopping.count() == 0) {
        co_await stopping.wait_beyond(0, kLookForSilence);
        end_silent();
    }
}

Task<http::Response> Door::State::begin(http::Request& request, const std::string& key) {
    const auto text = co_await runtime::read_text(request.body.get(), kMessageBytesMax);
    if (!text) {
        co_return answer(400, text.error().message);
    }
    auto start = decode_request_start(*text);
    if (!start) {
        co_return answer(400, start.error().message);
    }
    const ExchangePtr exchange = budget.is_used_up() ? find(key) : find_or_make(key);
    if (!exchange) {
        co_return answer(503, "too much is under way");
    }
    // An edge that did not hear an answer asks again; the request is served once.
    if (!exchange->has_begun.exchange(true)) {
        group.spawn(serve(exchange, std::move(*start)));
    }
    co_return co_await give_answer(key);
}

Task<void> Door::State::serve(ExchangePtr exchange, RequestStart start) {
    const bool asks_head = start.method == "HEAD";
    http::Request request = restored(exchange, std::move(start));
    http::Response response;
    try {
        response = co_await objects.handle(request);
    } catch (const std::exception&) {
        response = answer(500);
    }
    exchange->body.abort();
    const bool has_body = !asks_head && response.status != 204 && response.status != 304;
    co_await exchange->kept.fill(std::move(response), has_body);
}

Task<http::Response> Door::State::take_chunk(http::Request& request,
                                             const codec::Query& query,
                                             const std::string& key) {
    const auto number = number_in(query, "number");
    const std::uint64_t size = request.content_length.value_or(kChunkBytes + 1);
    if (!number || size > kChunkBytes) {
        co_return answer(400, "no chunk");
    }
    const ExchangePtr exchange = find_or_make(key);
    if (!exchange) {
        co_return answer(503, "too much is under way");
    }
    switch (exchange->body.reserve(*number, size)) {
        case ArrivingBody::Place::Taken:
            co_return answer(200);
        case ArrivingBody::Place::Unwanted:
            co_return answer(409, "the request has been answered, or is over");
        case ArrivingBody::Place::Busy:
        case ArrivingBody::Place::TooFar:
            co_return answer(503, "too much is under way");
        case ArrivingBody::Place::Free:
            break;
    }
    Bytes bytes;
    bytes.reserve(size);
    while (true) {
        const auto piece = co_await request.body->next();
        if (!piece) {
            exchange->body.give_up(*number);
            co_return answer(400, piece.error().message);
        }
        if (piece->empty()) {
            break;
        }
        append(bytes, *piece);
    }
    exchange->body.put(*number, query.get("last") == "1", std::move(bytes));
    // The edge sends no more than it has answers to come: this is how a slow reader slows it down.
    co_await exchange->body.wait_near(*number);
    co_return answer(200);
}

Task<http::Response> Door::State::give_answer(const std::string& key) {
    const ExchangePtr exchange = find(key);
    if (!exchange || !exchange->has_begun) {
        co_return answer(404, "no such exchange");
    }
    const auto start = co_await exchange->kept.start();
    exchange->heard_of = runtime::Executor::current().now();
    co_return start ? answer(200, *start) : answer(202);
}

Task<http::Response> Door::State::give_chunk(const codec::Query& query, const std::string& key) {
    const auto number = number_in(query, "number");
    const ExchangePtr exchange = find(key);
    if (!number || !exchange) {
        co_return answer(404, "no such exchange");
    }
    const KeptAnswer::Chunk chunk =
        co_await exchange->kept.chunk(*number, number_in(query, "has").value_or(0));
    exchange->heard_of = runtime::Executor::current().now();
    http::Response response;
    switch (chunk.state) {
        case KeptAnswer::Chunk::State::Here:
            response.text = *chunk.bytes;
            break;
        case KeptAnswer::Chunk::State::NotYet:
            response.status = 202;
            break;
        case KeptAnswer::Chunk::State::BehindTheEnd:
            response.status = 204;
            break;
        case KeptAnswer::Chunk::State::Broken:
            response.status = 410;
            break;
    }
    if (chunk.count) {
        response.headers.set(kChunkCountHeader, std::to_string(*chunk.count));
    }
    co_return response;
}

Task<http::Response> Door::State::take_notice(http::Request& request) {
    const std::string prefix = request.certified_name + "/";
    const auto text = co_await runtime::read_text(request.body.get(), kMessageBytesMax);
    if (!text) {
        co_return answer(400, text.error().message);
    }
    const auto notice = decode_notice(*text);
    if (!notice) {
        co_return answer(400, notice.error().message);
    }
    for (const std::string& id : notice->alive) {
        find(prefix + id);
    }
    for (const std::string& id : notice->over) {
        end(prefix + id);
    }
    co_return answer(200);
}

Task<http::Response> Door::State::find_bucket(const codec::Query& query) {
    const auto found = co_await is_accelerated(std::string(query.get("name")));
    if (!found) {
        co_return answer(found.error().code == ErrorCode::NoSuchBucket ? 404 : 503);
    }
    co_return answer(200, *found ? "1" : "0");
}

Door::Door(http::Handler& objects, IsAccelerated is_accelerated, DoorOptions options)
    : state_(std::make_shared<State>(objects, std::move(is_accelerated), options)) {}

Door::~Door() = default;

void Door::start() {
    state_->group.spawn(state_->look_for_silence());
}

Task<void> Door::stop() {
    const std::shared_ptr<State> state = state_;
    std::vector<std::string> keys;
    {
        const std::scoped_lock lock(state->mutex);
        state->is_stopping = true;
        for (const auto& [key, exchange] : state->exchanges) {
            keys.push_back(key);
        }
    }
    state->stopping.raise();
    for (const std::string& key : keys) {
        state->end(key);
    }
    co_await state->group.join();
}

Task<http::Response> Door::handle(http::Request& request) {
    const std::shared_ptr<State> state = state_;
    http::Response response = answer(404, "no such call");
    const auto target = codec::parse_target(request.target);
    if (target && target->path.starts_with(kEdgePrefix)) {
        const std::string_view what = std::string_view(target->path).substr(kEdgePrefix.size());
        const codec::Query& query = target->query;
        const std::string_view id = query.get("exchange");
        const std::string key = fmt::format("{}/{}", request.certified_name, id);
        if (what == "notice") {
            response = co_await state->take_notice(request);
        } else if (what == "bucket") {
            response = co_await state->find_bucket(query);
        } else if (what == "ping") {
            response = answer(200);
        } else if (!is_exchange_id(id)) {
            response = answer(400, "no exchange is named");
        } else if (what == "begin") {
            response = co_await state->begin(request, key);
        } else if (what == "chunk") {
            response = co_await state->take_chunk(request, query, key);
        } else if (what == "answer") {
            response = co_await state->give_answer(key);
        } else if (what == "body") {
            response = co_await state->give_chunk(query, key);
        }
    }
    response.headers.set(kRunHeader, state->run_id);
    co_return response;
}

std::size_t Door::exchange_count() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->exchanges.size();
}

std::uint64_t Door::buffered_bytes() const {
    return state_->budget.used();
}

}  // namespace antipode::edge
