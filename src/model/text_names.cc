#include "model/text_names.h"

#include <array>
#include <utility>

namespace antipode {

namespace {

template <typename Enum, std::size_t N>
std::optional<Enum> find(const std::array<std::pair<std::string_view, Enum>, N>& table,
                         std::string_view text) {
    for (const auto& [name, value] : table) {
        if (name == text) {
            return value;
        }
    }
    return std::nullopt;
}

template <typename Enum, std::size_t N>
std::string_view name(const std::array<std::pair<std::string_view, Enum>, N>& table, Enum wanted) {
    for (const auto& [text, value] : table) {
        if (value == wanted) {
            return text;
        }
    }
    return {};
}

using ClassName = std::pair<std::string_view, StorageClass>;

constexpr std::array kOssClasses{
    ClassName{"Standard", StorageClass::Standard},
    ClassName{"IA", StorageClass::InfrequentAccess},
    ClassName{"Archive", StorageClass::Archive},
    ClassName{"ColdArchive", StorageClass::ColdArchive},
    ClassName{"DeepColdArchive", StorageClass::DeepColdArchive},
};

constexpr std::array kS3Classes{
    ClassName{"STANDARD", StorageClass::Standard},
    ClassName{"STANDARD_IA", StorageClass::InfrequentAccess},
    ClassName{"GLACIER_IR", StorageClass::Archive},
    ClassName{"GLACIER", StorageClass::ColdArchive},
    ClassName{"DEEP_ARCHIVE", StorageClass::DeepColdArchive},
};

constexpr std::array kAcls{
    std::pair<std::string_view, Acl>{"default", Acl::Default},
    std::pair<std::string_view, Acl>{"private", Acl::Private},
    std::pair<std::string_view, Acl>{"public-read", Acl::PublicRead},
    std::pair<std::string_view, Acl>{"public-read-write", Acl::PublicReadWrite},
};

constexpr std::array kTypes{
    std::pair<std::string_view, ObjectType>{"Normal", ObjectType::Normal},
    std::pair<std::string_view, ObjectType>{"Multipart", ObjectType::Multipart},
    std::pair<std::string_view, ObjectType>{"Appendable", ObjectType::Appendable},
    std::pair<std::string_view, ObjectType>{"Symlink", ObjectType::Symlink},
};

constexpr std::array kStatuses{
    std::pair<std::string_view, ReplicationStatus>{"starting", ReplicationStatus::Starting},
    std::pair<std::string_view, ReplicationStatus>{"doing", ReplicationStatus::Doing},
    std::pair<std::string_view, ReplicationStatus>{"closing", ReplicationStatus::Closing},
};

}  // namespace

std::string_view oss_name(StorageClass storage_class) {
    return name(kOssClasses, storage_class);
}

std::optional<StorageClass> parse_oss_storage_class(std::string_view text) {
    return find(kOssClasses, text);
}

std::string_view s3_name(StorageClass storage_class) {
    return name(kS3Classes, storage_class);
}

std::optional<StorageClass> parse_s3_storage_class(std::string_view text) {
    return find(kS3Classes, text);
}

std::string_view acl_name(Acl acl) {
    return name(kAcls, acl);
}

std::optional<Acl> parse_acl(std::string_view text) {
    return find(kAcls, text);
}

std::string_view oss_name(ObjectType type) {
    return name(kTypes, type);
}

std::string_view oss_name(ReplicationStatus status) {
    return name(kStatuses, status);
}

}  // namespace antipode
