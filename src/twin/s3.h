#pragma once

#include "http/handler.h"
#include "twin/standpoint.h"
#include "twin/state.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace kakehashi::twin {

// s3.<region>.amazonaws.com, as dnf of Amazon Linux 2023 knows it: unsigned GETs of its repository
// bucket, by virtual-hosted, dual-stack or path-style names, judged by the gateway endpoint's
// policy. Everything else is AccessDenied. Source: S3 API Reference, "GetObject", "Error
// responses"; twin.md §6. Both outlive it.
std::unique_ptr<http::Handler> make_s3(State& state, const Standpoint& from);

// The bucket when no folder stands for it: a mirror list for any release, and a repository with one
// package, which says that it is none. `origin`: what the mirror list leads to.
std::optional<std::string> built_in_mirror(std::string_view key, const std::string& origin);

}  // namespace kakehashi::twin
