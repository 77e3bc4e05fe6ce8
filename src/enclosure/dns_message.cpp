#include "enclosure/dns_message.h"

#include "base/text.h"

#include <algorithm>
#include <arpa/nameser.h>

// RFC 1035 §4.1, numbers with the high byte first:
//   header     id 2, flags 2, and how many there are of the four below, 2 each
//   question   name, type 2, class 2
//   record     name, type 2, class 2, time to live 4, length 2, data    (answer, authority,
//              additional)
//   name       labels (length 1, 1–63 bytes), an empty one; or, in records, a pointer 11… to one
//   flags      QR 1, opcode 4, AA 1, TC 1, RD 1, RA 1, Z 3, RCODE 4
// RFC 6891 §6.1: the record OPT has the class for the bytes that UDP may carry, and its time to
// live holds the upper bits of RCODE 8, the version 8, DO 1, Z 15.
namespace kakehashi::enclosure {

namespace {

constexpr std::uint16_t kIsAnswer = 0x8000, kOpcodeBits = 0x7800, kTruncated = 0x0200,
                        kRecursionDesired = 0x0100, kRecursionAvailable = 0x0080;
constexpr std::size_t kHeaderBytes = 12, kNameBytesMax = 255, kLabelBytesMax = 63;
constexpr std::uint32_t kDnssecOk = 0x8000;
constexpr std::uint16_t kPointerToQuestion = 0xc000 | kHeaderBytes;

class Reader {
public:
    explicit Reader(std::string_view message) : message_(message) {}

    // The next bytes, or nothing if there are not so many. All that follows then fails too.
    std::string_view bytes(std::size_t count) {
        if (count > message_.size() - at_) failed_ = true;
        if (failed_) return {};
        at_ += count;
        return message_.substr(at_ - count, count);
    }
    std::uint32_t number(std::size_t width) {
        std::uint32_t value = 0;
        for (const char byte : bytes(width)) {
            value = value << 8U | static_cast<unsigned char>(byte);
        }
        return value;
    }
    std::uint16_t number16() { return static_cast<std::uint16_t>(number(2)); }
    void fail() { failed_ = true; }

    bool failed() const { return failed_; }
    bool at_end() const { return at_ == message_.size(); }
    std::size_t at() const { return at_; }

private:
    std::string_view message_;
    std::size_t at_ = 0;
    bool failed_ = false;
};

void append_number(std::string& out, std::uint32_t value, std::size_t width) {
    for (std::size_t i = width; i-- > 0;) {
        out += static_cast<char>(value >> (8 * i) & 0xffU);
    }
}

void append_byte_of_label(std::string& name, char byte) {
    const auto code = static_cast<unsigned char>(byte);
    if (code > ' ' && code < 0x7f && byte != '.' && byte != '\\') {
        name += byte;
        return;
    }
    const auto digit = [](unsigned value) { return static_cast<char>('0' + value % 10); };
    name += '\\';
    name += digit(code / 100U);
    name += digit(code / 10U);
    name += digit(code);
}

// A question's: a pointer has nothing to point to.
std::string read_name(Reader& reader) {
    const std::size_t first = reader.at();
    std::string name;
    for (;;) {
        const std::size_t length = reader.number(1);
        if (length > kLabelBytesMax || reader.at() + length - first > kNameBytesMax) reader.fail();
        if (reader.failed() || length == 0) return lower_ascii(name);
        if (!name.empty()) name += '.';
        for (const char byte : reader.bytes(length)) {
            append_byte_of_label(name, byte);
        }
    }
}

void skip_name(Reader& reader) {
    constexpr std::size_t kPointer = 0xc0;
    for (;;) {
        const std::size_t length = reader.number(1);
        if (length >= kPointer) {
            (void)reader.bytes(1);
            return;
        }
        if (length > kLabelBytesMax) reader.fail();
        if (reader.failed() || length == 0) return;
        (void)reader.bytes(length);
    }
}

struct Header {
    std::uint16_t id, flags, questions, answers, authorities, additionals;
};

Header read_header(Reader& reader) {
    Header header{};
    for (std::uint16_t* field :
         {&header.id,
          &header.flags,
          &header.questions,
          &header.answers,
          &header.authorities,
          &header.additionals}) {
        *field = reader.number16();
    }
    return header;
}

struct Record {
    std::uint16_t type, record_class;
    std::uint32_t time_to_live;
};

Record read_record(Reader& reader) {
    skip_name(reader);
    Record record{};
    record.type = reader.number16();
    record.record_class = reader.number16();
    record.time_to_live = reader.number(4);
    (void)reader.bytes(reader.number16());
    return record;
}

// The record OPT, if there is one; all the others mean nothing in a query.
std::optional<Record> read_records(Reader& reader, const Header& header) {
    for (int left = header.answers + header.authorities; left > 0 && !reader.failed(); --left) {
        (void)read_record(reader);
    }
    std::optional<Record> found;
    for (int left = header.additionals; left > 0 && !reader.failed(); --left) {
        const Record record = read_record(reader);
        if (record.type != ns_t_opt) continue;
        if (found) reader.fail();  // RFC 6891 §6.1.1: at most one
        found = record;
    }
    return found;
}

struct Reply {
    std::uint16_t id = 0, flags = 0;
    int code = ns_r_noerror;
    std::string_view question = {};
    std::optional<DnsQuery::Edns> edns = {};
};

std::string write_reply(const Reply& reply, const std::vector<Ipv4>& addresses) {
    constexpr int kCodeBits = 4;  // in the header; what is beyond stands in OPT
    const auto code = static_cast<std::uint32_t>(reply.code);
    std::string out;
    append_number(out, reply.id, 2);
    append_number(out, reply.flags | kIsAnswer | kRecursionAvailable | (code & 0xfU), 2);
    append_number(out, reply.question.empty() ? 0 : 1, 2);
    append_number(out, static_cast<std::uint32_t>(addresses.size()), 2);
    append_number(out, 0, 2);
    append_number(out, reply.edns ? 1 : 0, 2);
    out += reply.question;
    for (const Ipv4 address : addresses) {
        append_number(out, kPointerToQuestion, 2);
        append_number(out, ns_t_a, 2);
        append_number(out, ns_c_in, 2);
        append_number(out, kDnsTimeToLive, 4);
        append_number(out, sizeof address, 2);
        append_number(out, address, sizeof address);
    }
    if (!reply.edns) return out;
    append_number(out, 0, 1);
    append_number(out, ns_t_opt, 2);
    append_number(out, kDnsUdpBytesMax, 2);
    append_number(out, code >> kCodeBits << 24U | (reply.edns->dnssec_ok ? kDnssecOk : 0), 4);
    append_number(out, 0, 2);
    return out;
}

DnsQuery::Edns edns_of(const Record& record) {
    return {
        std::clamp<std::size_t>(record.record_class, kDnsUdpBytes, kDnsUdpBytesMax),
        (record.time_to_live & kDnssecOk) != 0};
}

int code_of(NameAnswer::Status status) {
    switch (status) {
        case NameAnswer::Status::Addresses:
            return ns_r_noerror;
        case NameAnswer::Status::NoSuchName:
            return ns_r_nxdomain;
        case NameAnswer::Status::Refused:
            return ns_r_refused;
    }
    return ns_r_servfail;
}

}  // namespace

Expected<DnsQuery, std::string> parse_dns_query(std::string_view message) {
    Reader reader(message);
    const Header header = read_header(reader);
    if (reader.failed() || (header.flags & kIsAnswer) != 0) return Failure{std::string()};
    Reply wrong;
    wrong.id = header.id;
    wrong.flags = header.flags & (kOpcodeBits | kRecursionDesired);
    const auto refused = [&wrong](int code) {
        wrong.code = code;
        return Failure{write_reply(wrong, {})};
    };
    if ((header.flags & kOpcodeBits) != 0) return refused(ns_r_notimpl);
    if (header.questions != 1) return refused(ns_r_formerr);

    DnsQuery query;
    query.id = header.id;
    query.recursion_desired = (header.flags & kRecursionDesired) != 0;
    query.name = read_name(reader);
    query.type = reader.number16();
    const std::uint16_t asked_class = reader.number16();
    const std::size_t question_end = reader.at();
    const auto opt = read_records(reader, header);
    if (reader.failed() || !reader.at_end()) return refused(ns_r_formerr);

    query.question = message.substr(kHeaderBytes, question_end - kHeaderBytes);
    if (opt) query.edns = edns_of(*opt);
    wrong.question = query.question;
    wrong.edns = query.edns;
    constexpr std::uint32_t kVersionBits = 0xff0000;
    if (opt && (opt->time_to_live & kVersionBits) != 0) return refused(ns_r_badvers);
    if (asked_class != ns_c_in) return refused(ns_r_refused);
    return query;
}

std::string dns_answer(const DnsQuery& query, const NameAnswer& answer, std::size_t bytes_max) {
    const bool has_records = answer.status == NameAnswer::Status::Addresses &&
                             (query.type == ns_t_a || query.type == ns_t_any);
    Reply reply;
    reply.id = query.id;
    reply.flags = query.recursion_desired ? kRecursionDesired : 0;
    reply.code = code_of(answer.status);
    reply.question = query.question;
    reply.edns = query.edns;
    std::string out = write_reply(reply, has_records ? answer.addresses : std::vector<Ipv4>());
    if (out.size() <= bytes_max) return out;
    reply.flags |= kTruncated;
    return write_reply(reply, {});
}

}  // namespace kakehashi::enclosure
