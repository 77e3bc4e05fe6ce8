#include "cli/running_twin.h"

#include "base/json.h"
#include "cloud/names.h"
#include "twin/standpoint.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <csignal>
#include <utility>

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

std::optional<twin::Service> service_named(std::string_view name) {
    for (twin::Service each : twin::kServices) {
        if (twin::name(each) == name) return each;
    }
    return std::nullopt;
}

std::uint16_t port_for(const TwinUpOptions& options, twin::Service service) {
    for (const auto& [name, port] : options.ports) {
        if (name == twin::name(service)) return port;
    }
    return 0;
}

net::Validity validity_around(TimePoint now) {
    return {now - kCertificateSpan, now + kCertificateSpan};
}

CommandFailure cannot_listen(net::ListenError error, std::uint16_t port) {
    return wrong_environment("port-in-use", net::describe(error, kLoopback, port));
}

bool speaks_tls(twin::Service service) {
    return service != twin::Service::Imds && service != twin::Service::ContainerCredentials;
}

}  // namespace

net::Handed as_handed(OpenPlace place) {
    net::Handed out;
    json::array services;
    for (OpenDoor& door : place.doors) {
        services.emplace_back(twin::name(door.service));
        out.sockets.push_back(std::move(door.socket));
    }
    out.sockets.push_back(std::move(place.control));
    out.text = json::serialize(json::object{
        {"place", std::move(place.place)},
        {"in_container", place.in_container},
        {"services", std::move(services)}});
    return out;
}

std::optional<OpenPlace> read_handed(net::Handed& handed) {
    const auto read = json::parse(handed.text);
    if (!read) return std::nullopt;
    const auto place = json::find_string(*read, "place");
    const auto* services = json::find_array(*read, "services");
    const json::value* in_container = json::find(*read, "in_container");
    if (!place || !services || services->size() + 1 != handed.sockets.size()) return std::nullopt;
    OpenPlace out{std::string(*place), in_container && *in_container == true, {}};
    for (std::size_t i = 0; i < services->size(); ++i) {
        const json::value& name = (*services)[i];
        const auto service =
            name.is_string() ? service_named(json::view(name.as_string())) : std::nullopt;
        if (!service) return std::nullopt;
        out.doors.push_back({*service, std::move(handed.sockets[i])});
    }
    out.control = std::move(handed.sockets.back());
    return out;
}

// When it is time to go.
struct RunningTwin::Stop {
    explicit Stop(asio::io_context& io) : timer(io, asio::steady_timer::time_point::max()) {}
    void now() { timer.cancel(); }
    asio::steady_timer timer;
};

std::optional<Variables> read_answer(std::string_view answer) {
    const auto read = json::parse(answer);
    const auto* variables = read ? json::find_array(*read, "environment") : nullptr;
    if (!variables) return std::nullopt;
    Variables out;
    for (const json::value& each : *variables) {
        if (each.is_string()) out.emplace_back(json::view(each.as_string()));
    }
    return out;
}

RunningTwin::RunningTwin(
    asio::io_context& io,
    std::shared_ptr<const cloud::World> world,
    const cloud::Place& place,
    Files& files,
    std::string folder
)
    : io_(io),
      twin_(std::move(world), place, {machine_clock_, timer_, &files, std::move(folder)}),
      stop_(std::make_unique<Stop>(io)),
      validity_(validity_around(twin_.signing_clock().now())),
      authority_(net::Authority::make("Kakehashi twin CA", validity_)),
      authority_pem_(authority_.pem()),
      tasks_(io.get_executor()) {
}

RunningTwin::~RunningTwin() = default;

net::CertificateFor RunningTwin::certificate_for(std::vector<std::string> names) const {
    names.insert(names.begin(), {kLoopback, "localhost"});
    auto certificate = authority_.issue(names, validity_);
    return [certificate = std::move(certificate)](std::string_view) { return certificate; };
}

// --- endpoint mode ---

Expected<void, CommandFailure> RunningTwin::listen(const TwinUpOptions& options, TwinEntry& entry) {
    for (const auto& [service, port] : options.ports) {
        if (!service_named(service)) {
            return Failure{wrong_use(
                "service-unknown", {"cli.twin.service_unknown"_msg, {{"service", service}}}
            )};
        }
    }
    for (twin::Service service : twin::kServices) {
        KAKEHASHI_TRY(std::uint16_t port, open(service, port_for(options, service), entry));
        entry.endpoints[twin::name(service)] =
            std::string(speaks_tls(service) ? "https://" : "http://") + kLoopback + ":" +
            std::to_string(port);
        twin_.listens_at(service, entry.endpoints[twin::name(service)]);
    }
    return {};
}

Expected<std::uint16_t, CommandFailure> RunningTwin::open(
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
    net::Server::Settings settings;
    settings.port = port;
    if (speaks_tls(service)) settings.certificate_for = certificate_for(twin_.host_names(service));
    KAKEHASHI_TRY(auto server, start(std::move(settings), twin_.handler(service)));
    const std::uint16_t given = server->port();
    servers_.push_back(std::move(server));
    return given;
}

Expected<std::unique_ptr<net::Server>, CommandFailure> RunningTwin::start(
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

Expected<void, CommandFailure> RunningTwin::open_control(TwinEntry& entry) {
    entry.control_token = SecretString(drawn_token(random_));
    control_ =
        std::make_unique<ControlService>(twin_, entry.control_token, [this] { stop_->now(); });
    KAKEHASHI_TRY(auto server, start({}, *control_));
    entry.control_port = server->port();
    servers_.push_back(std::move(server));
    return {};
}

// --- the closed network ---

Expected<RunningTwin::Servers, CommandFailure> RunningTwin::serve(
    const cloud::Place& place,
    OpenPlace open
) {
    std::vector<std::string> names;
    for (cloud::Door& door : cloud::doors(twin_.world(), place)) {
        for (std::string& name : door.names) {
            names.push_back(std::move(name));
        }
    }
    const auto certificate = certificate_for(std::move(names));
    const twin::Standpoint& from = twin_.stand_at(place);
    Servers out;
    for (OpenDoor& door : open.doors) {
        net::Server::Settings settings;
        settings.listening = std::move(door.socket);
        if (speaks_tls(door.service)) settings.certificate_for = certificate;
        KAKEHASHI_TRY(auto server, start(std::move(settings), twin_.handler(door.service, from)));
        out.push_back(std::move(server));
    }
    net::Server::Settings settings;
    settings.listening = std::move(open.control);
    KAKEHASHI_TRY(auto control, start(std::move(settings), *control_));
    out.push_back(std::move(control));
    return out;
}

Variables RunningTwin::environment(const cloud::Place& place) {
    Variables out;
    for (const auto& [name, value] : twin_.environment(twin_.stand_at(place))) {
        out.push_back(name + "=" + value.reveal());
    }
    return out;
}

Expected<void, CommandFailure> RunningTwin::take_handovers(const std::string& path) {
    auto listening = net::HandoverListener::listen(io_.get_executor(), path);
    if (!listening) {
        return Failure{
            wrong_environment("state-not-writable", net::describe(listening.error(), path, 0))};
    }
    handovers_ = *std::move(listening);
    tasks_.spawn(accept_handovers());
    return {};
}

asio::awaitable<void> RunningTwin::accept_handovers() {
    while (true) {
        auto handed = co_await handovers_->accept();
        if (!handed) co_return;
        tasks_.spawn(serve_handed(*std::move(handed)));
    }
}

// Errors: a sentence for the process that handed it over.
Expected<RunningTwin::Served, std::string> RunningTwin::serve_handed_place(net::Handed& handed) {
    auto open = read_handed(handed);
    if (!open) return Failure{std::string("not a place")};
    auto place = cloud::find_place(twin_.world(), open->place);
    if (!place) return Failure{text(place.error(), Language::English)};
    if (open->in_container) ++place->hops;
    auto servers = serve(*place, *std::move(open));
    if (!servers) return Failure{text(servers.error().message, Language::English)};
    return Served{*std::move(servers), environment(*place)};
}

asio::awaitable<void> RunningTwin::serve_handed(net::HandedOver handed) {
    auto served = serve_handed_place(handed.handed());
    json::object answer;
    if (served) {
        answer["environment"] = json::array(served->environment.begin(), served->environment.end());
    } else {
        answer["error"] = served.error();
    }
    co_await handed.answer(json::serialize(answer));
    co_await handed.until_it_ends();
    if (!served) co_return;
    for (auto& server : served->servers) {
        co_await server->close(0ms);
    }
}

// --- the end ---

asio::awaitable<Exit> RunningTwin::serve_until_stopped() {
    asio::signal_set signals(io_, SIGINT, SIGTERM);
    signals.async_wait([this](const boost::system::error_code& failed, int) {
        if (!failed) stop_->now();
    });
    boost::system::error_code ended;
    co_await stop_->timer.async_wait(asio::redirect_error(asio::use_awaitable, ended));
    co_await close();
    co_return Exit::Done;
}

asio::awaitable<void> RunningTwin::close() {
    if (handovers_) handovers_->close();
    for (auto& server : servers_) {
        co_await server->close(kGrace);
    }
    tasks_.cancel();
    co_await tasks_.wait();
}

}  // namespace kakehashi::cli
