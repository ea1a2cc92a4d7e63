#include "sim/client.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "codec/hex.h"
#include "crypto/digest.h"
#include "runtime/byte_source.h"
#include "runtime/sleep.h"
#include "sim/read_object.h"

namespace antipode::sim {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kOwnKeys = 6;
constexpr std::size_t kSharedKeys = 12;
constexpr std::size_t kPauseMsMax = 120;
/// No destination is as slow as to make a client wait; ten steps of a slow disk do not take it.
constexpr runtime::Duration kActMax = 4s;

std::unique_ptr<ByteSource> body_of(const std::string& content) {
    return std::make_unique<runtime::MemorySource>(to_bytes(content));
}

class Client {
  public:
    Client(World& world, std::size_t region, std::size_t number)
        : world_(world), region_(world.regions.at(region)), number_(number) {}

    Task<void> run() {
        while (!world_.stops) {
            process_ = region_.process();
            if (process_) {
                co_await act();
            }
            process_.reset();
            co_await runtime::sleep_for(std::chrono::milliseconds(world_.below(kPauseMsMax)));
        }
    }

  private:
    Task<void> act() {
        const runtime::Instant start = world_.executor.now();
        calm_ = region_.calm();
        co_await do_something();
        if (world_.executor.now() - start > kActMax) {
            world_.violation(
                fmt::format("a client of {} waited {:.1f} s{}",
                            region_.name(),
                            std::chrono::duration<double>(world_.executor.now() - start).count(),
                            zones()));
        }
    }

    Task<void> do_something() {
        switch (world_.below(15)) {
            case 0:
            case 1:
                co_return co_await put_own();
            case 2:
                co_return co_await upload_own();
            case 3:
                co_return co_await remove_own();
            case 4:
                co_return co_await read_own();
            case 5:
            case 6:
                co_return co_await put_version();
            case 7:
                co_return co_await mark();
            case 8:
                co_return co_await remove_version();
            case 9:
                co_return co_await set_tags();
            case 10:
                co_return co_await set_acl();
            case 11:
                co_return co_await grow();
            case 12:
                co_return co_await put_once();
            case 13:
                co_return co_await feed_chain();
            default:
                co_return co_await read_version();
        }
    }

    std::string own_key() {
        return fmt::format("own/{}/{}/{}", region_.name(), number_, world_.below(kOwnKeys));
    }

    std::string shared_key() { return fmt::format("shared/{}", world_.below(kSharedKeys)); }

    std::string next_content() {
        const std::uint64_t draw = world_.below(1000);
        std::size_t size = 1 + world_.below(500);
        if (draw >= 997) {
            size = 1'050'000 + world_.below(4'000'000);  // Travels in chunks.
        } else if (draw >= 950) {
            size = 17'000 + world_.below(10'000);  // Not in the row.
        }
        return make_content(world_.next_content++, size);
    }

    template <typename T>
    void note(const char* what, const Result<T>& result) {
        world_.count(fmt::format("{} {}", what, result ? "confirmed" : "failed"));
        // The loss of one zone is nothing that a client could notice.
        if (!result && result.error().code >= ErrorCode::Conflict && calm_ &&
            region_.zones() != nullptr && region_.calm() == calm_ &&
            region_.process() == process_) {
            world_.violation(fmt::format("a client of {} was refused a {}: {} {}{}",
                                         region_.name(),
                                         what,
                                         name_of(result.error().code),
                                         result.error().message,
                                         zones()));
        }
    }

    [[nodiscard]] std::string zones() const {
        return region_.zones() != nullptr ? " (" + region_.zones()->describe() + ")" : "";
    }

    Task<void> put_own() {
        const std::string key = own_key();
        const std::string content = next_content();
        object::PutObjectRequest request;
        request.bucket = BucketName(kPlainBucket);
        request.key = key;
        request.body = body_of(content);
        // Its ETag is known before: a write that fails may still have happened.
        const std::string etag = codec::hex_upper(crypto::md5(as_bytes(content)).bytes());
        world_.ledger.changing(key, etag);
        const auto written = co_await process_->objects().put_object(owner(), std::move(request));
        note("put", written);
        if (written) {
            world_.ledger.changed(key, written->version.etag);
        }
    }

    Task<void> upload_own() {
        const std::string key = own_key();
        object::ObjectService& objects = process_->objects();
        object::CreateUploadRequest create;
        create.bucket = BucketName(kPlainBucket);
        create.key = key;
        const auto upload = co_await objects.create_upload(owner(), std::move(create));
        if (!upload) {
            co_return note("upload", upload);
        }
        object::CompleteUploadRequest complete;
        complete.upload = {
            .bucket = BucketName(kPlainBucket), .key = key, .upload_id = upload->upload_id};
        std::string md5s;
        for (std::uint32_t number = 1; number <= 3; ++number) {
            object::UploadPartRequest request;
            request.upload = complete.upload;
            request.number = number;
            const std::string content = next_content();
            md5s += as_text(crypto::md5(as_bytes(content)).bytes());
            request.body = body_of(content);
            const auto part = co_await objects.upload_part(owner(), std::move(request));
            if (!part) {
                co_return note("upload", part);
            }
            complete.parts.push_back({.number = number, .etag = part->etag, .checksum = {}});
        }
        const std::string etag = fmt::format(
            "{}-{}", codec::hex_upper(crypto::md5(as_bytes(md5s)).bytes()), complete.parts.size());
        world_.ledger.changing(key, etag);
        const auto written = co_await objects.complete_upload(owner(), std::move(complete));
        note("upload", written);
        if (written) {
            world_.ledger.changed(key, written->version.etag);
        }
    }

    Task<void> remove_own() {
        const std::string key = own_key();
        world_.ledger.changing(key, std::nullopt);
        object::DeleteObjectRequest request{
            .bucket = BucketName(kPlainBucket), .key = key, .version_id = {}};
        const auto removed =
            co_await process_->objects().delete_object(owner(), std::move(request));
        note("delete", removed);
        if (removed) {
            world_.ledger.changed(key, std::nullopt);
        }
    }

    /// The ETag that a read gives; the error when it says nothing about the object.
    Task<Result<std::optional<std::string>>> look(std::string bucket,
                                                  std::string key,
                                                  std::optional<std::string> version_id) {
        object::VersionName name{.bucket = BucketName(std::move(bucket)),
                                 .key = std::move(key),
                                 .version_id = std::move(version_id)};
        const auto found = co_await process_->objects().describe_object(owner(), std::move(name));
        if (found) {
            co_return std::optional(found->version.etag);
        }
        const ErrorCode code = found.error().code;
        if (code == ErrorCode::NoSuchKey || code == ErrorCode::NoSuchVersion ||
            code == ErrorCode::IsDeleteMarker) {
            co_return std::optional<std::string>();
        }
        co_return fail(found.error());
    }

    Task<void> read_own() {
        const std::string key = own_key();
        const auto found = co_await look(kPlainBucket, key, {});
        note("read", found);
        if (found && *found && region_.zones() != nullptr) {
            co_await read_bytes(key);
        }
        if (found && !world_.ledger.contents(key).contains(*found)) {
            world_.violation(fmt::format("{} at {}: read {}, which is not what was confirmed",
                                         key,
                                         region_.name(),
                                         found->value_or("nothing")));
        }
    }

    Task<void> read_bytes(std::string key) {
        object::VersionName name{
            .bucket = BucketName(kPlainBucket), .key = std::move(key), .version_id = {}};
        const auto read = co_await read_object(process_, std::move(name));
        if (!read && read.error().code == ErrorCode::Corrupt &&
            !region_.ailment().damaged.empty()) {
            co_return;
        }
        note("read of bytes", read);
        const std::string wrong = read ? wrong_bytes(*read) : "";
        if (!wrong.empty()) {
            world_.violation(fmt::format("{} of {} {}", read->version.key, region_.name(), wrong));
        }
    }

    Task<void> put_version() {
        object::PutObjectRequest request;
        request.bucket = BucketName(kVersionedBucket);
        request.key = shared_key();
        request.attributes.user_metadata = {{"by", region_.name()}};
        if (world_.chance(0.1)) {
            request.encryption = Encryption{.kind = EncryptionKind::Aes256, .kms_key = {}};
        }
        request.body = body_of(next_content());
        const auto written = co_await process_->objects().put_object(owner(), std::move(request));
        note("put version", written);
        if (written) {
            world_.ledger.written(written->version);
            mine_.emplace_back(written->version.key, written->version.version_id());
            if (world_.chance(0.3)) {
                co_await tag(mine_.back());
            }
        }
    }

    /// Only what was written here, so that the last tag is known.
    Task<void> set_tags() {
        if (!mine_.empty()) {
            co_await tag(mine_[world_.below(mine_.size())]);
        }
    }

    Task<void> tag(Ledger::Name name) {
        const std::string value = fmt::format("{}", world_.next_content++);
        object::VersionName named{
            .bucket = BucketName(kVersionedBucket), .key = name.first, .version_id = name.second};
        world_.ledger.tagging(name, value);
        NamedValues tags{{"n", value}};
        const auto tagged = co_await process_->objects().put_object_tags(
            owner(), std::move(named), std::move(tags));
        note("tag", tagged);
        if (tagged) {
            world_.ledger.tagged(name, value);
        }
    }

    /// Of whatever is the latest here: of two regions that do so one wins in both.
    Task<void> set_acl() {
        object::VersionName named{.bucket = BucketName(kPlainBucket),
                                  .key = once_key(world_.below(10)),
                                  .version_id = {}};
        const Acl acl = world_.chance(0.5) ? Acl::Private : Acl::PublicRead;
        const auto done =
            co_await process_->objects().put_object_acl(owner(), std::move(named), acl);
        note("acl", done);
    }

    /// An object that is appended to, here and elsewhere.
    Task<void> grow() {
        const std::string key = fmt::format("grows/{}", world_.below(3));
        const std::string bucket = world_.chance(0.5) ? kPlainBucket : kVersionedBucket;
        object::VersionName named{.bucket = BucketName(bucket), .key = key, .version_id = {}};
        const auto there = co_await process_->objects().describe_object(owner(), std::move(named));
        object::AppendRequest request;
        request.bucket = BucketName(bucket);
        request.key = key;
        request.position = there ? there->version.size_bytes : 0;
        request.body = body_of(make_content(world_.next_content++, 1 + world_.below(300)));
        const auto grown = co_await process_->objects().append_object(owner(), std::move(request));
        note("append", grown);
    }

    static std::string once_key(std::uint64_t number) { return fmt::format("once/{}", number); }

    /// Of those who create a key on condition that it is not there, one succeeds in each region.
    Task<void> put_once() {
        const std::string key = fmt::format("only/{}/{}", region_.name(), world_.next_once++ / 3);
        object::PutObjectRequest request;
        request.bucket = BucketName(kPlainBucket);
        request.key = world_.chance(0.3) ? once_key(world_.below(10)) : key;
        const bool is_only = request.key == key;
        request.conditions.if_none_match = {"*"};
        request.body = body_of(make_content(world_.next_content++, 50));
        const auto made = co_await process_->objects().put_object(owner(), std::move(request));
        note("create", made);
        if (made && is_only && !world_.created.insert(key).second) {
            world_.violation(fmt::format("{} was created twice, if it was not there", key));
        }
    }

    Task<void> feed_chain() {
        const bool is_middle = &region_ == &world_.regions[1];
        if (&region_ != &world_.regions[0] && !is_middle) {
            co_return;
        }
        object::PutObjectRequest request;
        request.bucket = BucketName(is_middle ? kChainMiddle : kChainStart);
        request.key = fmt::format("{}/{}", region_.name(), world_.below(5));
        request.body = body_of("links");
        const auto done = co_await process_->objects().put_object(owner(), std::move(request));
        note("chain", done);
    }

    Task<void> mark() {
        const std::string key = shared_key();
        object::DeleteObjectRequest request{
            .bucket = BucketName(kVersionedBucket), .key = key, .version_id = {}};
        const auto marked = co_await process_->objects().delete_object(owner(), std::move(request));
        note("mark", marked);
        if (marked) {
            world_.ledger.marked(key, marked->version_id);
        }
    }

    /// Only what was written here: elsewhere it may not have arrived yet.
    Task<void> remove_version() {
        if (mine_.empty()) {
            co_return;
        }
        const std::size_t at = world_.below(mine_.size());
        const Ledger::Name name = mine_[at];
        mine_.erase(mine_.begin() + static_cast<std::ptrdiff_t>(at));
        world_.ledger.removing(name);
        object::DeleteObjectRequest request{
            .bucket = BucketName(kVersionedBucket), .key = name.first, .version_id = name.second};
        const auto removed =
            co_await process_->objects().delete_object(owner(), std::move(request));
        note("delete version", removed);
        if (removed) {
            world_.ledger.removed(name);
        }
    }

    Task<void> read_version() {
        if (mine_.empty()) {
            co_return;
        }
        const Ledger::Name name = mine_[world_.below(mine_.size())];
        const auto found = co_await look(kVersionedBucket, name.first, name.second);
        note("read version", found);
        if (found && *found != world_.ledger.versions().at(name).etag) {
            world_.violation(fmt::format("{} version {} at {}: read {}, confirmed was {}",
                                         name.first,
                                         name.second,
                                         region_.name(),
                                         found->value_or("nothing"),
                                         world_.ledger.versions().at(name).etag));
        }
    }

    World& world_;
    Region& region_;
    std::size_t number_;
    std::shared_ptr<Process> process_;
    std::optional<std::uint64_t> calm_;  ///< As it was when the request began.
    std::vector<Ledger::Name> mine_;     // Versions that this client has not removed.
};

}  // namespace

Task<void> run_client(World* world, std::size_t region, std::size_t number) {
    Client client(*world, region, number);
    co_await client.run();
}

}  // namespace antipode::sim
