#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace antipode::detail {

void check_failed(std::string_view condition, const char* file, int line) {
    std::fprintf(stderr,
                 "CHECK failed: %.*s at %s:%d\n",
                 static_cast<int>(condition.size()),
                 condition.data(),
                 file,
                 line);
    std::abort();
}

}  // namespace antipode::detail
