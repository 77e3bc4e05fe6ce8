// What many municipalities in one kakehashi.toml cost, stage by stage: one JSON line of CPU
// seconds, and the process's peak memory.
//
//   scale COUNT          as `kakehashi check` goes: read, render, build the world, judge it
//   scale --toml COUNT   prints the configuration, for `kakehashi render` and `check` themselves
#include "base/hash.h"
#include "check/judgement.h"
#include "cloud/world.h"
#include "config/configuration.h"
#include "design/render.h"
#include "rate.h"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <sys/resource.h>

namespace {

using namespace kakehashi;  // NOLINT(google-build-using-namespace)

constexpr std::size_t kFirstAccount = 100'000'000'000;
constexpr std::chrono::sys_days kToday = std::chrono::year(2026) / 11 / 24;
constexpr std::size_t kHexadecimalDigits = 32;

// Each with an ExternalId of its own; all else is left to the defaults, as in most of 1,741 blocks.
std::string configuration_of(std::size_t count) {
    std::ostringstream out;
    out << "[operator]\naccount = \"222222222222\"\n";
    for (std::size_t i = 1; i <= count; ++i) {
        const std::string name = "town-" + std::to_string(i);
        out << "\n[[municipality]]\nname        = \"" << name << "\"\naccount     = \""
            << kFirstAccount + i << "\"\nexternal_id = \""
            << stable_id(name, "0123456789abcdef", kHexadecimalDigits) << "\"\n";
    }
    return out.str();
}

// CPU seconds since the last call.
class Stages {
public:
    void done(std::string_view name) {
        const double now = bench::cpu_seconds();
        out_ << '"' << name << "\":" << std::fixed << std::setprecision(3) << now - before_ << ',';
        before_ = now;
    }
    void count(std::string_view name, std::size_t number) {
        out_ << '"' << name << "\":" << number << ',';
    }
    std::string line() const {
        rusage used{};
        ::getrusage(RUSAGE_SELF, &used);
        return "{" + out_.str() + "\"kilobytes\":" + std::to_string(used.ru_maxrss) + "}";
    }

private:
    std::ostringstream out_;
    double before_ = bench::cpu_seconds();
};

int failed(const Problems& problems) {
    for (const Problem& problem : problems) {
        std::cerr << text(problem, Language::English) << '\n';
    }
    return 1;
}

int run(std::size_t count) {
    const std::string toml = configuration_of(count);
    Stages stages;
    auto configuration = config::read_configuration(toml, "kakehashi.toml");
    if (!configuration) return failed(configuration.error());
    stages.done("read");
    auto pair = design::render(*configuration);
    if (!pair) return failed(pair.error());
    stages.done("render");
    std::map<std::string, std::string> files;
    for (auto* list : {&pair->operator_templates, &pair->municipality_templates}) {
        for (auto& file : *list) {
            files[file.name] = std::move(file.text);
        }
    }
    auto world = cloud::build_world(std::move(pair->configuration), files);
    if (!world) return failed(world.error());
    stages.done("world");
    const auto judgement = check::judge(**world, kToday);
    stages.done("judge");
    if (judgement.has_error()) return 1;
    stages.count("questions", judgement.stays_in_japan.questions);
    stages.count("requests", judgement.works.requests);
    std::cout << stages.line() << '\n';
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const bool toml = argc == 3 && std::string_view(argv[1]) == "--toml";
    if (!toml && argc != 2) return 2;
    const std::string_view given = argv[argc - 1];
    std::size_t count = 0;
    std::from_chars(given.data(), given.data() + given.size(), count);
    if (count == 0) return 2;
    if (!toml) return run(count);
    std::cout << configuration_of(count);
    return 0;
}
