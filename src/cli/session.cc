#include "cli/session.h"

#include <fmt/format.h>
#include <toml++/toml.h>

namespace antipode::cli {

namespace {

struct Profile {
    std::string endpoint;
    std::string access_key;
    std::string secret;
};

std::unexpected<Error> refuse(std::string message) {
    return fail(ErrorCode::InvalidArgument, std::move(message));
}

std::string profile_file(const Environment& environment) {
    if (const auto base = environment("XDG_CONFIG_HOME")) {
        return *base + "/antipode/admin.toml";
    }
    return environment("HOME").value_or("") + "/.config/antipode/admin.toml";
}

/// Nothing when the file does not exist or has no such table.
Result<std::optional<Profile>> read_profile(const std::string& file,
                                            const std::string& name,
                                            runtime::FileSystem& files) {
    const auto content = files.read_file(file);
    if (!content) {
        return std::nullopt;
    }
    try {
        const toml::table table = toml::parse(*content);
        const toml::table* found = table[name].as_table();
        if (found == nullptr) {
            return std::nullopt;
        }
        const toml::table& fields = *found;
        for (const auto& [key, node] : fields) {
            if ((key != "endpoint" && key != "access-key" && key != "secret-key") ||
                !node.is_string()) {
                return refuse(
                    fmt::format("{}: profile {} takes the strings endpoint, access-key and "
                                "secret-key, not '{}'",
                                file,
                                name,
                                key.str()));
            }
        }
        return Profile{.endpoint = fields["endpoint"].value_or(std::string()),
                       .access_key = fields["access-key"].value_or(std::string()),
                       .secret = fields["secret-key"].value_or(std::string())};
    } catch (const toml::parse_error& error) {
        return refuse(
            fmt::format("{} line {}: {}", file, error.source().begin.line, error.description()));
    }
}

Result<void> set_endpoint(Session& session, std::string_view url) {
    std::string_view rest = url;
    session.tls = rest.starts_with("https://");
    if (!session.tls && !rest.starts_with("http://")) {
        return refuse(
            fmt::format("the endpoint '{}' does not begin with http:// or https://", url));
    }
    rest.remove_prefix(session.tls ? 8 : 7);
    if (rest.ends_with('/')) {
        rest.remove_suffix(1);
    }
    if (rest.empty() || rest.find_first_of("/ @?#") != std::string_view::npos) {
        return refuse(fmt::format("the endpoint '{}' is not like http://127.0.0.1:9000", url));
    }
    session.address = rest;
    const std::size_t colon = rest.rfind(':');
    if (colon == std::string_view::npos || rest.ends_with(']')) {
        session.address += session.tls ? ":443" : ":80";
    }
    return {};
}

}  // namespace

Result<Session> open_session(const SessionChoice& choice,
                             const Environment& environment,
                             runtime::FileSystem& files) {
    const std::string file = profile_file(environment);
    TRY(std::optional<Profile> profile,
        read_profile(file, choice.profile.empty() ? "default" : choice.profile, files));
    if (!choice.profile.empty() && !profile) {
        return refuse(fmt::format("there is no profile {} in {}", choice.profile, file));
    }

    Session session;
    std::string url = choice.endpoint;
    if (url.empty() && choice.profile.empty()) {
        url = environment("ANTIPODE_ENDPOINT").value_or("");
    }
    if (url.empty() && profile) {
        url = profile->endpoint;
    }
    TRY_VOID(set_endpoint(session, url.empty() ? "http://127.0.0.1:9000" : url));

    if (choice.profile.empty()) {
        session.access_key = environment("ANTIPODE_ACCESS_KEY").value_or("");
        session.secret = environment("ANTIPODE_SECRET_KEY").value_or("");
    }
    if (session.access_key.empty() && session.secret.empty() && profile) {
        session.access_key = profile->access_key;
        session.secret = profile->secret;
    }
    if (session.access_key.empty() || session.secret.empty()) {
        return refuse(
            fmt::format("no credential: set ANTIPODE_ACCESS_KEY and ANTIPODE_SECRET_KEY, or write "
                        "a profile into {}",
                        file));
    }
    return session;
}

}  // namespace antipode::cli
