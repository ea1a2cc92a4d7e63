#include "sim/list.h"

#include <utility>

namespace antipode::sim {

namespace {

constexpr std::size_t kPage = 100;

}  // namespace

Task<Result<Versions>> list_all(std::shared_ptr<Process> process, std::string bucket) {
    Versions versions;
    object::ListVersionsRequest request;
    request.bucket = BucketName(bucket);
    request.max_keys = kPage;
    while (true) {
        CO_TRY(auto page, co_await process->objects().list_versions(owner(), request));
        for (object::VersionEntry& entry : page.versions) {
            Ledger::Name name(entry.version.key, entry.version.version_id());
            versions.insert_or_assign(std::move(name), std::move(entry));
        }
        if (!page.is_truncated) {
            co_return versions;
        }
        request.key_marker = page.next_key_marker;
        request.version_id_marker = page.next_version_id_marker;
    }
}

}  // namespace antipode::sim
