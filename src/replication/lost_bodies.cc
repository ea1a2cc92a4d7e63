#include "replication/lost_bodies.h"

#include "base/record.h"
#include "codec/hex.h"
#include "crypto/digest.h"

namespace antipode::replication {

namespace {

constexpr std::string_view kPrefix = "lost-body/";
constexpr std::uint8_t kFormat = 1;

std::int64_t now_ms() {
    return runtime::Executor::current().wall_now().time_since_epoch().count();
}

/// The same as long as it is the same row's bytes, also when the row moves or the part gets a name.
std::string id_of(const catalog::BodyPlace& place) {
    RecordWriter out;
    out.text(place.bucket_id);
    if (place.is_part()) {
        out.text(place.manifest_id);
        out.varint(place.part);
    } else {
        out.text({});
        out.text(place.key);
        out.u64(place.is_null ? 0 : place.order.hlc);
        out.text(place.is_null ? "" : place.order.origin);
    }
    return codec::hex_lower(crypto::sha256(as_bytes(out.str())).bytes()).substr(0, 32);
}

std::string encode(const LostBody& body) {
    RecordWriter out;
    out.u8(kFormat);
    write_place(out, body.place);
    out.text(body.ref.encoded());
    out.varint(body.offset);
    out.varint(body.bytes);
    out.u64(static_cast<std::uint64_t>(body.since_ms));
    out.u64(static_cast<std::uint64_t>(body.found_ms));
    return out.take();
}

Result<LostBody> decode(std::string_view row) {
    RecordReader in(row);
    if (in.u8() != kFormat) {
        return fail(ErrorCode::NotImplemented, "a lost body is listed in another format");
    }
    LostBody body;
    body.place = catalog::read_place(in);
    body.ref = blob::BlobRef(std::string(in.text()));
    body.offset = in.varint();
    body.bytes = in.varint();
    body.since_ms = static_cast<std::int64_t>(in.u64());
    body.found_ms = static_cast<std::int64_t>(in.u64());
    TRY_VOID(in.finish("a lost body"));
    return body;
}

}  // namespace

/// What cannot be read is left out: the next scrub finds it again.
Task<Result<void>> LostBodies::load() {
    CO_TRY(const auto rows, co_await catalog_.list_settings(std::string(kPrefix)));
    const std::scoped_lock lock(mutex_);
    for (const auto& [name, row] : rows) {
        auto body = decode(row);
        if (body) {
            kept_.try_emplace(name.substr(kPrefix.size()), Kept{.body = std::move(*body)});
        }
    }
    co_return Result<void>{};
}

Task<void> LostBodies::found(blob::NamedBlob named) {
    LostBody body{.place = {}, .ref = named.ref};
    auto place = co_await catalog_.locate(std::move(named));
    if (!place || !*place) {
        co_return;  // Gone since; or a row that cannot be read, which the walk itself tells.
    }
    body.place = std::move(**place);
    const auto bucket = catalog_.find_bucket(BucketName(body.place.bucket));
    if (!bucket) {
        co_return;
    }
    const auto placed = co_await catalog::find_body(bucket->partition(), body.place);
    if (placed && *placed) {
        body.offset = (*placed)->range.offset;
        body.bytes = (*placed)->range.size;
    }
    body.since_ms = body.found_ms = now_ms();
    std::string id = id_of(body.place);
    {
        const std::scoped_lock lock(mutex_);
        const auto known = kept_.find(id);
        if (known == kept_.end() && kept_.size() >= kMax) {
            co_return;
        }
        if (known != kept_.end()) {
            body.since_ms = known->second.body.since_ms;
            if (body.place.is_part()) {
                body.place = known->second.body.place;
            }
        }
        kept_[id].body = body;
    }
    co_await save(std::move(id), std::move(body));
    changed_.raise();
}

/// What cannot be saved is found again by the next scrub.
Task<void> LostBodies::save(std::string id, LostBody body) {
    static_cast<void>(co_await catalog_.put_setting(std::string(kPrefix) + id, encode(body)));
}

Task<void> LostBodies::scrubbed(std::int64_t began_ms) {
    for (LostBody& body : list()) {
        if (body.found_ms < began_ms) {
            co_await settle(std::move(body), LostBodyNews::Whole, {});
        }
    }
}

std::vector<LostBody> LostBodies::list() const {
    const std::scoped_lock lock(mutex_);
    std::vector<LostBody> out;
    out.reserve(kept_.size());
    for (const auto& [id, kept] : kept_) {
        out.push_back(kept.body);
    }
    return out;
}

std::size_t LostBodies::count() const {
    const std::scoped_lock lock(mutex_);
    return kept_.size();
}

std::uint64_t LostBodies::rebuilt() const {
    const std::scoped_lock lock(mutex_);
    return rebuilt_;
}

Task<void> LostBodies::rename(const LostBody& body, catalog::BodyPlace place) {
    std::string id = id_of(body.place);
    LostBody renamed;
    {
        const std::scoped_lock lock(mutex_);
        const auto known = kept_.find(id);
        if (known == kept_.end()) {
            co_return;
        }
        known->second.body.place = std::move(place);
        renamed = known->second.body;
    }
    co_await save(std::move(id), std::move(renamed));
}

void LostBodies::note_try(const LostBody& body, std::string reason, std::int64_t next_try_ms) {
    const std::scoped_lock lock(mutex_);
    const auto known = kept_.find(id_of(body.place));
    if (known != kept_.end()) {
        known->second.body.reason = std::move(reason);
        known->second.body.next_try_ms = next_try_ms;
        ++known->second.body.tries;
    }
}

void LostBodies::tell(const LostBody& body) {
    {
        const std::scoped_lock lock(mutex_);
        const auto known = kept_.find(id_of(body.place));
        if (known == kept_.end() || std::exchange(known->second.is_told, true)) {
            return;
        }
    }
    if (listener_) {
        listener_(body, LostBodyNews::Lost, {});
    }
}

Task<void> LostBodies::settle(LostBody body, LostBodyNews news, std::string detail) {
    const std::string id = id_of(body.place);
    {
        const std::scoped_lock lock(mutex_);
        if (kept_.erase(id) == 0) {
            co_return;
        }
        rebuilt_ += news == LostBodyNews::Rebuilt ? 1 : 0;
    }
    // Else it comes back with the next start, and is settled again.
    static_cast<void>(co_await catalog_.put_setting(std::string(kPrefix) + id, std::nullopt));
    if (listener_) {
        listener_(body, news, detail);
    }
}

}  // namespace antipode::replication
