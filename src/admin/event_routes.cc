#include "admin/event_routes.h"

#include <charconv>

#include <boost/json/array.hpp>

namespace antipode::admin {

Task<Answer> EventRoutes::handle(Call call) {
    if (!call.is("GET", 0)) {
        co_return no_such_route(call);
    }
    std::uint64_t after = 0;
    if (const std::string_view text = call.query.get("after"); !text.empty()) {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), after);
        if (error != std::errc{} || end != text.data() + text.size()) {
            co_return fail(ErrorCode::InvalidArgument, "the parameter 'after' takes an event's id");
        }
    }
    boost::json::array list;
    for (const Event& event : events_.after(after)) {
        list.push_back({{"id", event.id},
                        {"time_ms", event.time_ms},
                        {"subject", event.subject},
                        {"text", event.text},
                        {"kind", event.kind}});
    }
    co_return boost::json::value{{"events", std::move(list)}};
}

}  // namespace antipode::admin
