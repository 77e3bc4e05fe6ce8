#include "cli/closed_vpc.h"

#include "base/ipv4.h"
#include "cloud/names.h"
#include "enclosure/enclosure.h"

#include <algorithm>
#include <array>
#include <netinet/in.h>
#include <string_view>
#include <sys/socket.h>
#include <utility>

namespace kakehashi::cli {
namespace {

constexpr std::uint16_t kHttps = 443, kHttp = 80, kDns = 53;
// VPC User Guide, "Amazon DNS"; EC2 User Guide, "Instance metadata".
constexpr std::string_view kResolver = "169.254.169.253";
constexpr std::string_view kMetadata = "169.254.169.254";
constexpr std::string_view kTaskMetadata = "169.254.170.2";  // ECS Developer Guide, "Task IAM role"

// Where Debian, Ubuntu, Amazon Linux, Fedora, openSUSE and Alpine keep what programs trust.
constexpr std::array<const char*, 5> kCaBundles = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem"};

// AWS SDKs, Node.js, OpenSSL, Python's requests, curl, pip.
constexpr std::array<const char*, 6> kCaVariables = {
    "AWS_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "PIP_CERT"};

// Variables that an instance does not have.
constexpr std::array<std::string_view, 6> kDroppedNames = {
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"};
constexpr std::array<std::string_view, 8> kProxies = {
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy"};

struct DoorPlace {
    twin::Service service;
    Ipv4 address;
    std::uint16_t port;
};

std::optional<twin::Service> service_behind(const cloud::Door& door) {
    for (twin::Service each : twin::kServices) {
        if (door.service == twin::endpoint_service(each)) return each;
    }
    return std::nullopt;
}

std::vector<DoorPlace> door_places(const cloud::World& world, const cloud::Place& place) {
    std::vector<DoorPlace> out;
    for (const cloud::Door& door : cloud::doors(world, place)) {
        const auto service = service_behind(door);
        if (!service) continue;
        for (const Ipv4 address : door.addresses) {
            out.push_back({*service, address, kHttps});
        }
    }
    if (!place.instance) return out;
    using Kind = cloud::Instance::Kind;
    if (place.instance->kind == Kind::Ec2) {
        out.push_back({twin::Service::Imds, *parse_ipv4(kMetadata), kHttp});
    } else if (place.instance->kind == Kind::Ecs) {
        out.push_back({twin::Service::ContainerCredentials, *parse_ipv4(kTaskMetadata), kHttp});
    }
    return out;
}

Descriptor listening_at(Ipv4 address, std::uint16_t port) {
    Descriptor out(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(address);
    const auto* generic = reinterpret_cast<const sockaddr*>(&where);
    const bool listens = out.get() >= 0 && ::bind(out.get(), generic, sizeof where) == 0 &&
                         ::listen(out.get(), SOMAXCONN) == 0;
    return listens ? std::move(out) : Descriptor(-1);
}

std::vector<enclosure::PrivateFile> private_files(const std::string& ca_pem) {
    using Need = enclosure::PrivateFile::Need;
    std::vector<enclosure::PrivateFile> out = {
        {"/etc/resolv.conf",
         "nameserver " + std::string(kResolver) + "\noptions timeout:2 attempts:1\n",
         Need::Always},
        {"/etc/nsswitch.conf",
         "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\n",
         Need::IfThere},
        {"/etc/hosts", "127.0.0.1 localhost\n", Need::IfThere}};
    for (const char* bundle : kCaBundles) {
        out.push_back({bundle, ca_pem, Need::IfThere});
    }
    return out;
}

bool is_dropped(std::string_view name, bool own_aws_files) {
    const auto among = [name](const auto& names) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    if (among(kDroppedNames) || among(kProxies) || name.starts_with("AWS_ENDPOINT_URL"))
        return true;
    return name == "AWS_PROFILE" && !own_aws_files;
}

CommandFailure cannot_enter(const enclosure::EnterError& error) {
    return wrong_environment("closed-network", error.what);
}

enclosure::NameAnswer as_answer(cloud::NameAnswer found) {
    using Status = enclosure::NameAnswer::Status;
    switch (found.status) {
        case cloud::NameAnswer::Status::Addresses:
            return {Status::Addresses, std::move(found.addresses)};
        case cloud::NameAnswer::Status::NoSuchName:
            return {Status::NoSuchName};
        case cloud::NameAnswer::Status::NoResolver:
            break;
    }
    return {Status::Refused};
}

}  // namespace

Expected<std::vector<OpenDoor>, CommandFailure> enter_closed_vpc(
    const cloud::World& world,
    const cloud::Place& place,
    const std::string& ca_pem
) {
    const auto places = door_places(world, place);
    enclosure::Settings settings;
    settings.local_addresses.push_back(*parse_ipv4(kResolver));
    for (const DoorPlace& each : places) {
        settings.local_addresses.push_back(each.address);
    }
    settings.files = private_files(ca_pem);
    settings.hidden_folders = {"/run/nscd", "/var/run/nscd"};
    if (auto entered = enclosure::enter(settings); !entered) {
        return Failure{cannot_enter(entered.error())};
    }
    std::vector<OpenDoor> out;
    for (const DoorPlace& each : places) {
        Descriptor socket = listening_at(each.address, each.port);
        if (socket.get() < 0) {
            return Failure{wrong_environment(
                "closed-network",
                {"cli.twin.door_not_opened"_msg,
                 {{"address", ipv4_text(each.address) + ":" + std::to_string(each.port)}}}
            )};
        }
        out.push_back({each.service, std::move(socket)});
    }
    return out;
}

Expected<std::unique_ptr<enclosure::DnsServer>, CommandFailure> serve_names(
    const boost::asio::any_io_executor& executor,
    const cloud::World& world,
    const cloud::Place& place
) {
    const auto resolve = [&world, place](std::string_view name) {
        return as_answer(cloud::resolve(world, place, name));
    };
    auto server = enclosure::DnsServer::listen(executor, *parse_ipv4(kResolver), kDns, resolve);
    if (!server) return Failure{wrong_environment("closed-network", server.error())};
    return *std::move(server);
}

Variables environment_inside(const Variables& outside, const Surroundings& surroundings) {
    const auto named = [&outside](std::string_view name) {
        return std::any_of(outside.begin(), outside.end(), [name](const std::string& each) {
            return each.starts_with(name) && each.size() > name.size() && each[name.size()] == '=';
        });
    };
    const bool own_aws_files = named("AWS_CONFIG_FILE") || named("AWS_SHARED_CREDENTIALS_FILE");
    Variables out;
    for (const std::string& each : outside) {
        const std::string_view name = std::string_view(each).substr(0, each.find('='));
        const bool ca =
            std::find(kCaVariables.begin(), kCaVariables.end(), name) != kCaVariables.end();
        if (!ca && !is_dropped(name, own_aws_files)) out.push_back(each);
    }
    for (const char* name : kCaVariables) {
        out.push_back(std::string(name) + "=" + surroundings.ca_file);
    }
    // The person's own files in ~/.aws are not the instance's.
    if (!named("AWS_CONFIG_FILE")) out.emplace_back("AWS_CONFIG_FILE=/dev/null");
    if (!named("AWS_SHARED_CREDENTIALS_FILE")) {
        out.emplace_back("AWS_SHARED_CREDENTIALS_FILE=/dev/null");
    }
    out.insert(out.end(), surroundings.workload.begin(), surroundings.workload.end());
    return out;
}

}  // namespace kakehashi::cli
