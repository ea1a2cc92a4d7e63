#include "admin/lost_body_events.h"

#include <string_view>

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "telemetry/log.h"

namespace antipode::admin {

namespace {

using replication::LostBody;
using replication::LostBodyNews;

/// Empty: no version names it yet.
std::string version_id_of(const catalog::BodyPlace& place) {
    if (place.is_of_upload()) {
        return {};
    }
    return place.is_null ? std::string(kNullVersionId) : to_version_id(place.order);
}

std::string name_of(const LostBody& body) {
    const std::string version = version_id_of(body.place);
    std::string out = version.empty() ? "an unfinished upload" : "version " + version;
    if (body.place.is_part()) {
        out += fmt::format(", part {}", body.place.part);
    }
    return out;
}

struct Sentence {
    std::string_view kind;
    std::string text;
};

Sentence sentence_of(const LostBody& body, LostBodyNews news, const std::string& detail) {
    const std::string name = name_of(body);
    switch (news) {
        case LostBodyNews::Lost:
            return {.kind = "object.lost",
                    .text = fmt::format("{}: {} bytes at offset {} are damaged in the zones beyond "
                                        "repair; other regions are asked for them",
                                        name,
                                        body.bytes,
                                        body.offset)};
        case LostBodyNews::Rebuilt:
            return {.kind = "object.rebuilt",
                    .text = fmt::format("{}: what was beyond repair was rebuilt from the region "
                                        "'{}'",
                                        name,
                                        detail)};
        case LostBodyNews::Whole:
            return {.kind = "object.whole",
                    .text = name + ": what was beyond repair can be read again"};
        case LostBodyNews::Gone:
            return {.kind = "object.gone",
                    .text = name + ": what was beyond repair was removed or replaced"};
    }
    return {};
}

}  // namespace

boost::json::value describe(const LostBody& body) {
    boost::json::object out{{"bucket", body.place.bucket},
                            {"key", body.place.key},
                            {"version_id", version_id_of(body.place)},
                            {"offset", body.offset},
                            {"size", body.bytes},
                            {"since_ms", body.since_ms},
                            {"reason", body.reason},
                            {"tries", body.tries},
                            {"next_try_ms", body.next_try_ms}};
    if (body.place.is_part()) {
        out.emplace("part", body.place.part);
    }
    return out;
}

replication::LostBodies::Listener lost_body_events(EventLog& events) {
    return [&events](const LostBody& body, LostBodyNews news, const std::string& detail) {
        Sentence sentence = sentence_of(body, news, detail);
        const std::string subject = body.place.bucket + "/" + body.place.key;
        telemetry::log().warning("an object is or was beyond repair",
                                 {{"object", subject}, {"what", sentence.text}});
        events.add(runtime::Executor::current().wall_now(),
                   subject,
                   std::move(sentence.text),
                   std::string(sentence.kind));
    };
}

}  // namespace antipode::admin
