#include "index/zoned/memory_table.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include <fmt/format.h>

#include "base/crc32c.h"
#include "base/record.h"

namespace antipode::index {

namespace {

using Rows = std::map<std::string, std::string, std::less<>>;
using Keys = std::set<std::string, std::less<>>;

// A file is blocks of this size: a checksum over the number of the block, the generation of the
// file and the bytes; the generation; the bytes. A block that was not written, or at another
// place, is seen.
constexpr std::size_t kBlockBytes = 4096;
constexpr std::size_t kBlockHeadBytes = sizeof(std::uint32_t) + sizeof(std::uint64_t);
constexpr std::size_t kBlockRestBytes = kBlockBytes - kBlockHeadBytes;

std::uint32_t checksum(std::uint64_t block, std::uint64_t generation, std::string_view bytes) {
    RecordWriter covered;
    covered.u64(block);
    covered.u64(generation);
    covered.text(bytes);
    return crc32c(as_bytes(covered.str()));
}

std::string encode(const Rows& rows, std::uint64_t generation) {
    RecordWriter all;
    all.varint(rows.size());
    for (const auto& [key, value] : rows) {
        all.text(key);
        all.text(value);
    }
    std::string bytes = all.take();
    bytes.resize((bytes.size() + kBlockRestBytes - 1) / kBlockRestBytes * kBlockRestBytes);
    std::string file;
    for (std::size_t at = 0; at < bytes.size(); at += kBlockRestBytes) {
        const std::string_view rest = std::string_view(bytes).substr(at, kBlockRestBytes);
        RecordWriter head;
        head.u32(checksum(at / kBlockRestBytes, generation, rest));
        head.u64(generation);
        file.append(head.str()).append(rest);
    }
    return file;
}

Error damaged(std::uint64_t block) {
    return {ErrorCode::Corrupt, fmt::format("rows: block {} of the table is damaged", block)};
}

/// The bytes of a block, of any generation when `generation` is 0; it is set to the one found.
Result<std::string_view> open_block(std::string_view bytes,
                                    std::uint64_t block,
                                    std::uint64_t* generation) {
    RecordReader head(bytes);
    const std::uint32_t crc = head.u32();
    const std::uint64_t found = head.u64();
    const std::string_view rest = head.rest();
    if (!head.ok() || rest.size() != kBlockRestBytes || crc != checksum(block, found, rest) ||
        (*generation != 0 && *generation != found)) {
        return fail(damaged(block));
    }
    *generation = found;
    return rest;
}

Result<Rows> decode(std::string_view file, std::uint64_t* generation) {
    std::string bytes;
    for (std::uint64_t block = 0; block * kBlockBytes < file.size(); ++block) {
        TRY(const std::string_view rest,
            open_block(file.substr(block * kBlockBytes, kBlockBytes), block, generation));
        bytes.append(rest);
    }
    RecordReader reader(bytes);
    Rows rows;
    const std::uint64_t count = reader.varint();
    for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
        const std::string_view key = reader.text();
        const std::string_view value = reader.text();
        rows.emplace_hint(rows.end(), key, value);
    }
    if (!reader.ok() || reader.rest().find_first_not_of('\0') != std::string_view::npos) {
        return fail(ErrorCode::Corrupt, "rows: the table ends early");
    }
    return rows;
}

/// Notes which keys have changed, beside the change.
class MemorySink final : public RowSink {
  public:
    MemorySink(Rows& rows, Keys& changed) : rows_(rows), changed_(changed) {}

    void put(std::string_view prefix, std::string_view key, std::string_view value) override {
        const std::string whole = std::string(prefix).append(key);
        rows_.insert_or_assign(whole, std::string(value));
        changed_.insert(whole);
    }

    void remove(std::string_view prefix, std::string_view key) override {
        rows_.erase(std::string(prefix).append(key));
    }

    void remove_range(std::string_view from, std::string_view end) override {
        rows_.erase(rows_.lower_bound(from), rows_.lower_bound(end));
    }

  private:
    Rows& rows_;
    Keys& changed_;
};

/// What a table holds at a moment.
struct Contents {
    std::shared_ptr<const Rows> rows;
    std::shared_ptr<const Keys> unflushed;  ///< Changed since the last flush, or while it ran.
    bool was_flushed = false;

    [[nodiscard]] bool is_in_memory(std::string_view key) const {
        return !was_flushed || unflushed->contains(key) || crc32c(as_bytes(key)) % 2 == 0;
    }
};

class MemoryTable;

class MemoryWalk final : public RowWalk {
  public:
    /// `table` is null for a walk over memory.
    MemoryWalk(MemoryTable* table, Contents contents, std::string end)
        : table_(table),
          contents_(std::move(contents)),
          end_(std::move(end)),
          at_(contents_.rows->begin()) {}

    void seek(std::string_view key) override {
        at_ = contents_.rows->lower_bound(key);
        settle();
    }

    void next() override {
        ++at_;
        settle();
    }

    [[nodiscard]] bool is_at_row() const override { return is_at_row_; }

    [[nodiscard]] std::string_view key() const override { return at_->first; }

    [[nodiscard]] std::string_view value() const override { return at_->second; }

    [[nodiscard]] Result<void> status() const override { return status_; }

    [[nodiscard]] bool is_beyond_memory() const override { return is_beyond_memory_; }

  private:
    void settle();

    MemoryTable* table_;
    Contents contents_;
    std::string end_;
    Rows::const_iterator at_;
    bool is_at_row_ = false;
    bool is_beyond_memory_ = false;
    Result<void> status_;
};

class MemoryTable final : public RowTable {
  public:
    MemoryTable(runtime::FileSystem& files, const std::string& directory)
        : files_(files), path_(directory + "/table") {}

    Result<void> open(const std::string& directory) {
        TRY_VOID(files_.create_directories(directory));
        const Result<std::string> file = files_.read_file(path_);
        if (!file && file.error().code == ErrorCode::NotFound) {
            return {};
        }
        TRY_VOID(file);
        TRY(*rows_, decode(*file, &generation_));
        flushed_ = value_of(*rows_, applied_key());
        TRY(file_, files_.open(path_, {}));
        blocks_ = file->size() / kBlockBytes;
        return {};
    }

    Result<void> apply(std::span<const std::shared_ptr<const LogRecord>> records) override {
        if (!records.empty()) {
            const std::scoped_lock lock(mutex_);
            make_own();
            MemorySink sink(*rows_, *unflushed_);
            add_records(sink, records);
        }
        return {};
    }

    Result<Applied> applied() override {
        return decode_applied(value_of(*contents().rows, applied_key()));
    }

    Result<Applied> flushed() override {
        const std::scoped_lock lock(mutex_);
        return decode_applied(flushed_);
    }

    /// Waits in any case. Unavailable while another flush is under way.
    Result<void> flush(bool wait) override {
        if (is_flushing_.exchange(true)) {
            return wait ? fail(ErrorCode::Unavailable, "rows: a flush is under way")
                        : Result<void>();
        }
        const Result<void> written = write();
        is_flushing_ = false;
        return written;
    }

    Bodies bodies() override { return {}; }

    Result<void> reclaim(std::atomic<bool>&) override { return {}; }

    Result<std::optional<std::optional<std::string>>> get(const std::string& key,
                                                          ReadFrom from) override {
        const Contents now = contents();
        if (!now.is_in_memory(key)) {
            if (from == ReadFrom::Memory) {
                return std::optional<std::optional<std::string>>();
            }
            TRY_VOID(look_at_disk(key));
        }
        return std::optional<std::optional<std::string>>(std::in_place, value_of(*now.rows, key));
    }

    std::unique_ptr<RowWalk> walk(std::string end, ReadFrom from) override {
        return std::make_unique<MemoryWalk>(
            from == ReadFrom::Disk ? this : nullptr, contents(), std::move(end));
    }

    std::unique_ptr<RowWalk> walk_all() override {
        std::unique_ptr<RowWalk> rows = walk("", ReadFrom::Disk);
        rows->seek("");
        return rows;
    }

    Result<void> put_all(std::span<const Row> rows) override {
        const std::scoped_lock lock(mutex_);
        make_own();
        for (const auto& [key, value] : rows) {
            rows_->insert_or_assign(key, value);
            unflushed_->insert(key);
        }
        return {};
    }

    std::uint64_t estimated_bytes() override {
        const Contents now = contents();
        std::uint64_t bytes = 0;
        for (const auto& [key, value] : *now.rows) {
            bytes += key.size() + value.size();
        }
        return bytes;
    }

    /// Reads a block of the file, the same one for the same key, as a read of that row would.
    Result<void> look_at_disk(std::string_view key) {
        std::shared_ptr<runtime::File> file;
        std::uint64_t blocks = 0;
        std::uint64_t generation = 0;
        {
            const std::scoped_lock lock(mutex_);
            file = file_;
            blocks = blocks_;
            generation = generation_;
        }
        std::string bytes(kBlockBytes, '\0');
        const std::uint64_t block = crc32c(as_bytes(key)) % blocks;
        TRY_VOID(file->read_at(block * kBlockBytes, std::as_writable_bytes(std::span(bytes))));
        TRY_VOID(open_block(bytes, block, &generation));
        return {};
    }

  private:
    static std::optional<std::string> value_of(const Rows& rows, std::string_view key) {
        const auto found = rows.find(key);
        return found == rows.end() ? std::nullopt : std::optional(found->second);
    }

    Contents contents() {
        const std::scoped_lock lock(mutex_);
        return {.rows = rows_, .unflushed = unflushed_, .was_flushed = file_ != nullptr};
    }

    /// Before a change: what walks and flushes hold stays as it is. Under the mutex.
    void make_own() {
        if (rows_.use_count() > 1) {
            rows_ = std::make_shared<Rows>(*rows_);
        }
        if (unflushed_.use_count() > 1) {
            unflushed_ = std::make_shared<Keys>(*unflushed_);
        }
    }

    Result<void> write() {
        Contents now;
        {
            const std::scoped_lock lock(mutex_);
            now = {.rows = rows_, .unflushed = unflushed_};
            unflushed_ = std::make_shared<Keys>();
        }
        const Result<void> replaced = replace_file(*now.rows);
        if (!replaced) {
            const std::scoped_lock lock(mutex_);
            make_own();
            unflushed_->insert(now.unflushed->begin(), now.unflushed->end());
        }
        return replaced;
    }

    Result<void> replace_file(const Rows& rows) {
        const std::uint64_t next = generation_ + 1;  // Nobody else changes it.
        const std::string bytes = encode(rows, next);
        TRY_VOID(files_.write_file_atomically(path_, bytes));
        TRY(std::unique_ptr<runtime::File> file, files_.open(path_, {}));
        const std::scoped_lock lock(mutex_);
        file_ = std::move(file);
        blocks_ = bytes.size() / kBlockBytes;
        generation_ = next;
        flushed_ = value_of(rows, applied_key());
        return {};
    }

    runtime::FileSystem& files_;
    const std::string path_;
    std::atomic<bool> is_flushing_ = false;

    std::mutex mutex_;  // Of what follows; never held over a call to the disk.
    std::shared_ptr<Rows> rows_ = std::make_shared<Rows>();
    std::shared_ptr<Keys> unflushed_ = std::make_shared<Keys>();
    std::optional<std::string> flushed_;
    std::shared_ptr<runtime::File> file_;
    std::uint64_t blocks_ = 0;
    std::uint64_t generation_ = 0;
};

void MemoryWalk::settle() {
    is_at_row_ = false;
    if (!status_ || at_ == contents_.rows->end() || (!end_.empty() && at_->first >= end_)) {
        return;
    }
    if (!contents_.is_in_memory(at_->first)) {
        is_beyond_memory_ = table_ == nullptr;
        status_ = is_beyond_memory_ ? fail(ErrorCode::Unavailable, "rows: not in memory")
                                    : table_->look_at_disk(at_->first);
    }
    is_at_row_ = status_.has_value();
}

class MemoryTables final : public RowTables {
  public:
    Result<std::unique_ptr<RowTable>> open(runtime::FileSystem& files,
                                           const std::string& directory) override {
        auto table = std::make_unique<MemoryTable>(files, directory);
        TRY_VOID(table->open(directory));
        return table;
    }
};

}  // namespace

std::unique_ptr<RowTables> make_memory_tables() {
    return std::make_unique<MemoryTables>();
}

}  // namespace antipode::index
