#include <string>
#include <vector>

#include "sim/run_sim.h"

/// `simulator ...` is `antipode sim ...`.
int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    return antipode::sim::run_sim(arguments);
}
