#include "telemetry/request_id.h"

namespace antipode::telemetry {

namespace {

void write_hex(std::string& out, std::size_t position, std::size_t digits, std::uint64_t value) {
    for (std::size_t i = digits; i > 0; --i) {
        out[position + i - 1] = "0123456789ABCDEF"[value & 0xFU];
        value >>= 4U;
    }
}

}  // namespace

std::string make_request_id(runtime::WallTime now, std::uint64_t random) {
    const auto second = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
    std::string id(24, '0');
    write_hex(id, 0, 8, static_cast<std::uint64_t>(second));
    write_hex(id, 8, 16, random);
    return id;
}

std::string next_request_id() {
    runtime::Executor& executor = runtime::Executor::current();
    return make_request_id(executor.wall_now(), executor.random());
}

}  // namespace antipode::telemetry
