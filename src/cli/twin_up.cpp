#include "cli/twin_up.h"

#include "base/json.h"
#include "base/text.h"
#include "cli/event_loop.h"
#include "cli/project.h"
#include "cli/running_twin.h"
#include "cli/twin_registry.h"

#include <boost/asio/io_context.hpp>

#include <array>
#include <fcntl.h>
#include <memory>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace kakehashi::cli {
namespace {

std::string ready_line(const TwinEntry& entry) {
    json::object endpoints;
    for (twin::Service service : twin::kServices) {
        endpoints[twin::name(service)] = entry.endpoints.at(twin::name(service));
    }
    const json::object line{
        {"event", "ready"},
        {"endpoints", std::move(endpoints)},
        {"unreachable", json::array(entry.unreachable.begin(), entry.unreachable.end())},
        {"ca", entry.ca},
        {"pid", entry.pid}};
    return json::serialize(line) + "\n";
}

void say_what_was_passed_over(const cloud::World& world, Terminal& terminal) {
    for (const cfn::PassedOver& each : world.passed_over()) {
        const Message message{
            "cli.twin.passed_over"_msg,
            {{"where", text(each.where)},
             {"type", each.type},
             {"reason", text(each.reason, terminal.language())}}};
        terminal.say(message);
    }
}

// The soft limit of a shell, often 1024, is for programs that use select(); clients may be many.
void allow_every_descriptor() {
    rlimit descriptors{};
    if (::getrlimit(RLIMIT_NOFILE, &descriptors) != 0) return;
    descriptors.rlim_cur = descriptors.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &descriptors);
}

// Standard streams go to nowhere: whoever started the twin may close theirs.
void let_go_of_streams() {
    const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (nowhere >= 0) ::dup2(nowhere, stream);
    }
}

enum class Side { Starter, Twin };

// For --detach: the twin goes on in a session of its own, and the starter ends when it is ready.
class Background {
public:
    // Starter: the exit code that the twin's start had. Twin: goes on.
    Side split(Exit& result) {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) return Side::Twin;
        const pid_t child = ::fork();
        if (child != 0) {
            ::close(ends[1]);
            unsigned char code = static_cast<unsigned char>(Exit::Other);
            if (::read(ends[0], &code, 1) != 1) code = static_cast<unsigned char>(Exit::Other);
            result = static_cast<Exit>(code);
            return Side::Starter;
        }
        ::setsid();
        ::close(ends[0]);
        ready_ = ends[1];
        return Side::Twin;
    }
    void tell(Exit exit) {
        if (ready_ < 0) return;
        const auto code = static_cast<unsigned char>(exit);
        static_cast<void>(::write(ready_, &code, 1) == 1);
        ::close(ready_);
        ready_ = -1;
        let_go_of_streams();
    }

private:
    int ready_ = -1;
};

Expected<TwinEntry, CommandFailure> entry_for(
    const TwinRegistry& registry,
    const Project& project,
    std::string place
) {
    const std::string config = project.file.string();
    if (registry.find(config, place)) {
        return Failure{wrong_environment(
            "twin-running", {"cli.twin.running"_msg, {{"config", config}, {"place", place}}}
        )};
    }
    TwinEntry entry;
    entry.ca = registry.ca_file(config, place).string();
    entry.config = config;
    entry.place = std::move(place);
    entry.region = project.configuration.bedrock.source_region;
    return entry;
}

}  // namespace

Exit run(
    const TwinUpOptions& options,
    Terminal& terminal,
    const Environment& environment,
    Files& files
) {
    const auto refuse = [&](const CommandFailure& failure) {
        return report(terminal, options.output, failure);
    };
    const auto project = open_project(options.config, environment, files);
    if (!project) return refuse(project.error());
    auto world = build_world(*project, files);
    if (!world) return refuse(world.error());
    const std::string where =
        options.place.value_or(project->configuration.municipalities.front().name);
    auto place = cloud::find_place(**world, where);
    if (!place) return refuse(wrong_use("place-unknown", place.error()));
    const auto registry = TwinRegistry::open(environment);
    if (!registry) return refuse(registry.error());
    auto entry = entry_for(*registry, *project, where);
    if (!entry) return refuse(entry.error());
    say_what_was_passed_over(**world, terminal);

    Background background;
    Exit started = Exit::Other;
    if (options.detach && background.split(started) == Side::Starter) return started;
    entry->pid = ::getpid();
    allow_every_descriptor();
    boost::asio::io_context io(1);
    RunningTwin running(
        io, *std::move(world), *std::move(place), files, project->file.parent_path().string()
    );
    auto listening = running.listen(options, *entry);
    if (listening) listening = running.open_control(*entry);
    if (listening) listening = running.take_handovers(registry->handover_path(*entry));
    if (listening) listening = registry->write_ca(*entry, running.authority_pem());
    if (listening) listening = registry->write(*entry);
    if (!listening) {
        const Exit exit = refuse(listening.error());
        background.tell(exit);
        return exit;
    }
    terminal.answer(ready_line(*entry));
    background.tell(Exit::Done);
    const Exit exit = run_until_done(io, running.serve_until_stopped(), OnSignal::LeaveToCommand);
    registry->remove(*entry);
    return exit;
}

}  // namespace kakehashi::cli
