#include "http/net_error.h"

#include <cstdlib>

namespace kakehashi::http {
namespace {

MessageId message_of(NetErrorKind kind) {
    switch (kind) {
        case NetErrorKind::NameNotFound:
            return "http.net_error.name_not_found"_msg;
        case NetErrorKind::DnsFailed:
            return "http.net_error.dns_failed"_msg;
        case NetErrorKind::ConnectTimeout:
            return "http.net_error.connect_timeout"_msg;
        case NetErrorKind::ConnectRefused:
            return "http.net_error.connect_refused"_msg;
        case NetErrorKind::TlsUntrusted:
            return "http.net_error.tls_untrusted"_msg;
        case NetErrorKind::TlsNameDiffers:
            return "http.net_error.tls_name_differs"_msg;
        case NetErrorKind::TlsExpired:
            return "http.net_error.tls_expired"_msg;
        case NetErrorKind::TlsFailed:
            return "http.net_error.tls_failed"_msg;
        case NetErrorKind::Timeout:
            return "http.net_error.timeout"_msg;
        case NetErrorKind::Closed:
            return "http.net_error.closed"_msg;
        case NetErrorKind::Truncated:
            return "http.net_error.truncated"_msg;
        case NetErrorKind::BadAnswer:
            return "http.net_error.bad_answer"_msg;
        case NetErrorKind::TooLarge:
            return "http.net_error.too_large"_msg;
        case NetErrorKind::HostNotAllowed:
            return "http.net_error.host_not_allowed"_msg;
        case NetErrorKind::Cancelled:
            return "http.net_error.cancelled"_msg;
    }
    std::abort();
}

}  // namespace

Message describe(const NetError& error) {
    return {message_of(error.kind), {{"host", error.host}}};
}

}  // namespace kakehashi::http
