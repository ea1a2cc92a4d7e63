#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "codec/xml_reader.h"
#include "codec/xml_writer.h"
#include "http/message.h"
#include "model/object_version.h"
#include "s3/detail/errors.h"

/// The x-amz-checksum-* family.
namespace antipode::s3 {

/// "crc32", "crc32c", "crc64nvme", "sha1", "sha256"; "" for None.
[[nodiscard]] std::string_view checksum_suffix(ChecksumAlgorithm algorithm);
/// "x-amz-checksum-crc32"
[[nodiscard]] std::string checksum_header(ChecksumAlgorithm algorithm);
/// "ChecksumCRC32": the element in XML.
[[nodiscard]] std::string checksum_element(ChecksumAlgorithm algorithm);
/// Any case ("CRC32C", "sha256"); InvalidRequest for an algorithm that is not ours.
[[nodiscard]] S3Result<ChecksumAlgorithm> parse_checksum_algorithm(std::string_view text);
/// "COMPOSITE" / "FULL_OBJECT"
[[nodiscard]] std::string_view checksum_type_name(ChecksumType type);
[[nodiscard]] S3Result<ChecksumType> parse_checksum_type(std::string_view text);

/// What a request says about the checksum of its body.
struct ChecksumClaim {
    ChecksumAlgorithm algorithm = ChecksumAlgorithm::None;
    std::string value;  ///< base64 as sent; "" when it comes in the trailer or is only named.
    bool is_in_trailer = false;
};

/// From x-amz-checksum-*, x-amz-trailer and x-amz-sdk-checksum-algorithm. InvalidRequest when they
/// contradict each other.
[[nodiscard]] S3Result<ChecksumClaim> read_checksum_claim(const http::Headers& headers);

/// base64 of an algorithm's size as raw bytes; InvalidRequest otherwise.
[[nodiscard]] S3Result<std::string> decode_checksum(ChecksumAlgorithm algorithm,
                                                    std::string_view base64);

/// The first Checksum... child of an element (a part of CompleteMultipartUpload), base64.
[[nodiscard]] std::optional<std::string> checksum_of_element(const codec::XmlElement& element);

void add_checksum_headers(http::Headers& headers, const Checksum& checksum);
void write_checksum(codec::XmlWriter& xml, const Checksum& checksum);

}  // namespace antipode::s3
