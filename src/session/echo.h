#pragma once

#include "aws/credentials.h"
#include "aws/service_error.h"
#include "base/json.h"

// Services repeat what they were sent: the canonical request of a bad signature with the session
// token in it, the value that breaks a constraint. None of it may be shown or logged (P20).
namespace kakehashi::session {

inline constexpr std::size_t kEchoBytesMin = 8;  // shorter text is everywhere

// Takes the secrets out of all that the service said.
void remove_echo(aws::Remote& remote, const aws::Credentials& sent);

// A Converse request and what it was signed with.
struct Sent {
    json::value request;
    aws::Credentials credentials = {};
};
// Takes out these and every text of the request's messages and system.
void remove_echo(aws::Remote& remote, const Sent& sent);

}  // namespace kakehashi::session
