#include "base/open_record.h"

#include <string>

namespace antipode {

Result<RecordReader> open_record(std::string_view value,
                                 std::uint8_t format,
                                 std::string_view what) {
    RecordReader in(value);
    if (in.u8() != format) {
        return fail(ErrorCode::Corrupt,
                    std::string(what) + " has a format that this program does not know");
    }
    return in;
}

}  // namespace antipode
