#include <algorithm>
#include <cctype>
#include <map>

#include <fmt/format.h>

#include "base/crc32c.h"
#include "base/record.h"
#include "catalog/garbage.h"
#include "catalog/upload_table.h"
#include "codec/base64.h"
#include "codec/hex.h"
#include "crypto/crc.h"
#include "crypto/digest.h"
#include "object/detail/object_service_impl.h"

namespace antipode::object {

namespace {

constexpr std::size_t kPartsPerPage = 1000;

using PartMap = std::map<std::uint32_t, catalog::StoredPart>;

Task<Result<PartMap>> load_parts(catalog::Partition& partition, std::string upload_id) {
    PartMap parts;
    std::uint32_t after = 0;
    while (true) {
        CO_TRY(auto page, co_await catalog::scan_parts(partition, upload_id, after, kPartsPerPage));
        for (catalog::StoredPart& part : page.parts) {
            after = part.part.number;
            parts.emplace(after, std::move(part));
        }
        if (!page.is_truncated) {
            co_return parts;
        }
    }
}

bool same_etag(std::string_view a, std::string_view b) {
    return std::ranges::equal(
        a, b, [](unsigned char x, unsigned char y) { return std::toupper(x) == std::toupper(y); });
}

/// The parts that the request names, in order; the rest stays in `parts`.
Result<std::vector<catalog::StoredPart>> choose_parts(const CompleteUploadRequest& request,
                                                      PartMap& parts) {
    std::vector<catalog::StoredPart> chosen;
    if (request.all_parts) {
        for (auto& [number, part] : parts) {
            chosen.push_back(std::move(part));
        }
        parts.clear();
    }
    std::uint32_t last = 0;
    for (const CompletePart& wanted : request.parts) {
        if (wanted.number <= last) {
            return fail(ErrorCode::InvalidPartOrder,
                        "The list of parts was not in ascending order.");
        }
        last = wanted.number;
        const auto found = parts.find(wanted.number);
        const bool is_right =
            found != parts.end() &&
            (wanted.etag.empty() || same_etag(wanted.etag, found->second.part.etag)) &&
            (!wanted.checksum || *wanted.checksum == found->second.part.checksum.value);
        if (!is_right) {
            return fail(ErrorCode::InvalidPart,
                        "One or more of the specified parts could not be found or the specified "
                        "entity tag might not have "
                        "matched the part's entity tag.");
        }
        chosen.push_back(std::move(found->second));
        parts.erase(found);
    }
    if (chosen.empty()) {
        return fail(ErrorCode::MalformedXml, "You must specify at least one part");
    }
    for (std::size_t i = 0; i + 1 < chosen.size(); ++i) {
        if (chosen[i].part.size_bytes < request.part_bytes_min) {
            return fail(ErrorCode::EntityTooSmall,
                        "Your proposed upload is smaller than the minimum allowed size.");
        }
    }
    return chosen;
}

std::uint64_t crc_value(const std::string& base64) {
    const auto raw = codec::base64_decode(base64).value_or(Bytes{});
    std::uint64_t value = 0;
    for (const std::byte byte : raw) {
        value = (value << 8U) | std::to_integer<std::uint64_t>(byte);
    }
    return value;
}

std::uint64_t combine(ChecksumAlgorithm algorithm,
                      std::uint64_t a,
                      std::uint64_t b,
                      std::uint64_t b_bytes) {
    const auto a32 = static_cast<std::uint32_t>(a);
    const auto b32 = static_cast<std::uint32_t>(b);
    switch (algorithm) {
        case ChecksumAlgorithm::Crc32:
            return crypto::crc32_combine(a32, b32, b_bytes);
        case ChecksumAlgorithm::Crc32c:
            return crypto::crc32c_combine(a32, b32, b_bytes);
        case ChecksumAlgorithm::Crc64Nvme:
            return crypto::crc64nvme_combine(a, b, b_bytes);
        case ChecksumAlgorithm::None:
        case ChecksumAlgorithm::Sha1:
        case ChecksumAlgorithm::Sha256:
            break;
    }
    return 0;
}

Checksum full_checksum(ChecksumAlgorithm algorithm, const std::vector<catalog::StoredPart>& parts) {
    std::uint64_t crc = 0;
    for (const catalog::StoredPart& part : parts) {
        crc = combine(algorithm, crc, crc_value(part.part.checksum.value), part.part.size_bytes);
    }
    const std::size_t bytes = algorithm == ChecksumAlgorithm::Crc64Nvme ? 8 : 4;
    return {.algorithm = algorithm,
            .type = ChecksumType::FullObject,
            .value = codec::base64_encode(as_bytes(big_endian(crc).substr(8 - bytes)))};
}

Checksum composite_checksum(ChecksumAlgorithm algorithm,
                            const std::vector<catalog::StoredPart>& parts) {
    std::string joined;
    for (const catalog::StoredPart& part : parts) {
        joined += to_string(codec::base64_decode(part.part.checksum.value).value_or(Bytes{}));
    }
    std::string raw;
    switch (algorithm) {
        case ChecksumAlgorithm::Crc32:
            raw = big_endian(crypto::crc32(as_bytes(joined))).substr(4);
            break;
        case ChecksumAlgorithm::Crc32c:
            raw = big_endian(crc32c(as_bytes(joined))).substr(4);
            break;
        case ChecksumAlgorithm::Crc64Nvme:
            raw = big_endian(crypto::crc64nvme(as_bytes(joined)));
            break;
        case ChecksumAlgorithm::Sha1:
            raw = to_string(crypto::sha1(as_bytes(joined)).bytes());
            break;
        case ChecksumAlgorithm::Sha256:
            raw = to_string(crypto::sha256(as_bytes(joined)).bytes());
            break;
        case ChecksumAlgorithm::None:
            return {};
    }
    return {.algorithm = algorithm,
            .type = ChecksumType::Composite,
            .value = fmt::format("{}-{}", codec::base64_encode(as_bytes(raw)), parts.size())};
}

Checksum checksum_of_parts(const MultipartUpload& upload,
                           const std::vector<catalog::StoredPart>& parts) {
    const bool all_have_it = std::ranges::all_of(parts, [&upload](const catalog::StoredPart& part) {
        return part.part.checksum.algorithm == upload.checksum_algorithm;
    });
    if (upload.checksum_algorithm == ChecksumAlgorithm::None || !all_have_it) {
        return {};
    }
    return upload.checksum_type == ChecksumType::FullObject
               ? full_checksum(upload.checksum_algorithm, parts)
               : composite_checksum(upload.checksum_algorithm, parts);
}

/// Fills what the version is from its parts: size, ETag, CRC-64, layout.
Result<void> describe(ObjectVersion& version,
                      const MultipartUpload& upload,
                      const std::vector<catalog::StoredPart>& parts,
                      const std::optional<Checksum>& stated) {
    std::string md5s;
    for (const catalog::StoredPart& part : parts) {
        version.size_bytes += part.part.size_bytes;
        version.crc64 = crypto::crc64_combine(version.crc64, part.part.crc64, part.part.size_bytes);
        md5s += to_string(codec::hex_decode(part.part.etag).value_or(Bytes{}));
        if (version.parts.empty() || version.parts.back().size_bytes != part.part.size_bytes) {
            version.parts.push_back({.count = 0, .size_bytes = part.part.size_bytes});
        }
        ++version.parts.back().count;
    }
    version.type = ObjectType::Multipart;
    version.etag =
        fmt::format("{}-{}", codec::hex_upper(crypto::md5(as_bytes(md5s)).bytes()), parts.size());
    version.checksum = checksum_of_parts(upload, parts);
    if (stated && version.checksum.algorithm == stated->algorithm &&
        version.checksum.value != stated->value) {
        return fail(ErrorCode::BadDigest,
                    "The checksum of the object did not match what you specified.");
    }
    return {};
}

}  // namespace

Task<Result<Written>> ObjectServiceImpl::complete_upload(const Caller& caller,
                                                         CompleteUploadRequest request) {
    CO_TRY(const BucketPtr bucket, bucket_for(caller, request.upload.bucket, access::Need::Write));
    catalog::Partition& partition = bucket->partition();
    const std::string upload_id = request.upload.upload_id;
    const auto held = co_await partition.key_locks().lock("upload:" + upload_id);
    CO_TRY(catalog::FoundUpload found,
           co_await catalog::find_upload(partition, request.upload.key, upload_id));
    CO_TRY(const catalog::FoundUpload marked,
           co_await catalog::begin_complete(partition, std::move(found), catalog_.run_id()));
    const MultipartUpload& upload = marked.stored.upload;

    NewVersion put{.bucket = bucket,
                   .stored = {},
                   .companions = catalog::end_of_upload(marked),
                   .forbid_overwrite = request.forbid_overwrite,
                   .conditions = request.conditions};
    ObjectVersion& version = put.stored.version;
    version = new_version(caller, *bucket->config(), upload.key, upload.attributes, true);
    version.owner = upload.owner;
    version.encryption = upload.encryption;
    put.stored.body.manifest_id = upload_id;
    catalog::FreedBodies freed;

    Result<void> prepared;
    auto parts = co_await load_parts(partition, upload_id);
    if (!parts) {
        prepared = fail(std::move(parts).error());
    } else if (auto chosen = choose_parts(request, *parts); !chosen) {
        prepared = fail(std::move(chosen).error());
    } else {
        prepared = describe(version, upload, *chosen, request.checksum);
        if (prepared && !parts->empty()) {
            std::vector<catalog::StoredPart> unused;
            for (auto& [number, part] : *parts) {
                unused.push_back(std::move(part));
            }
            prepared = co_await catalog::drop_parts(partition, upload_id, std::move(unused), freed);
        }
    }
    Result<Written> written =
        prepared ? co_await commit_new(std::move(put)) : Result<Written>(fail(prepared.error()));
    if (!written && written.error().code != ErrorCode::MaybeCommitted) {
        CO_TRY_VOID(co_await catalog::cancel_complete(partition, marked));
    }
    CO_TRY_VOID(co_await catalog::reap_bodies(partition, blobs_, std::move(freed)));
    co_return written;
}

}  // namespace antipode::object
