#include "bench/load/connection.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"

namespace antipode::bench {

namespace {

constexpr std::size_t kScratchBytes = 256 * 1024;
constexpr std::size_t kFirstReadBytes =
    16 * 1024;  // Head and a small body; the rest of a large one is skipped in the kernel.
constexpr std::size_t kSkipBytesMax = 16 * 1024 * 1024;
constexpr std::size_t kErrorBytesKept = 400;

std::string words_of(int error) {
    return std::generic_category().message(error);
}

std::array<char, kScratchBytes>& scratch() {
    static thread_local std::array<char, kScratchBytes> buffer;
    return buffer;
}

std::uint64_t count_of(std::string_view text, std::string_view word) {
    std::uint64_t count = 0;
    for (auto at = text.find(word); at != std::string_view::npos;
         at = text.find(word, at + word.size())) {
        ++count;
    }
    return count;
}

}  // namespace

void Connection::open() {
    open_failure_.clear();
    requests_on_socket_ = 0;
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(socket_ >= 0);
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const timeval patience{.tv_sec = 1, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (::connect(socket_,
                  reinterpret_cast<const sockaddr*>(&context_.address),
                  sizeof context_.address) != 0) {
        open_failure_ = "connect: " + words_of(errno);
        close();
        return;
    }
    ::fcntl(socket_, F_SETFL, O_NONBLOCK);  // NOLINT(cppcoreguidelines-pro-type-vararg)
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLET;
    event.data.u32 = tag_;
    CHECK(::epoll_ctl(context_.epoll, EPOLL_CTL_ADD, socket_, &event) == 0);
}

void Connection::close() {
    if (socket_ >= 0) {
        ::close(socket_);
        socket_ = -1;
    }
}

std::optional<Outcome> Connection::send(const Job& job, Clock::time_point due, std::string head) {
    CHECK(!busy_);
    busy_ = true;
    sent_again_ = false;
    job_ = job;
    due_ = due;
    head_ = std::move(head);
    sent_ = 0;
    kept_.clear();
    differs_ = false;
    response_.start(job.verb == Verb::Head);
    if (socket_ < 0) {
        open();
        if (socket_ < 0) {
            return finish(open_failure_);
        }
    }
    ++requests_on_socket_;
    return push_and_pull();
}

std::optional<Outcome> Connection::ready() {
    if (busy_) {
        return push_and_pull();
    }
    // Nothing is expected: the server closed an idle connection, or the edge was that of the last
    // answer.
    char byte = 0;
    if (::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN) {
        close();
    }
    return std::nullopt;
}

Outcome Connection::abandon(std::string failure) {
    close();
    return finish(std::move(failure));
}

std::optional<Outcome> Connection::push_and_pull() {
    // An answer may come before everything was sent (a refusal), hence both, and the end of the one
    // does not hide the other.
    const bool pushed = push();
    const std::string push_failure = pushed ? "" : "send: " + words_of(errno);
    const bool pulled = pull();
    if (response_.done()) {
        if (sent_ < head_.size() + body().size() || !response_.keeps_connection() || !pushed) {
            close();
        }
        return finish(verdict());
    }
    if (response_.broken()) {
        close();
        return finish("broken response");
    }
    if (!pushed) {
        return connection_lost(push_failure);
    }
    if (!pulled) {
        return connection_lost("connection closed");
    }
    return std::nullopt;
}

/// Sends what the socket takes. False: the connection is gone, errno says why.
bool Connection::push() {
    const ByteView content = body();
    const std::size_t total = head_.size() + content.size();
    while (sent_ < total) {
        std::array<iovec, 2> parts{};
        std::size_t used = 0;
        if (sent_ < head_.size()) {
            parts.at(used++) = {.iov_base = head_.data() + sent_, .iov_len = head_.size() - sent_};
        }
        if (const std::size_t from = sent_ - std::min(sent_, head_.size()); from < content.size()) {
            const ByteView rest = content.subspan(from);
            // sendmsg does not write to it; iovec has no const form.
            parts.at(used++) = {.iov_base = const_cast<std::byte*>(rest.data()),
                                .iov_len = rest.size()};  // NOLINT
        }
        msghdr message{};
        message.msg_iov = parts.data();
        message.msg_iovlen = used;
        const ssize_t sent = ::sendmsg(socket_, &message, MSG_NOSIGNAL);
        if (sent < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        sent_ += static_cast<std::size_t>(sent);
    }
    return true;
}

/// Reads what there is. False: the other end has closed.
bool Connection::pull() {
    while (!response_.done() && !response_.broken()) {
        ssize_t got = 0;
        std::size_t asked = 0;
        if (const std::uint64_t rest = response_.skippable();
            rest > 0 && !job_.verify && response_.status() == 200) {
            asked = static_cast<std::size_t>(std::min<std::uint64_t>(rest, kSkipBytesMax));
            got = ::recv(
                socket_, nullptr, asked, MSG_TRUNC);  // TCP: drops the bytes without copying them.
            if (got > 0) {
                response_.skipped(static_cast<std::uint64_t>(got));
            }
        } else {
            asked = job_.verify || response_.head_read() ? kScratchBytes : kFirstReadBytes;
            got = ::recv(socket_, scratch().data(), asked, 0);
            if (got > 0) {
                response_.take({scratch().data(), static_cast<std::size_t>(got)},
                               [this](std::string_view part) { take_body(part); });
            }
        }
        if (got == 0) {
            response_.closed();
            return false;
        }
        if (got < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        if (static_cast<std::size_t>(got) < asked &&
            (response_.done() || asked != kFirstReadBytes)) {
            return true;  // Drained; the next edge tells of more.
        }
    }
    return true;
}

void Connection::take_body(std::string_view part) {
    if (response_.status() != 200) {
        kept_.append(part.substr(0, kErrorBytesKept - std::min(kErrorBytesKept, kept_.size())));
    } else if (job_.verify && job_.verb == Verb::List) {
        kept_ += part;
    } else if (job_.verify && job_.verb == Verb::Get) {
        const ByteView whole = context_.bodies->body(job_.number);
        const std::uint64_t from = response_.body_bytes();
        differs_ = differs_ || from + part.size() > whole.size() ||
                   std::memcmp(whole.data() + from, part.data(), part.size()) != 0;
    }
}

/// A server may close a connection that has been idle, just when a request is sent on it; then the
/// request goes out again, once, on a new one. Anything else is a failure.
std::optional<Outcome> Connection::connection_lost(std::string why) {
    close();
    if (requests_on_socket_ < 2 || response_.begun() || sent_again_) {
        return finish(std::move(why));
    }
    ++context_.tally->reconnects;
    sent_again_ = true;
    sent_ = 0;
    open();
    if (socket_ < 0) {
        return finish(open_failure_);
    }
    return push_and_pull();
}

Outcome Connection::finish(std::string failure) {
    busy_ = false;
    Outcome outcome{.job = job_, .due = due_, .failure = std::move(failure)};
    if (job_.verb == Verb::Put) {
        outcome.bytes = body().size();
    } else if (job_.verb == Verb::Get) {
        outcome.bytes = response_.body_bytes();
    }
    return outcome;
}

std::string Connection::verdict() const {
    const int status = response_.status();
    const bool fine = job_.verb == Verb::Put      ? status == 200 || status == 201 || status == 204
                      : job_.verb == Verb::Delete ? status == 200 || status == 204
                                                  : status == 200;
    if (!fine) {
        const auto code = kept_.find("<Code>");
        const std::string word = code == std::string::npos
                                     ? ""
                                     : kept_.substr(code + 6, kept_.find('<', code + 6) - code - 6);
        return fmt::format("{} {}", status, word);
    }
    if ((job_.verb == Verb::Get || job_.verb == Verb::Head) &&
        response_.length() != context_.bodies->body(job_.number).size()) {
        return fmt::format("{} bytes instead of {}",
                           response_.length(),
                           context_.bodies->body(job_.number).size());
    }
    if (differs_) {
        return "wrong bytes";
    }
    return job_.verify && job_.verb == Verb::List ? verdict_on_list() : "";
}

std::string Connection::verdict_on_list() const {
    const Options& options = *context_.options;
    const std::uint64_t wanted =
        std::min<std::uint64_t>(options.list_keys_max, options.keys - job_.number);
    const std::uint64_t got = count_of(kept_, "<Key>");
    if (got != wanted) {
        return fmt::format("list of {} keys instead of {}", got, wanted);
    }
    const auto first = kept_.find(fmt::format("{:012}</Key>", job_.number));
    const auto last = kept_.rfind(fmt::format("{:012}</Key>", job_.number + wanted - 1));
    return first == std::string::npos || last == std::string::npos || first > last
               ? "list of the wrong keys"
               : "";
}

ByteView Connection::body() const {
    return job_.verb == Verb::Put ? context_.bodies->body(job_.number) : ByteView{};
}

}  // namespace antipode::bench
