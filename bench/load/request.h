#pragma once

#include <cstdint>
#include <ctime>
#include <string>

#include "base/bytes.h"
#include "bench/load/bodies.h"
#include "bench/load/options.h"
#include "bench/load/signer.h"

namespace antipode::bench {

/// One request to send and what its answer must be.
struct Job {
    Verb verb = Verb::Get;
    std::uint64_t number = 0;  ///< The object's, or for a list the first key after the marker.
    bool verify = false;       ///< Compare the body, not only its size.
};

/// Writes requests. One per thread.
class RequestWriter {
  public:
    RequestWriter(const Options& options, const Bodies& bodies);

    /// Replaces `head` with request line and headers. The body of a PUT is bodies.body(job.number).
    void write(const Job& job, std::time_t now, std::string& head);
    /// PUT /bucket
    void write_make_bucket(std::time_t now, std::string& head);

    /// "prefix" + 12 digits, so that keys sort by number.
    [[nodiscard]] std::string key(std::uint64_t number) const;

  private:
    void write(std::string_view method,
               std::string_view path,
               std::string_view query,
               const Job* put,
               std::time_t now,
               std::string& head);

    const Options& options_;
    const Bodies& bodies_;
    Signer signer_;
    std::string host_;
    std::string bucket_path_;  ///< "/bucket" or "".
};

}  // namespace antipode::bench
