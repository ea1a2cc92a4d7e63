#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "cli/run_admin.h"
#include "server/run_edge.h"
#include "server/run_server.h"
#include "server/version.h"
#include "sim/run_sim.h"

namespace {

constexpr const char* kUsage =
    "usage: antipode server --region ID (--data DIR | --zone DIR --zone DIR --zone DIR) "
    "[OPTION...]\n"
    "       antipode edge --region NAME=HOST:PORT --link-directory DIR [OPTION...]\n"
    "       antipode admin [--endpoint URL] [--json] COMMAND ...\n"
    "       antipode sim [--seed N] [--minutes M] [--runs K]\n"
    "       antipode --version\n"
    "antipode server --help, antipode edge --help and antipode admin --help say more.\n";

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    const std::string program = arguments.empty() ? "" : arguments.front();
    if (!arguments.empty()) {
        arguments.erase(arguments.begin());
    }
    if (program == "server") {
        return antipode::server::run_server(arguments);
    }
    if (program == "edge") {
        return antipode::server::run_edge(arguments);
    }
    if (program == "admin") {
        return antipode::cli::run_admin(arguments);
    }
    if (program == "sim") {
        return antipode::sim::run_sim(arguments);
    }
    if (program == "--version") {
        std::printf("antipode %s\n", std::string(antipode::server::kVersion).c_str());
        return 0;
    }
    if (program == "--help" || program == "help") {
        std::fputs(kUsage, stdout);
        return 0;
    }
    std::fputs(kUsage, stderr);
    return 2;
}
