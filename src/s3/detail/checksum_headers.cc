#include "s3/detail/checksum_headers.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include <fmt/format.h>

#include "base/bytes.h"
#include "codec/ascii.h"
#include "codec/base64.h"

namespace antipode::s3 {

namespace {

struct Row {
    ChecksumAlgorithm algorithm;
    std::string_view suffix;
    std::string_view upper;
    std::size_t bytes;
};

constexpr std::array kRows = {
    Row{ChecksumAlgorithm::Crc32, "crc32", "CRC32", 4},
    Row{ChecksumAlgorithm::Crc32c, "crc32c", "CRC32C", 4},
    Row{ChecksumAlgorithm::Crc64Nvme, "crc64nvme", "CRC64NVME", 8},
    Row{ChecksumAlgorithm::Sha1, "sha1", "SHA1", 20},
    Row{ChecksumAlgorithm::Sha256, "sha256", "SHA256", 32},
};

const Row* row_of(ChecksumAlgorithm algorithm) {
    const auto found = std::ranges::find(kRows, algorithm, &Row::algorithm);
    return found == kRows.end() ? nullptr : &*found;
}

constexpr std::string_view kPrefix = "x-amz-checksum-";

/// x-amz-checksum-mode, -type and -algorithm are not checksums.
bool is_checksum_header(std::string_view lower_name) {
    return lower_name != "x-amz-checksum-mode" && lower_name != "x-amz-checksum-type" &&
           lower_name != "x-amz-checksum-algorithm";
}

}  // namespace

std::string_view checksum_suffix(ChecksumAlgorithm algorithm) {
    const Row* row = row_of(algorithm);
    return row == nullptr ? std::string_view() : row->suffix;
}

std::string checksum_header(ChecksumAlgorithm algorithm) {
    return fmt::format("{}{}", kPrefix, checksum_suffix(algorithm));
}

std::string checksum_element(ChecksumAlgorithm algorithm) {
    const Row* row = row_of(algorithm);
    return fmt::format("Checksum{}", row == nullptr ? std::string_view() : row->upper);
}

S3Result<ChecksumAlgorithm> parse_checksum_algorithm(std::string_view text) {
    const auto found = std::ranges::find(kRows, codec::to_lower(text), &Row::suffix);
    if (found == kRows.end()) {
        return refuse(words::kInvalidRequest,
                      "Checksum algorithm provided is unsupported. Please try again with any of "
                      "the valid types: "
                      "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256]");
    }
    return found->algorithm;
}

std::string_view checksum_type_name(ChecksumType type) {
    return type == ChecksumType::Composite ? "COMPOSITE" : "FULL_OBJECT";
}

S3Result<ChecksumType> parse_checksum_type(std::string_view text) {
    if (text == "COMPOSITE") {
        return ChecksumType::Composite;
    }
    if (text == "FULL_OBJECT") {
        return ChecksumType::FullObject;
    }
    return refuse(words::kInvalidRequest, "Value for x-amz-checksum-type header is invalid.");
}

S3Result<ChecksumClaim> read_checksum_claim(const http::Headers& headers) {
    ChecksumClaim claim;
    for (const auto& [field, value] : headers.all()) {
        if (!codec::starts_with_without_case(field, kPrefix)) {
            continue;
        }
        const std::string name = codec::to_lower(field);
        if (!is_checksum_header(name)) {
            continue;
        }
        if (claim.algorithm != ChecksumAlgorithm::None) {
            return refuse(words::kInvalidRequest,
                          "Expecting a single x-amz-checksum- header. Multiple checksum Types are "
                          "not allowed.");
        }
        TRY(claim.algorithm,
            parse_checksum_algorithm(std::string_view(name).substr(kPrefix.size())));
        claim.value = value;
    }
    const std::string trailer = codec::to_lower(headers.get("x-amz-trailer"));
    if (!trailer.empty()) {
        if (!trailer.starts_with(kPrefix)) {
            return refuse(words::kInvalidRequest,
                          "The value specified in the x-amz-trailer header is not supported");
        }
        if (claim.algorithm != ChecksumAlgorithm::None) {
            return refuse(words::kInvalidRequest,
                          "Expecting a single x-amz-checksum- header. Multiple checksum Types are "
                          "not allowed.");
        }
        TRY(claim.algorithm,
            parse_checksum_algorithm(std::string_view(trailer).substr(kPrefix.size())));
        claim.is_in_trailer = true;
    }
    const std::string_view named = headers.get("x-amz-sdk-checksum-algorithm");
    if (!named.empty()) {
        TRY(const ChecksumAlgorithm algorithm, parse_checksum_algorithm(named));
        if (claim.algorithm == ChecksumAlgorithm::None) {
            claim.algorithm = algorithm;
        } else if (claim.algorithm != algorithm) {
            return refuse(words::kInvalidRequest,
                          "Value for x-amz-sdk-checksum-algorithm header is invalid.");
        }
    }
    return claim;
}

S3Result<std::string> decode_checksum(ChecksumAlgorithm algorithm, std::string_view base64) {
    const Row* row = row_of(algorithm);
    const std::optional<Bytes> bytes = codec::base64_decode(base64);
    if (row == nullptr || !bytes || bytes->size() != row->bytes) {
        return refuse(words::kInvalidRequest,
                      fmt::format("Value for {} header is invalid.", checksum_header(algorithm)));
    }
    return to_string(*bytes);
}

std::optional<std::string> checksum_of_element(const codec::XmlElement& element) {
    for (const Row& row : kRows) {
        const std::string_view text = element.child_text(checksum_element(row.algorithm));
        if (!text.empty()) {
            return std::string(text);
        }
    }
    return std::nullopt;
}

void add_checksum_headers(http::Headers& headers, const Checksum& checksum) {
    if (checksum.algorithm != ChecksumAlgorithm::None && !checksum.value.empty()) {
        headers.add(checksum_header(checksum.algorithm), checksum.value);
        headers.add("x-amz-checksum-type", std::string(checksum_type_name(checksum.type)));
    }
}

void write_checksum(codec::XmlWriter& xml, const Checksum& checksum) {
    if (checksum.algorithm != ChecksumAlgorithm::None && !checksum.value.empty()) {
        xml.element(checksum_element(checksum.algorithm), checksum.value);
    }
}

}  // namespace antipode::s3
