#include "cli/command.h"

#include <utility>

namespace antipode::cli {

Command get(std::string target, Print print) {
    Command command;
    command.target = std::move(target);
    command.print = std::move(print);
    return command;
}

Command post(std::string target, boost::json::object body, Print print) {
    Command command = get(std::move(target), std::move(print));
    command.method = "POST";
    command.body = std::move(body);
    return command;
}

}  // namespace antipode::cli
