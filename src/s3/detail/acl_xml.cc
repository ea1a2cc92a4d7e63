#include "s3/detail/acl_xml.h"

#include "codec/xml_reader.h"
#include "codec/xml_writer.h"
#include "s3/detail/attributes.h"
#include "s3/detail/payload.h"
#include "s3/detail/render.h"

namespace antipode::s3 {

namespace {

constexpr std::string_view kAllUsers = "http://acs.amazonaws.com/groups/global/AllUsers";
constexpr std::string_view kInstance = "http://www.w3.org/2001/XMLSchema-instance";

void open_grant(codec::XmlWriter& xml, std::string_view type) {
    xml.open("Grant");
    xml.open_with("Grantee",
                  std::string("xmlns:xsi=\"")
                      .append(kInstance)
                      .append("\" xsi:type=\"")
                      .append(type)
                      .append("\""));
}

void write_public_grant(codec::XmlWriter& xml, std::string_view permission) {
    open_grant(xml, "Group");
    xml.element("URI", kAllUsers).close().element("Permission", permission).close();
}

}  // namespace

http::Response acl_response(const AccountId& owner, Acl acl) {
    codec::XmlWriter xml;
    xml.open("AccessControlPolicy", kNamespace);
    write_owner(xml, owner);
    xml.open("AccessControlList");
    open_grant(xml, "CanonicalUser");
    xml.element("ID", owner.str()).element("DisplayName", owner.str()).close();
    xml.element("Permission", "FULL_CONTROL").close();
    if (acl == Acl::PublicRead || acl == Acl::PublicReadWrite) {
        write_public_grant(xml, "READ");
    }
    if (acl == Acl::PublicReadWrite) {
        write_public_grant(xml, "WRITE");
    }
    xml.close().close();
    return xml_response(xml);
}

S3Result<Acl> parse_acl_xml(std::string_view text) {
    TRY(const codec::XmlElement root, codec::parse_xml(text));
    const codec::XmlElement* list = root.child("AccessControlList");
    if (root.name != "AccessControlPolicy" || list == nullptr) {
        return refuse(words::kMalformedXml);
    }
    const std::string_view owner =
        root.child("Owner") == nullptr ? std::string_view() : root.child("Owner")->child_text("ID");
    bool everyone_reads = false;
    bool everyone_writes = false;
    for (const codec::XmlElement& grant : list->children) {
        const codec::XmlElement* grantee = grant.child("Grantee");
        const std::string_view permission = grant.child_text("Permission");
        if (grant.name != "Grant" || grantee == nullptr || permission.empty()) {
            return refuse(words::kMalformedXml);
        }
        const bool is_everyone = grantee->child_text("URI") == kAllUsers;
        const bool is_owner = !owner.empty() && grantee->child_text("ID") == owner;
        if (is_owner && permission == "FULL_CONTROL") {
            continue;
        }
        if (!is_everyone || (permission != "READ" && permission != "WRITE")) {
            return refuse_not_implemented(
                "An ACL that is not one of private, public-read and public-read-write");
        }
        everyone_reads = everyone_reads || permission == "READ";
        everyone_writes = everyone_writes || permission == "WRITE";
    }
    if (everyone_writes && !everyone_reads) {
        return refuse_not_implemented("An ACL that lets everyone write but not read");
    }
    return everyone_writes ? Acl::PublicReadWrite : everyone_reads ? Acl::PublicRead : Acl::Private;
}

Task<S3Result<Acl>> read_acl(Call& call) {
    CO_TRY(const std::string body, co_await read_payload_text(call));
    CO_TRY(const Acl canned, parse_canned_acl(call.request.headers));
    if (canned != Acl::Default) {
        co_return canned;
    }
    if (body.empty()) {
        co_return refuse(words::kInvalidRequest,
                         "Your request was missing a required header: x-amz-acl");
    }
    co_return parse_acl_xml(body);
}

}  // namespace antipode::s3
