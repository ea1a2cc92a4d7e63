#include <gtest/gtest.h>

#include "base/bytes.h"
#include "codec/base64.h"
#include "codec/hex.h"
#include "codec/utf8.h"

namespace antipode::codec {
namespace {

TEST(Hex, goes_there_and_back) {
    EXPECT_EQ(hex_lower(as_bytes("\x01\xab\xff")), "01abff");
    EXPECT_EQ(hex_upper(as_bytes("\x01\xab\xff")), "01ABFF");
    EXPECT_EQ(to_string(*hex_decode("01abFF")), "\x01\xab\xff");
}

TEST(Hex, refuses_odd_length_and_other_characters) {
    EXPECT_FALSE(hex_decode("0"));
    EXPECT_FALSE(hex_decode("0g"));
}

TEST(Base64, agrees_with_rfc_4648) {
    const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                     {"f", "Zg=="},
                                                                     {"fo", "Zm8="},
                                                                     {"foo", "Zm9v"},
                                                                     {"foob", "Zm9vYg=="},
                                                                     {"fooba", "Zm9vYmE="},
                                                                     {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, coded] : vectors) {
        EXPECT_EQ(base64_encode(as_bytes(plain)), coded);
        ASSERT_TRUE(base64_decode(coded));
        EXPECT_EQ(to_string(*base64_decode(coded)), plain);
    }
}

TEST(Base64, refuses_what_is_not_canonical) {
    for (const std::string_view bad :
         {"Zg", "Zg=", "Zh==", "Zg==\n", "Z===", "====", "Zm9v!mFy", "=Zg="}) {
        EXPECT_FALSE(base64_decode(bad)) << bad;
    }
}

TEST(Utf8, knows_well_formed_text) {
    EXPECT_TRUE(is_valid_utf8("plain \xC3\xA4 \xE4\xB8\xAD \xF0\x9F\x98\x80"));
    for (const std::string_view bad :
         {"\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE4\xB8"}) {
        EXPECT_FALSE(is_valid_utf8(bad));
    }
}

}  // namespace
}  // namespace antipode::codec
