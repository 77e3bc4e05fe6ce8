#pragma once

#include "cli/failure.h"
#include "cli/running_twin.h"
#include "cloud/reach.h"
#include "enclosure/dns_server.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

// The closed VPC of one place, as this process lives in it.
namespace kakehashi::cli {

// Enters, opens the place's doors and returns them. `ca_pem`: what everything in there trusts.
// Requires: one thread. After an error the process must end.
Expected<std::vector<OpenDoor>, CommandFailure> enter_closed_vpc(
    const cloud::World& world,
    const cloud::Place& place,
    const std::string& ca_pem
);

// The VPC's resolver; call it inside. `world` outlives it.
Expected<std::unique_ptr<enclosure::DnsServer>, CommandFailure> serve_names(
    const boost::asio::any_io_executor& executor,
    const cloud::World& world,
    const cloud::Place& place
);

// What a command in there finds: the person's variables, but for those that would lead it past the
// closed network or hand it the person's own credentials, and with the twin's CA.
struct Surroundings {
    std::string ca_file;
    Variables workload;  // what AWS sets for a task or a function
};
Variables environment_inside(const Variables& outside, const Surroundings& surroundings);

}  // namespace kakehashi::cli
