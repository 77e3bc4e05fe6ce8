#include "cli/twin_exec.h"

#include "cli/closed_vpc.h"
#include "cli/event_loop.h"
#include "cli/project.h"
#include "cli/running_twin.h"
#include "cli/twin_registry.h"
#include "enclosure/command.h"
#include "net/handover.h"

#include <boost/asio/io_context.hpp>

#include <sys/prctl.h>
#include <unistd.h>
#include <utility>

namespace kakehashi::cli {
namespace {

constexpr std::size_t kCaBytesMax = 64U << 10U;

struct Stage {
    Project project;
    std::string place_name;
    std::shared_ptr<const cloud::World> world;
    cloud::Place place;
    TwinRegistry registry;
};

Expected<Stage, CommandFailure> set_stage(
    const TwinExecOptions& options,
    const Environment& environment,
    Files& files
) {
    KAKEHASHI_TRY(Project project, open_project(options.config, environment, files));
    KAKEHASHI_TRY(auto world, build_world(project, files));
    std::string name = options.place.value_or(project.configuration.municipalities.front().name);
    auto place = cloud::find_place(*world, name);
    if (!place) return Failure{wrong_use("place-unknown", place.error())};
    if (options.in_container) ++place->hops;
    KAKEHASHI_TRY(TwinRegistry registry, TwinRegistry::open(environment));
    return Stage{
        std::move(project),
        std::move(name),
        std::move(world),
        *std::move(place),
        std::move(registry)};
}

CommandFailure twin_gone() {
    return wrong_environment("twin-silent", {"cli.twin.not_joined"_msg});
}

// The command inside, with the names that it looks up; its doors are served already.
class Inside {
public:
    Inside(
        boost::asio::io_context& io,
        const TwinExecOptions& options,
        Terminal& terminal,
        const Stage& stage,
        Surroundings surroundings
    )
        : io_(io),
          options_(options),
          terminal_(terminal),
          stage_(stage),
          surroundings_(std::move(surroundings)) {}

    // `own`: the twin that serves the doors, if it ends with the command.
    Exit run_to_end(RunningTwin* own) {
        return run_until_done(io_, own ? run_and_close(own) : run(), OnSignal::LeaveToCommand);
    }

private:
    boost::asio::awaitable<Exit> run_and_close(RunningTwin* own) {
        const Exit exit = co_await run();
        co_await own->close();
        co_return exit;
    }

    boost::asio::awaitable<Exit> run() {
        const auto names = serve_names(io_.get_executor(), *stage_.world, stage_.place);
        if (!names) co_return report(terminal_, options_.output, names.error());
        enclosure::Command command{options_.command, environment_inside(outside(), surroundings_)};
        auto ended = co_await enclosure::run_command(std::move(command));
        if (ended) co_return static_cast<Exit>(*ended);
        const auto code = static_cast<Exit>(ended.error().exit);
        const CommandFailure failure{code, "command", std::move(ended.error().what)};
        co_return report(terminal_, options_.output, failure);
    }

    static std::vector<std::string> outside() {
        std::vector<std::string> out;
        for (char** each = environ; *each; ++each) {
            out.emplace_back(*each);
        }
        return out;
    }

    boost::asio::io_context& io_;
    const TwinExecOptions& options_;
    Terminal& terminal_;
    const Stage& stage_;
    Surroundings surroundings_;
};

// --- with the twin that runs already ---

Exit run_joined(
    const TwinExecOptions& options,
    Terminal& terminal,
    const Stage& stage,
    const TwinEntry& entry,
    Files& files
) {
    const auto refuse = [&](const CommandFailure& failure) {
        return report(terminal, options.output, failure);
    };
    auto ca_pem = files.read(entry.ca, kCaBytesMax);
    auto joined = net::HandingOver::connect(stage.registry.handover_path(entry));
    if (!ca_pem || !joined) return refuse(twin_gone());
    boost::asio::io_context io(1);
    auto doors = enter_closed_vpc(*stage.world, stage.place, *ca_pem);
    if (!doors) return refuse(doors.error());
    const auto handed = as_handed({stage.place_name, options.in_container, *std::move(doors)});
    const auto answer = joined->hand(handed);
    auto variables = answer ? read_answer(*answer) : std::nullopt;
    if (!variables) return refuse(twin_gone());
    return Inside(io, options, terminal, stage, {entry.ca, *std::move(variables)})
        .run_to_end(nullptr);
}

// --- with a twin of its own ---

Exit run_alone(
    const TwinExecOptions& options,
    Terminal& terminal,
    const Stage& stage,
    Files& files
) {
    TwinEntry entry;
    entry.config = stage.project.file.string();
    entry.place = stage.place_name;
    entry.region = stage.world->region();
    entry.ca = stage.registry.ca_file(entry.config, entry.place).string();
    entry.pid = ::getpid();
    boost::asio::io_context io(1);
    const std::string folder = stage.project.file.parent_path().string();
    RunningTwin running(io, stage.world, stage.place, files, folder);
    // Outside, where `twin explain` asks from; a socket stays in the network where it was opened.
    auto ready = running.open_control(entry);
    if (ready) ready = running.take_handovers(stage.registry.handover_path(entry));
    if (ready) ready = stage.registry.write_ca(entry, running.authority_pem());
    if (ready) ready = stage.registry.write(entry);
    if (!ready) return report(terminal, options.output, ready.error());
    RunningTwin::Servers servers;
    auto doors = enter_closed_vpc(*stage.world, stage.place, running.authority_pem());
    if (doors) {
        auto served = running.serve(stage.place, *std::move(doors));
        if (served) servers = *std::move(served);
        if (!served) doors = Failure{std::move(served).error()};
    }
    Exit exit = Exit::Other;
    if (doors) {
        Surroundings surroundings{entry.ca, running.environment(stage.place)};
        exit = Inside(io, options, terminal, stage, std::move(surroundings)).run_to_end(&running);
    } else {
        exit = report(terminal, options.output, doors.error());
    }
    stage.registry.remove(entry);
    return exit;
}

}  // namespace

Exit run(
    const TwinExecOptions& options,
    Terminal& terminal,
    const Environment& environment,
    Files& files
) {
    auto stage = set_stage(options, environment, files);
    if (!stage) return report(terminal, options.output, stage.error());
    const auto running = stage->registry.find_any(stage->project.file.string(), stage->place_name);
    if (running) return run_joined(options, terminal, *stage, *running, files);
    return run_alone(options, terminal, *stage, files);
}

}  // namespace kakehashi::cli
