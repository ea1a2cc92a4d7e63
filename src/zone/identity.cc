#include "zone/identity.h"

#include <algorithm>
#include <set>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace antipode::zone {

namespace {

namespace json = boost::json;

constexpr int kFormat = 1;
/// Never reached by counting: a greater one is damage, and would outvote the other zones for good.
constexpr std::int64_t kGenerationMax = std::int64_t{1} << 53U;

std::string path_of(const std::string& directory, std::string_view name) {
    return fmt::format("{}/{}", directory, name);
}

/// What may lie in a directory that still counts as empty: what a mount brings along, what a crash
/// in the first write of the identity leaves, and what is written into a new disk by a process that
/// has not noticed yet that it is one.
bool counts_as_nothing(const std::string& name) {
    return name == "lost+found" || name == "zone.json.tmp" || name == "zone.lock" ||
           name.starts_with("probe") || name.starts_with("incomplete.json");
}

std::string text_of(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

Result<json::object> parse(const std::string& text, const std::string& path) {
    json::error_code error;
    json::value value = json::parse(text, error);
    if (error || !value.is_object()) {
        return fail(ErrorCode::Corrupt, fmt::format("{} is not a JSON object", path));
    }
    const json::value* format = value.as_object().if_contains("format");
    if (format == nullptr || !format->is_int64() || format->as_int64() != kFormat) {
        return fail(ErrorCode::Corrupt,
                    fmt::format("{} has a format that this version does not know", path));
    }
    return std::move(value.as_object());
}

std::optional<std::vector<std::string>> names_of(const json::value* list) {
    if (list == nullptr || !list->is_array()) {
        return std::nullopt;
    }
    std::vector<std::string> names;
    for (const json::value& name : list->as_array()) {
        if (!name.is_string()) {
            return std::nullopt;
        }
        names.emplace_back(name.as_string());
    }
    return names;
}

/// Whole or not at all: half of what it says could declare a zone complete that is not.
std::optional<Incomplete> incomplete_of(const json::object& object) {
    const json::value* generation = object.if_contains("generation");
    std::optional<std::vector<std::string>> zones = names_of(object.if_contains("incomplete"));
    const json::value* held = object.if_contains("held");
    std::optional<std::vector<std::string>> held_names =
        held == nullptr ? std::vector<std::string>() : names_of(held);
    if (generation == nullptr || !generation->is_int64() || generation->as_int64() < 0 ||
        generation->as_int64() > kGenerationMax || !zones || !held_names) {
        return std::nullopt;
    }
    return Incomplete{.generation = static_cast<std::uint64_t>(generation->as_int64()),
                      .zones = std::move(*zones),
                      .held = std::move(*held_names)};
}

Incomplete read_incomplete(runtime::FileSystem& files, const std::string& directory) {
    const std::string path = path_of(directory, "incomplete.json");
    const Result<std::string> text = files.read_file(path);
    const Result<json::object> object = text ? parse(*text, path) : fail(text.error());
    // Generation 0: this zone has nothing to say, the others have.
    return object ? incomplete_of(*object).value_or(Incomplete{}) : Incomplete{};
}

}  // namespace

Result<Identity> read_identity(runtime::FileSystem& files, const std::string& directory) {
    const std::string path = path_of(directory, "zone.json");
    TRY(const std::string text, files.read_file(path));
    TRY(const json::object object, parse(text, path));
    const json::value* formed = object.if_contains("formed");
    Identity identity{.region = text_of(object, "region"),
                      .region_id = text_of(object, "region_id"),
                      .zone = text_of(object, "zone"),
                      .zone_id = text_of(object, "zone_id"),
                      .is_formed = formed != nullptr && formed->is_bool() && formed->as_bool()};
    if (identity.region_id.empty() || identity.zone_id.empty()) {
        return fail(ErrorCode::Corrupt, fmt::format("{} lacks an id", path));
    }
    return identity;
}

Result<Inspection> inspect(runtime::FileSystem& files, const std::string& directory) {
    const Result<std::vector<std::string>> names = files.list(directory);
    if (!names) {
        if (names.error().code == ErrorCode::NotFound) {
            return Inspection{};
        }
        return fail(names.error());
    }
    Inspection inspection;
    if (std::ranges::find(*names, "zone.json") != names->end()) {
        inspection.finding = Finding::Identified;
        TRY(inspection.identity, read_identity(files, directory));
        inspection.incomplete = read_incomplete(files, directory);
        return inspection;
    }
    const auto stranger = std::ranges::find_if_not(*names, counts_as_nothing);
    inspection.finding = stranger == names->end() ? Finding::Empty : Finding::Stranger;
    inspection.stranger = stranger == names->end() ? std::string() : *stranger;
    return inspection;
}

Result<void> write_identity(runtime::FileSystem& files,
                            const std::string& directory,
                            const Identity& identity) {
    const json::object object{{"format", kFormat},
                              {"region", identity.region},
                              {"region_id", identity.region_id},
                              {"zone", identity.zone},
                              {"zone_id", identity.zone_id},
                              {"formed", identity.is_formed}};
    return files.write_file_atomically(path_of(directory, "zone.json"),
                                       json::serialize(object) + "\n");
}

Result<void> write_incomplete(runtime::FileSystem& files,
                              const std::string& directory,
                              const Incomplete& incomplete) {
    json::object object{
        {"format", kFormat},
        {"generation", incomplete.generation},
        {"incomplete", json::array(incomplete.zones.begin(), incomplete.zones.end())}};
    if (!incomplete.held.empty()) {
        object["held"] = json::array(incomplete.held.begin(), incomplete.held.end());
    }
    return files.write_file_atomically(path_of(directory, "incomplete.json"),
                                       json::serialize(object) + "\n");
}

Result<void> probe(runtime::FileSystem& files, const std::string& directory, std::uint64_t number) {
    const std::string path = path_of(directory, "probe");
    const std::string content = fmt::format("{:020}\n", number);
    TRY_VOID(files.write_file_atomically(path, content));
    TRY(const std::string read, files.read_file(path));
    if (read != content) {
        return fail(ErrorCode::Io, fmt::format("{} does not give back what was written", path));
    }
    return {};
}

}  // namespace antipode::zone
