#pragma once

#include "http/handler.h"
#include "twin/standpoint.h"
#include "twin/state.h"

#include <memory>
#include <string>

namespace kakehashi::twin {

// What ECS answers a task at 169.254.170.2: the credentials of its task role, at a path that the
// task's environment names. Source: ECS Developer Guide, "Task IAM role"; statuses of other
// requests are unverified. Both outlive it.
std::unique_ptr<http::Handler> make_container_credentials(State& state, const Standpoint& from);

// AWS_CONTAINER_CREDENTIALS_RELATIVE_URI of a task: the same on every run.
std::string container_credentials_path(const cloud::Instance& task);

}  // namespace kakehashi::twin
