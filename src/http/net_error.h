#pragma once

#include "base/message.h"

#include <string>

namespace kakehashi::http {

// How an exchange with a peer can fail before, or instead of, an answer. Each wants another
// remedy, and `doctor` and the retry rules tell them apart by kind.
enum class NetErrorKind {
    NameNotFound,    // DNS says there is no such name
    DnsFailed,       // DNS gave no usable answer
    ConnectTimeout,  // no answer to SYN from any address: in a VPC, no route or a closed group
    ConnectRefused,
    TlsUntrusted,    // the certificate's issuer is not trusted: AWS_CA_BUNDLE
    TlsNameDiffers,  // the certificate is for another name
    TlsExpired,      // or not yet valid: a clock is wrong
    TlsFailed,
    Timeout,    // connected, but the deadline passed
    Closed,     // the peer closed before a byte of the answer: safe to send again
    Truncated,  // the peer closed inside the answer
    BadAnswer,  // no HTTP/1.1, or framed wrongly
    TooLarge,
    HostNotAllowed,  // the second guard (P30): not one of the configured hosts
    Cancelled,
};

struct NetError {
    NetErrorKind kind = NetErrorKind::Closed;
    std::string host = {};    // whom we spoke to, "sts.ap-northeast-1.amazonaws.com:443"
    std::string detail = {};  // the library's own word, for --debug alone
};

Message describe(const NetError& error);

}  // namespace kakehashi::http
