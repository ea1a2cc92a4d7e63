#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/output.h"
#include "crypto/certificate.h"

// Certificates of links between regions. They are made here, on the operator's machine, and carried
// to the regions by hand: trust never travels over what it protects.
namespace antipode::cli {

namespace {

constexpr std::int64_t kDaySeconds = 24 * 60 * 60;
constexpr std::int64_t kAuthorityDays = 3650;
/// A region whose clock is late must not refuse what was made a moment ago.
constexpr std::int64_t kClockSlackSeconds = 60 * 60;

struct LinkArguments {
    std::string directory;
    std::vector<std::string> regions;
    std::int64_t days = 365;
};

crypto::Validity validity(std::int64_t now_ms, std::int64_t days) {
    const std::int64_t now = now_ms / 1000;
    return {.from = now - kClockSlackSeconds, .until = now + (days * kDaySeconds)};
}

/// A directory that only its owner can look into, before a key lies in it.
Result<void> make_private_directory(runtime::FileSystem& files, const std::string& path) {
    TRY_VOID(files.create_directories(path));
    std::error_code error;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
    if (error) {
        return fail(ErrorCode::Io, fmt::format("cannot protect {}: {}", path, error.message()));
    }
    return {};
}

/// Certificate and key do not fit each other for a moment; a server that looks then keeps the
/// earlier ones.
Result<void> write_pair(runtime::FileSystem& files,
                        const std::string& directory,
                        const crypto::CertifiedKey& pair) {
    TRY_VOID(make_private_directory(files, directory));
    TRY_VOID(files.write_file_atomically(directory + "/key.pem", pair.key));
    return files.write_file_atomically(directory + "/certificate.pem", pair.certificate);
}

Result<crypto::CertifiedKey> read_authority(runtime::FileSystem& files,
                                            const std::string& directory) {
    crypto::CertifiedKey authority;
    TRY(authority.certificate, files.read_file(directory + "/authority/certificate.pem"));
    TRY(authority.key, files.read_file(directory + "/authority/key.pem"));
    return authority;
}

Result<void> check_region(const std::string& region) {
    const bool fits = !region.empty() && region.size() <= 32 && region != "authority" &&
                      std::ranges::all_of(region, [](char c) {
                          return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
                      });
    if (!fits) {
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("'{}' is not a region id such as cn-hangzhou", region));
    }
    return {};
}

Result<boost::json::value> issue_for(runtime::FileSystem& files,
                                     const LinkArguments& arguments,
                                     const crypto::CertifiedKey& authority,
                                     std::int64_t now_ms) {
    boost::json::array made;
    for (const std::string& region : arguments.regions) {
        const crypto::Validity when = validity(now_ms, arguments.days);
        TRY(const crypto::CertifiedKey pair, crypto::issue(authority, region, when));
        const std::string directory = arguments.directory + "/" + region;
        TRY_VOID(write_pair(files, directory, pair));
        TRY_VOID(files.write_file_atomically(directory + "/trusted.pem", authority.certificate));
        made.push_back(
            {{"region", region}, {"directory", directory}, {"valid_until_ms", when.until * 1000}});
    }
    return boost::json::value{{"regions", std::move(made)}};
}

Result<boost::json::value> create(runtime::FileSystem& files,
                                  const LinkArguments& arguments,
                                  std::int64_t now_ms) {
    if (files.read_file(arguments.directory + "/authority/key.pem")) {
        return fail(ErrorCode::Conflict,
                    fmt::format("there is a link in {} already; `link issue` renews a region's "
                                "certificate",
                                arguments.directory));
    }
    TRY(const crypto::CertifiedKey authority,
        crypto::make_authority("antipode link", validity(now_ms, kAuthorityDays)));
    TRY_VOID(write_pair(files, arguments.directory + "/authority", authority));
    return issue_for(files, arguments, authority, now_ms);
}

Result<boost::json::value> issue(runtime::FileSystem& files,
                                 const LinkArguments& arguments,
                                 std::int64_t now_ms) {
    TRY(const crypto::CertifiedKey authority, read_authority(files, arguments.directory));
    return issue_for(files, arguments, authority, now_ms);
}

std::string print_made(const boost::json::value& answer) {
    Table table({"REGION", "VALID UNTIL", "TO BE COPIED FOR --link-directory"});
    for (const boost::json::value& one : list_at(answer, "regions")) {
        table.add({text_at(one, "region"),
                   show_time(static_cast<std::int64_t>(number_at(one, "valid_until_ms"))),
                   text_at(one, "directory")});
    }
    return table.str();
}

using Work = Result<boost::json::value> (*)(runtime::FileSystem&,
                                            const LinkArguments&,
                                            std::int64_t);

void add(CLI::App* command, std::size_t regions_min, Work work, Choice& choice) {
    auto arguments = std::make_shared<LinkArguments>();
    command->add_option("directory", arguments->directory, "keeps the link's authority; offline")
        ->required()
        ->type_name("DIR");
    command->add_option("region", arguments->regions, "region ids such as cn-hangzhou")
        ->required()
        ->expected(static_cast<int>(regions_min), 1000)
        ->type_name("REGION");
    command->add_option("--days", arguments->days, "how long the certificates are valid")
        ->check(CLI::Range(1, 3650))
        ->capture_default_str();
    command->callback([arguments, work, &choice] {
        for (const std::string& region : arguments->regions) {
            if (const auto checked = check_region(region); !checked) {
                choice.command = fail(checked.error());
                return;
            }
        }
        Command chosen;
        chosen.run_here = [arguments, work](runtime::FileSystem& files, std::int64_t now_ms) {
            return work(files, *arguments, now_ms);
        };
        chosen.print = print_made;
        choice.command = std::move(chosen);
    });
}

}  // namespace

void add_link_commands(CLI::App& app, Choice& choice) {
    CLI::App* group =
        app.add_subcommand("link", "certificates by which regions know each other; made offline");
    group->require_subcommand(1);
    add(group->add_subcommand("create", "a new authority and a certificate for each region"),
        2,
        create,
        choice);
    add(group->add_subcommand("issue", "a new certificate for regions, by the link's authority"),
        1,
        issue,
        choice);
}

}  // namespace antipode::cli
