#include "base/record.h"

#include <gtest/gtest.h>

namespace antipode {

TEST(Record, gives_back_what_was_written) {
    RecordWriter writer;
    writer.u8(7);
    writer.u32(0xDEADBEEF);
    writer.u64(1ULL << 63U);
    writer.varint(300);
    writer.text("zone");

    RecordReader reader(writer.str());

    EXPECT_EQ(reader.u8(), 7);
    EXPECT_EQ(reader.u32(), 0xDEADBEEF);
    EXPECT_EQ(reader.u64(), 1ULL << 63U);
    EXPECT_EQ(reader.varint(), 300U);
    EXPECT_EQ(reader.text(), "zone");
    EXPECT_TRUE(reader.finish("record"));
}

TEST(Record, refuses_every_truncation) {
    RecordWriter writer;
    writer.u64(5);
    writer.text("hello");
    const std::string whole = writer.take();

    for (std::size_t size = 0; size < whole.size(); ++size) {
        RecordReader reader(std::string_view(whole).substr(0, size));
        reader.u64();
        reader.text();
        EXPECT_FALSE(reader.finish("record")) << size;
    }
}

TEST(Record, refuses_a_varint_without_end) {
    RecordReader reader("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff");
    reader.varint();
    EXPECT_FALSE(reader.ok());
}

TEST(BigEndian, sorts_like_the_number) {
    EXPECT_LT(big_endian(255), big_endian(256));
    EXPECT_EQ(from_big_endian(big_endian(0x0102030405060708ULL)), 0x0102030405060708ULL);
}

}  // namespace antipode
