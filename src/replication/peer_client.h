#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/client.h"
#include "replication/announced.h"
#include "replication/link_auth.h"
#include "replication/peer_protocol.h"
#include "runtime/link_network.h"
#include "runtime/task.h"

namespace antipode::replication {

struct PeerAddress {
    std::string region;   ///< "cn-beijing"
    std::string address;  ///< "host:port"
    bool tls = false;
    /// This region itself (same-region rules): asked here, without a connection.
    http::Handler* local = nullptr;
    /// Of a link by certificates: both sides must show one of theirs. Then requests are not signed.
    runtime::LinkTls credentials{};
    /// TCP congestion control ("bbr") where the kernel has it; empty = the system's.
    std::string congestion{};
};

/// The calls of the peer protocol. Errors: Fenced (the rule or its epoch is closed there),
/// Unavailable, Timeout, Closed (a retry helps), and what the other side refuses with. Used on one
/// executor.
class PeerClient {
  public:
    PeerClient(PeerAddress peer,
               std::string own_region,
               const LinkSecret& secret,
               runtime::Network& network);

    /// A body and how it is to travel.
    struct Body {
        std::string bytes;
        bool is_packed = false;  ///< By pack() in packing.h.
        std::uint64_t plain_bytes = 0;
    };

    Task<Result<std::vector<OperationReply>>> apply(ApplyRequest request);
    /// An encoded request of `count` operations.
    Task<Result<std::vector<OperationReply>>> apply(Body request, std::size_t count);
    Task<Result<void>> announce(Announcement announcement);
    Task<Result<void>> send_notice(RuleNotice notice);
    Task<Result<BucketFacts>> bucket_facts(std::string bucket);
    /// With a key also what is there of other versions of it (empty = not wanted).
    Task<Result<TransferState>> list_chunks(RuleHeader rule,
                                            std::string transfer_id,
                                            std::string basis_of);
    /// False: the chunk is to be sent.
    Task<Result<bool>> take_chunk(TakeRequest request);
    /// `packed_bytes`: how long `body` is when it is packed.
    Task<Result<void>> put_chunk(RuleHeader rule,
                                 std::string transfer_id,
                                 object::Chunk chunk,
                                 std::string replica_kms_key,
                                 std::unique_ptr<ByteSource> body,
                                 std::optional<std::uint64_t> packed_bytes = {});
    /// What the region can do, asked for itself; nothing of it when it is of a version that does
    /// not know the question.
    Task<Result<PeerAbilities>> ask_abilities();
    /// The bytes that were asked for, as many as were. NotFound and Conflict: the version is not
    /// there, or not the same.
    Task<Result<std::string>> fetch_body(BodyRequest request);
    /// Where the rules of a bucket there lead; empty when there is no such bucket.
    Task<Result<std::vector<TargetBucket>>> targets(std::string bucket);
    Task<Result<catalog::Totals>> totals(std::string bucket);
    /// Versions behind (after_key, after_version_id) that start with any of the prefixes (checked
    /// by the caller).
    Task<Result<ItemPage>> items(std::string bucket,
                                 std::string after_key,
                                 std::string after_version_id,
                                 std::size_t limit);

    /// Ends connections; calls in flight fail with Closed.
    void close() { client_.close(); }

    [[nodiscard]] const PeerAddress& peer() const { return peer_; }

    /// As it last said in an answer to a notice or announcement.
    [[nodiscard]] const PeerAbilities& abilities() const { return abilities_; }

  private:
    Task<Result<std::string>> call(std::string what, std::string body);
    Task<Result<http::ClientResponse>> exchange(http::ClientRequest request,
                                                std::uint64_t text_bytes_max);
    void authenticate(http::ClientRequest& request, std::optional<std::string_view> body) const;

    PeerAddress peer_;
    std::string own_region_;
    const LinkSecret& secret_;
    http::Client client_;
    PeerAbilities abilities_;
};

}  // namespace antipode::replication
