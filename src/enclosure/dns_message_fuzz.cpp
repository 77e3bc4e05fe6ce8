#include "enclosure/dns_message.h"

#include "base/text.h"

#include <arpa/nameser.h>
#include <array>
#include <cstdint>
#include <cstdlib>

// Oracle: libc's reader. What is accepted it reads too, with the same question; and every answer
// that we write, with what we put in.
namespace {

using namespace kakehashi;             // NOLINT(google-build-using-namespace)
using namespace kakehashi::enclosure;  // NOLINT(google-build-using-namespace)

void require(bool holds) {
    if (!holds) std::abort();
}

ns_msg read_by_libc(const std::string& message) {
    ns_msg read{};
    const auto* first = reinterpret_cast<const unsigned char*>(message.data());
    require(ns_initparse(first, static_cast<int>(message.size()), &read) == 0);
    return read;
}

void require_same_question(ns_msg message, const DnsQuery& query) {
    ns_rr question{};
    require(ns_parserr(&message, ns_s_qd, 0, &question) == 0);
    require(ns_rr_type(question) == query.type);
    require(ns_msg_id(message) == query.id);
    const std::string name = lower_ascii(ns_rr_name(question));
    const bool is_plain = (name + query.name).find('\\') == std::string::npos;
    require(!is_plain || name == (query.name.empty() ? "." : query.name));
}

void check_answer(const DnsQuery& query, const NameAnswer& answer, std::size_t bytes_max) {
    const std::string out = dns_answer(query, answer, bytes_max);
    require(out.size() <= bytes_max);
    const ns_msg read = read_by_libc(out);
    require_same_question(read, query);
    require(ns_msg_getflag(read, ns_f_qr) == 1);
    require(ns_msg_count(read, ns_s_ar) == (query.edns ? 1 : 0));
    const bool has_records = ns_msg_count(read, ns_s_an) > 0;
    require(!has_records || ns_msg_count(read, ns_s_an) == answer.addresses.size());
    require(!has_records || answer.status == NameAnswer::Status::Addresses);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string message(data, data + size);
    const auto query = parse_dns_query(message);
    if (!query) {
        if (!query.error().empty()) (void)read_by_libc(query.error());
        require(query.error().size() <= message.size() + kDnsUdpBytes);
        return 0;
    }
    require_same_question(read_by_libc(message), *query);
    const NameAnswer few{NameAnswer::Status::Addresses, {1, 2}};
    const NameAnswer many{NameAnswer::Status::Addresses, std::vector<Ipv4>(64, 1)};
    check_answer(*query, few, query->udp_bytes_max());
    check_answer(*query, many, query->udp_bytes_max());
    check_answer(*query, many, kDnsTcpBytesMax);
    check_answer(*query, {}, kDnsUdpBytes);
    return 0;
}
