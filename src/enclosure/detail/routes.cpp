#include "enclosure/detail/routes.h"

#include "base/descriptor.h"

#include <arpa/inet.h>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

// rtnetlink(7): a header, the message's own part, attributes; all in host order but for addresses.
//   RTM_NEWLINK   ip link set lo up
//   RTM_NEWROUTE  ip route add local A/32 dev lo table local
//                 ip route add default dev lo scope link
namespace kakehashi::enclosure::detail {

namespace {

constexpr std::uint32_t kLoopback = 1;  // of `lo` in every network namespace: LOOPBACK_IFINDEX

struct LinkRequest {
    nlmsghdr header;
    ifinfomsg link;
};

struct RouteRequest {
    nlmsghdr header;
    rtmsg route;
    rtattr device;
    std::uint32_t device_index;
    rtattr destination;  // the default route ends before it
    std::uint32_t destination_address;
};
static_assert(sizeof(RouteRequest) == NLMSG_LENGTH(sizeof(rtmsg)) + 2 * RTA_LENGTH(4));

rtattr attribute_of_four_bytes(std::uint16_t type) {
    return {.rta_len = RTA_LENGTH(4), .rta_type = type};
}

nlmsghdr header_of(std::uint16_t type, std::size_t bytes) {
    nlmsghdr header{};
    header.nlmsg_len = static_cast<std::uint32_t>(bytes);
    header.nlmsg_type = type;
    header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;
    return header;
}

LinkRequest loopback_up() {
    LinkRequest request{};
    request.header = header_of(RTM_NEWLINK, sizeof request);
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;  // it is there
    request.link.ifi_index = kLoopback;
    request.link.ifi_flags = request.link.ifi_change = IFF_UP;
    return request;
}

RouteRequest default_route() {
    RouteRequest request{};
    request.header = header_of(RTM_NEWROUTE, offsetof(RouteRequest, destination));
    request.route.rtm_family = AF_INET;
    request.route.rtm_table = RT_TABLE_MAIN;
    request.route.rtm_protocol = RTPROT_STATIC;
    request.route.rtm_scope = RT_SCOPE_LINK;
    request.route.rtm_type = RTN_UNICAST;
    request.device = attribute_of_four_bytes(RTA_OIF);
    request.device_index = kLoopback;
    return request;
}

RouteRequest local_route(Ipv4 address) {
    RouteRequest request = default_route();
    request.header = header_of(RTM_NEWROUTE, sizeof request);
    request.route.rtm_dst_len = 32;
    request.route.rtm_table = RT_TABLE_LOCAL;
    request.route.rtm_scope = RT_SCOPE_HOST;
    request.route.rtm_type = RTN_LOCAL;
    request.destination = attribute_of_four_bytes(RTA_DST);
    request.destination_address = htonl(address);
    return request;
}

// Sends, and waits for the kernel's word, which comes at once.
Done ask(const Descriptor& socket, const nlmsghdr& request) {
    if (::send(socket.get(), &request, request.nlmsg_len, 0) < 0) return failure_of("rtnetlink");
    std::array<char, 4096> bytes{};  // the answer, which ends in a copy of the request
    if (::recv(socket.get(), bytes.data(), bytes.size(), 0) < 0) return failure_of("rtnetlink");
    struct {
        nlmsghdr header;
        nlmsgerr said;
    } answer{};
    std::memcpy(&answer, bytes.data(), sizeof answer);
    if (answer.header.nlmsg_type != NLMSG_ERROR || answer.said.error == 0) return {};
    return Failure{SystemError{"rtnetlink", -answer.said.error}};
}

}  // namespace

Done make_routes(const std::vector<Ipv4>& local_addresses) {
    const Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    if (socket.get() < 0) return failure_of("socket");
    auto done = ask(socket, loopback_up().header);
    for (const Ipv4 address : local_addresses) {
        if (done) done = ask(socket, local_route(address).header);
    }
    if (done) done = ask(socket, default_route().header);
    return done;
}

}  // namespace kakehashi::enclosure::detail
