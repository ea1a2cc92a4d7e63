#include "object/detail/body_seal.h"

namespace antipode::object {

namespace {

std::string key_name_of(const Encryption& encryption) {
    return encryption.kind == EncryptionKind::Aes256 ? sealing::kManagedKeyName
                                                     : sealing::kms_key_name(encryption.kms_key);
}

Error as_key_error(Error error) {
    if (error.code == ErrorCode::NotFound) {
        error.code = ErrorCode::NoSuchEncryptionKey;
    }
    return error;
}

std::unexpected<Error> no_keys() {
    return fail(ErrorCode::NotImplemented,
                "server-side encryption needs keys: this server was started without "
                "--key-directory");
}

}  // namespace

Result<void> check_encryption(const sealing::KeySource* keys, const Encryption& encryption) {
    if (encryption.is_none()) {
        return {};
    }
    if (keys == nullptr) {
        return no_keys();
    }
    if (auto there = keys->check(key_name_of(encryption)); !there) {
        return fail(as_key_error(std::move(there).error()));
    }
    return {};
}

Task<Result<sealing::DataKey>> make_data_key(BodySeal seal) {
    if (seal.keys == nullptr) {
        co_return no_keys();
    }
    auto made =
        co_await seal.keys->make_data_key(key_name_of(seal.encryption), std::move(seal.context));
    if (!made) {
        co_return fail(as_key_error(std::move(made).error()));
    }
    co_return made;
}

Task<Result<crypto::AesKey>> open_data_key(sealing::KeySource* keys,
                                           std::string envelope,
                                           std::string context) {
    if (keys == nullptr) {
        co_return no_keys();
    }
    auto opened = co_await keys->open_data_key(std::move(envelope), std::move(context));
    if (!opened) {
        co_return fail(as_key_error(std::move(opened).error()));
    }
    co_return opened;
}

}  // namespace antipode::object
