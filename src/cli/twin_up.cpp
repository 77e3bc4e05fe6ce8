#include "cli/twin_up.h"

#include "base/json.h"
#include "base/text.h"
#include "cli/control_service.h"
#include "cli/event_loop.h"
#include "cli/project.h"
#include "cli/twin_registry.h"
#include "net/certificate.h"
#include "net/clock.h"
#include "net/random.h"
#include "net/server.h"
#include "net/silent_listener.h"
#include "net/timer.h"
#include "twin/twin.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <csignal>
#include <cstdint>
#include <fcntl.h>
#include <memory>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace kakehashi::cli {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

constexpr const char* kLoopback = "127.0.0.1";
constexpr std::chrono::milliseconds kGrace = 2s;
// Certificates hold around signing time, however the twin's clock is moved or a client's is wrong.
constexpr auto kCertificateSpan = std::chrono::hours(24 * 398);

std::string drawn_token(Random& random) {
    std::array<unsigned char, 24> bytes{};
    random.fill(bytes);
    std::string out;
    for (unsigned char byte : bytes) {
        out += "abcdefghijklmnopqrstuvwxyz0123456789-_"[byte % 38];
    }
    return out;
}

// Everything that runs while a twin is up.
class RunningTwin {
public:
    RunningTwin(asio::io_context& io, std::shared_ptr<const cloud::World> world, cloud::Place place)
        : io_(io),
          twin_(std::move(world), std::move(place), {machine_clock_, timer_}),
          stopped_(io, asio::steady_timer::time_point::max()) {}

    Expected<void, CommandFailure> listen(const TwinUpOptions& options, TwinEntry& entry) {
        for (const auto& [service, port] : options.ports) {
            if (!known(service)) {
                return Failure{wrong_use(
                    "service-unknown", {"cli.twin.service_unknown"_msg, {{"service", service}}}
                )};
            }
        }
        make_certificate();
        for (twin::Service service : twin::kServices) {
            KAKEHASHI_TRY(std::uint16_t port, open(service, port_for(options, service), entry));
            const char* scheme = service == twin::Service::Imds ? "http://" : "https://";
            entry.endpoints[twin::name(service)] =
                std::string(scheme) + kLoopback + ":" + std::to_string(port);
        }
        entry.control_token = SecretString(drawn_token(random_));
        control_ = std::make_unique<ControlService>(twin_, entry.control_token, [this] {
            stopped_.cancel();
        });
        KAKEHASHI_TRY(auto server, serve({kLoopback, 0, {}, {}}, *control_));
        entry.control_port = server->port();
        servers_.push_back(std::move(server));
        return {};
    }

    const std::string& authority_pem() const { return authority_pem_; }

    // Until a signal or `twin down`; then what is under way may end.
    asio::awaitable<Exit> serve_until_stopped() {
        asio::signal_set signals(io_, SIGINT, SIGTERM);
        signals.async_wait([this](const boost::system::error_code& failed, int) {
            if (!failed) stopped_.cancel();
        });
        boost::system::error_code ended;
        co_await stopped_.async_wait(asio::redirect_error(asio::use_awaitable, ended));
        for (auto& server : servers_) {
            co_await server->close(kGrace);
        }
        co_return Exit::Done;
    }

private:
    static bool known(std::string_view service) {
        for (twin::Service each : twin::kServices) {
            if (twin::name(each) == service) return true;
        }
        return false;
    }

    static std::uint16_t port_for(const TwinUpOptions& options, twin::Service service) {
        for (const auto& [name, port] : options.ports) {
            if (name == twin::name(service)) return port;
        }
        return 0;
    }

    void make_certificate() {
        const TimePoint now = twin_.signing_clock().now();
        const net::Validity validity{now - kCertificateSpan, now + kCertificateSpan};
        const auto authority = net::Authority::make("Kakehashi twin CA", validity);
        std::vector<std::string> names = {kLoopback, "localhost"};
        for (twin::Service service : twin::kServices) {
            for (std::string& name : twin_.host_names(service)) {
                names.push_back(std::move(name));
            }
        }
        certificate_ = authority.issue(names, validity);
        authority_pem_ = authority.pem();
    }

    Expected<std::uint16_t, CommandFailure> open(
        twin::Service service,
        std::uint16_t port,
        TwinEntry& entry
    ) {
        if (!twin_.reach(service).reachable()) {
            auto silent = net::SilentListener::listen(kLoopback, port);
            if (!silent) return Failure{cannot_listen(silent.error(), port)};
            entry.unreachable.emplace_back(twin::name(service));
            silent_.push_back(*std::move(silent));
            return silent_.back().port();
        }
        net::Server::Settings settings{kLoopback, port, {}, {}};
        if (service != twin::Service::Imds) {
            settings.certificate_for = [this](std::string_view) { return certificate_; };
        }
        KAKEHASHI_TRY(auto server, serve(std::move(settings), twin_.handler(service)));
        const std::uint16_t given = server->port();
        servers_.push_back(std::move(server));
        return given;
    }

    Expected<std::unique_ptr<net::Server>, CommandFailure> serve(
        net::Server::Settings settings,
        http::Handler& handler
    ) {
        const std::uint16_t port = settings.port;
        auto server = net::Server::listen(
            io_.get_executor(), std::move(settings), handler, twin_.signing_clock()
        );
        if (!server) return Failure{cannot_listen(server.error(), port)};
        return *std::move(server);
    }

    static CommandFailure cannot_listen(net::ListenError error, std::uint16_t port) {
        return wrong_environment("port-in-use", net::describe(error, kLoopback, port));
    }

    asio::io_context& io_;
    net::SystemClock machine_clock_;
    net::SystemTimer timer_;
    net::SystemRandom random_;
    twin::Twin twin_;
    asio::steady_timer stopped_;  // cancelled when it is time to go
    std::optional<net::Certificate> certificate_;
    std::string authority_pem_;
    std::unique_ptr<ControlService> control_;
    std::vector<std::unique_ptr<net::Server>> servers_;
    std::vector<net::SilentListener> silent_;
};

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
    asio::io_context io(1);
    RunningTwin running(io, *std::move(world), *std::move(place));
    auto listening = running.listen(options, *entry);
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
