#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/result.h"
#include "edge/detail/budget.h"
#include "edge/wire.h"
#include "http/message.h"
#include "runtime/signal.h"
#include "runtime/task.h"

namespace antipode::edge {

/// The answer to a request on its way to an edge: its beginning, then chunks that are made a window
/// ahead of what the edge says it has, and kept until it says so; so that each may be asked for
/// again. Threads: any; fill() by one coroutine.
class KeptAnswer {
  public:
    /// `budget` outlives this object.
    explicit KeptAnswer(Budget& budget) : budget_(budget) {}

    ~KeptAnswer();
    KeptAnswer(const KeptAnswer&) = delete;
    KeptAnswer& operator=(const KeptAnswer&) = delete;

    /// Takes the whole of `response`, at the edge's pace. `has_body`: false for HEAD, 204 and 304.
    /// Ends early after abort().
    Task<void> fill(http::Response response, bool has_body);

    /// Null when there is none after a while.
    Task<std::shared_ptr<const std::string>> start();

    struct Chunk {
        enum class State : std::uint8_t { Here, NotYet, BehindTheEnd, Broken };

        State state = State::NotYet;
        std::shared_ptr<const std::string> bytes;
        std::optional<std::uint64_t> count;  ///< Of all chunks, when known.
    };

    /// The edge has all chunks before `has` and will not ask for them again.
    Task<Chunk> chunk(std::uint64_t number, std::uint64_t has);

    /// Nobody asks any more.
    void abort();

  private:
    Task<Result<std::string>> gather(http::Response& response, std::size_t size);
    Task<bool> wait_for_room();
    void publish(AnswerStart start);
    void add(std::string bytes);
    void finish(bool is_broken);
    [[nodiscard]] bool is_aborted() const;

    Budget& budget_;
    mutable std::mutex mutex_;
    std::shared_ptr<const std::string> start_;
    std::uint64_t start_bytes_ = 0;
    std::deque<std::shared_ptr<const std::string>> chunks_;
    std::uint64_t first_ = 0;  ///< The number of the first in chunks_.
    std::uint64_t kept_bytes_ = 0;
    std::optional<std::uint64_t> count_;
    bool is_broken_ = false;
    bool is_aborted_ = false;
    std::uint64_t pulled_ = 0;  ///< Bytes read from the response.
    bool is_pulled_ = false;    ///< All of them are.
    std::string left_over_;     ///< Read and in no chunk yet.
    bool has_ended_ = false;    ///< The last chunk is made.
    runtime::Signal made_;
    runtime::Signal wanted_;
};

}  // namespace antipode::edge
