#pragma once

#include "base/descriptor.h"
#include "base/outside.h"
#include "cli/arguments.h"
#include "cli/control_service.h"
#include "cli/failure.h"
#include "cli/twin_registry.h"
#include "net/certificate.h"
#include "net/clock.h"
#include "net/handover.h"
#include "net/random.h"
#include "net/server.h"
#include "net/silent_listener.h"
#include "net/task_group.h"
#include "net/timer.h"
#include "twin/twin.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace kakehashi::cli {

// A socket that listens inside a closed network, and whose door it is.
struct OpenDoor {
    twin::Service service = twin::Service::Sts;
    Descriptor socket = Descriptor(-1);
};

// A place and its doors, as one process tells another.
struct OpenPlace {
    std::string place;  // as --as takes it
    bool in_container = false;
    std::vector<OpenDoor> doors;
    // The control port of the twin, once more inside, for commands in there.
    Descriptor control = Descriptor(-1);
};
net::Handed as_handed(OpenPlace place);
using Variables = std::vector<std::string>;  // "NAME=value"
// What the twin says when it serves them: the variables that AWS sets in the workload there.
// nullopt: it does not serve them.
std::optional<Variables> read_answer(std::string_view answer);
std::optional<OpenPlace> read_handed(net::Handed& handed);  // nullopt: not ours

// A twin with its servers, in this process. Thread rule: one strand.
class RunningTwin {
public:
    using Servers = std::vector<std::unique_ptr<net::Server>>;

    // `files` outlives it; `folder`: where the configuration is.
    RunningTwin(
        boost::asio::io_context& io,
        std::shared_ptr<const cloud::World> world,
        const cloud::Place& place,
        Files& files,
        std::string folder
    );

    ~RunningTwin();
    RunningTwin(const RunningTwin&) = delete;
    RunningTwin& operator=(const RunningTwin&) = delete;

    twin::Twin& twin() { return twin_; }
    const std::string& authority_pem() const { return authority_pem_; }

    // Endpoint mode: a loopback port for each service; those that the first place cannot reach are
    // silent. Notes them in `entry`.
    Expected<void, CommandFailure> listen(const TwinUpOptions& options, TwinEntry& entry);
    // Where `twin explain` and its like find us.
    Expected<void, CommandFailure> open_control(TwinEntry& entry);
    // What was opened in a closed network, as clients at `place` meet it. Requires: open_control().
    Expected<Servers, CommandFailure> serve(const cloud::Place& place, OpenPlace open);
    // What AWS sets in the environment of the workload at `place`.
    Variables environment(const cloud::Place& place);
    // From now on `twin exec` may join: its doors are served until it ends.
    Expected<void, CommandFailure> take_handovers(const std::string& path);

    boost::asio::awaitable<Exit> serve_until_stopped();  // SIGINT, SIGTERM or `twin down`
    boost::asio::awaitable<void> close();                // what is under way may end

private:
    net::CertificateFor certificate_for(std::vector<std::string> names) const;
    Expected<std::uint16_t, CommandFailure> open(
        twin::Service service,
        std::uint16_t port,
        TwinEntry& entry
    );
    Expected<std::unique_ptr<net::Server>, CommandFailure> start(
        net::Server::Settings settings,
        http::Handler& handler
    );
    boost::asio::awaitable<void> accept_handovers();
    boost::asio::awaitable<void> serve_handed(net::HandedOver handed);
    struct Served {
        Servers servers;
        Variables environment;
    };
    Expected<Served, std::string> serve_handed_place(net::Handed& handed);

    boost::asio::io_context& io_;  // outlives this
    net::SystemClock machine_clock_;
    net::SystemTimer timer_;
    net::SystemRandom random_;
    twin::Twin twin_;
    struct Stop;
    std::unique_ptr<Stop> stop_;
    net::Validity validity_;
    net::Authority authority_;
    std::string authority_pem_;
    std::unique_ptr<ControlService> control_;
    Servers servers_;
    std::vector<net::SilentListener> silent_;
    std::optional<net::HandoverListener> handovers_;
    net::TaskGroup tasks_;
};

}  // namespace kakehashi::cli
