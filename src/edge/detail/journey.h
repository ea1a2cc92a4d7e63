#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "edge/detail/line.h"
#include "edge/wire.h"
#include "http/message.h"
#include "runtime/one_shot.h"

namespace antipode::edge {

/// One request and its answer on their way, and what is to be known of both by the coroutines that
/// carry them. Used on one executor.
struct Journey {
    explicit Journey(LinePtr its_line);
    ~Journey();
    Journey(const Journey&) = delete;
    Journey& operator=(const Journey&) = delete;

    /// Nothing more is sent or asked for; the region forgets the exchange, and breaks the request
    /// off if it is not answered.
    void end();
    /// Ends it with an error, unless there is an answer.
    void fail_with(Error error);

    const LinePtr line;
    const std::string id;
    runtime::OneShot<Result<AnswerStart>> answer;
    bool is_over = false;               ///< Nobody waits for anything of it any more.
    bool takes_chunks = true;           ///< False: the region reads no more of the body.
    std::set<std::uint64_t> under_way;  ///< Chunks of the request.
};

using JourneyPtr = std::shared_ptr<Journey>;

/// Sends the head and waits for the answer; sets journey->answer.
Task<void> ask(JourneyPtr journey, std::shared_ptr<const std::string> start);

/// Sends what is left of the request's body, chunk by chunk over many connections. On an error of
/// either side the journey ends with it. `request` outlives the task.
Task<void> upload(JourneyPtr journey, http::Request* request);

/// The body of an answer that did not come with its head: fetched over many connections, a growing
/// window ahead of the client. Ends the journey when it is destroyed.
std::unique_ptr<ByteSource> make_fetched_body(JourneyPtr journey, const AnswerStart& start);

}  // namespace antipode::edge
