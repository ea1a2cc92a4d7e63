#include "model/replication_rule.h"

#include <algorithm>

namespace antipode {

bool matches_prefix(const ReplicationRule& rule, std::string_view key) {
    return rule.prefixes.empty() ||
           std::ranges::any_of(
               rule.prefixes, [key](const std::string& prefix) { return key.starts_with(prefix); });
}

}  // namespace antipode
