#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "catalog/catalog.h"
#include "crypto/ed25519.h"
#include "model/replication_rule.h"
#include "replication/replication_admin.h"
#include "runtime/key_locks.h"
#include "runtime/task.h"

namespace antipode::replication {

/// What a comparison proved, as a text for people and programs (docs/decisions/0027-statements.md):
/// one "name: value" a line.
std::string statement_text(const std::string& source,
                           const ReplicationRule& rule,
                           const Verification& outcome,
                           std::int64_t made_ms,
                           const std::string& signer);

/// The region's key for statements: made when it is first needed and kept with the region's
/// settings. Threads: any executor.
class StatementKey {
  public:
    explicit StatementKey(catalog::Catalog& catalog) : catalog_(catalog) {}

    Task<Result<crypto::Ed25519Seed>> get();

  private:
    catalog::Catalog& catalog_;
    runtime::KeyLocks lock_;
};

/// Hex of the signature. / Whether the hex signature is that key's (hex) of this text.
std::string sign_statement(const crypto::Ed25519Seed& seed, std::string_view text);
bool is_signed_by(std::string_view public_key, std::string_view text, std::string_view signature);

}  // namespace antipode::replication
