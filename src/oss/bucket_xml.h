#pragma once

#include <string>
#include <string_view>

#include "codec/xml_reader.h"
#include "codec/xml_writer.h"
#include "oss/exchange.h"

/// Pieces of XML that several answers share.
namespace antipode::oss {

void append_owner(codec::XmlWriter& xml, const AccountId& owner);

/// <AccessControlPolicy> of a bucket or an object.
http::Response acl_response(const AccountId& owner, Acl acl);

/// "Standard" and "IA"; InvalidArgument for no class at all, NotImplemented for the classes whose
/// objects must be restored before they can be read.
Result<StorageClass> read_storage_class(Exchange& x, const std::string& text);

/// This region as bucket documents name it: "oss-cn-hangzhou".
std::string location_of(const Exchange& x);

/// "None", "AES256", "KMS".
std::string_view encryption_name(const Encryption& encryption);

/// Tagging/TagSet/Tag*; MalformedXml when it is not that.
Result<NamedValues> parse_tagging(const std::string& body);
http::Response tagging_response(const NamedValues& tags);

}  // namespace antipode::oss
