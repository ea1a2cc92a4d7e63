#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "blob/blob_store.h"
#include "catalog/body_place.h"
#include "catalog/catalog.h"
#include "catalog/stored_version.h"
#include "catalog/version_table.h"
#include "runtime/byte_source.h"
#include "runtime/executor.h"
#include "runtime/task.h"
#include "sealing/key_source.h"

namespace antipode::object {

using catalog::Outcome;

/// What a replicated put finds at the destination.
enum class ReplicaOutcome : std::uint8_t {
    Applied = 0,
    AlreadyThere = 1,
    Superseded = 2,
    NeedsBody = 3,  ///< Sent without bytes, and they are not here.
    Excluded = 4,   ///< It is not replicated, as documented; said by who knows the rule.
};

struct ReplicaPut {
    ObjectVersion version;
    std::string arrived_from;          ///< Region of the sender.
    std::unique_ptr<ByteSource> body;  ///< All bytes, for small objects.
    std::string transfer_id;           ///< Bytes were sent in chunks before.
    /// The operator wants this version here as it is at the source: a removal here and metadata
    /// that differ do not stand against it. Something newer does.
    bool is_repair = false;
};

struct ReplicaPurge {
    std::string key;
    VersionOrder order;  ///< Of the version; of the removal for null versions.
    bool is_null = false;
    std::string arrived_from;
};

struct Chunk {
    std::uint32_t number = 0;  ///< From 1; all but the last have the size that the sender chose.
    std::uint64_t size_bytes = 0;
    std::uint64_t crc64 = 0;
    Encryption encryption = {};  ///< How it is to be sealed; not told by list_chunks().
};

/// Where bytes may be that are also those of a chunk that is wanted: in a version that is here.
struct BasisChunk {
    std::string key;
    std::uint64_t offset = 0;
    std::string sha256;  ///< 32 bytes: what they must have; they are read and compared.
};

/// The private door of replication: the same steps as for clients (store bytes, one commit), with
/// the source's version id, time and origin, and no authorization: the link has been authenticated.
/// Everything may be repeated (promise 5). Threads: any executor.
class ReplicaService {
  public:
    ReplicaService(catalog::Catalog& catalog,
                   blob::BlobStore& blobs,
                   sealing::KeySource* keys = nullptr)
        : catalog_(catalog), blobs_(blobs), keys_(keys) {}

    using BucketPtr = std::shared_ptr<catalog::OpenBucket>;

    /// Without body and transfer: NeedsBody unless the same bytes are here (or the version has
    /// none). They are sealed as `version.encryption` says: of this region, not of the source. The
    /// bytes are checked against size and CRC-64 of the version before the commit
    /// (BadDigest). ObjectImmutable: what it would replace or remove is under retention here.
    Task<Result<ReplicaOutcome>> put(BucketPtr bucket, ReplicaPut request);
    Task<Result<ReplicaOutcome>> purge(BucketPtr bucket, ReplicaPurge request);

    /// Chunks of one transfer may arrive in any order and again. Durable when it returns.
    Task<Result<void>> put_chunk(BucketPtr bucket,
                                 std::string transfer_id,
                                 Chunk chunk,
                                 std::unique_ptr<ByteSource> body);
    /// Unavailable while chunks of an abandoned transfer of that id are being removed.
    Task<Result<std::vector<Chunk>>> list_chunks(BucketPtr bucket, std::string transfer_id);
    /// Chunks of a version of the key that is here, one after the other from its beginning: what
    /// another version may have again. Empty when there is none that came in chunks.
    Task<Result<std::vector<Chunk>>> list_basis(BucketPtr bucket, std::string key);
    /// As put_chunk(), with bytes of the version that list_basis() told of. False: they are not
    /// there (any more), or cannot be read.
    Task<Result<bool>> take_chunk(BucketPtr bucket,
                                  std::string transfer_id,
                                  Chunk chunk,
                                  BasisChunk from);
    /// Gives back the bytes of transfers that got no chunk for `grace`: nobody goes on with them.
    /// Who does after all begins anew. Returns how many there were.
    Task<Result<std::uint64_t>> end_abandoned_transfers(BucketPtr bucket, runtime::Duration grace);

    /// At the source: the bytes of a version.
    std::unique_ptr<ByteSource> read(BucketPtr bucket,
                                     const catalog::StoredVersion& stored,
                                     ByteRange range);

    /// The plain bytes of the version that rebuild() wants to read.
    static ByteRange needed_for(const catalog::PlacedBody& body);
    /// Writes bytes that are lost here anew, sealed as the version is, and names them in the place
    /// of those that were (catalog::exchange_body()): no change, whatever anybody compares. They
    /// are checked against the version's digests first (IncompleteBody, InvalidDigest,
    /// InvalidCrc64). False: the row has changed meanwhile and nothing was kept.
    Task<Result<bool>> rebuild(BucketPtr bucket,
                               catalog::BodyPlace place,
                               catalog::PlacedBody body,
                               std::unique_ptr<ByteSource> bytes);

  private:
    Task<Result<ReplicaOutcome>> commit(BucketPtr bucket, catalog::PutVersion put);
    Task<Result<void>> make_way(BucketPtr bucket, const ObjectVersion& version, bool is_different);
    Task<Result<catalog::Body>> body_of_transfer(BucketPtr bucket,
                                                 std::string transfer_id,
                                                 const ObjectVersion& version);

    catalog::Catalog& catalog_;
    blob::BlobStore& blobs_;
    sealing::KeySource* keys_;
};

}  // namespace antipode::object
