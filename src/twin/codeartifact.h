#pragma once

#include "http/handler.h"
#include "twin/standpoint.h"
#include "twin/state.h"

#include <memory>
#include <string>
#include <string_view>

namespace kakehashi::twin {

// codeartifact.<region>.amazonaws.com: GetAuthorizationToken and GetRepositoryEndpoint.
// Source: the service model codeartifact/2018-09-22; twin.md §6. Both outlive it.
std::unique_ptr<http::Handler> make_codeartifact(State& state, const Standpoint& from);

// [A-Za-z0-9][A-Za-z0-9._\-]{1,99}
bool is_repository_name(std::string_view text);

// Where a domain's repositories are.
std::string repository_host(const cloud::World& world, const cloud::DomainName& domain);

}  // namespace kakehashi::twin
