#pragma once

#include "http/handler.h"
#include "twin/standpoint.h"
#include "twin/state.h"

#include <memory>

namespace kakehashi::twin {

// DOMAIN-OWNER.d.codeartifact.<region>.amazonaws.com, for pip: the simple API of PyPI over a local
// folder that stands for it, behind Basic authentication with an authorization token.
//   /pypi/REPOSITORY/simple/PROJECT/                the project's page
//   /pypi/REPOSITORY/simple/PROJECT/VERSION/FILE    a file
// Source: CodeArtifact User Guide, "Configure and use pip with CodeArtifact"; twin.md §6. The
// bodies of refusals are unverified: the switch codeartifact_error_body. Both outlive it.
std::unique_ptr<http::Handler> make_package_repository(State& state, const Standpoint& from);

}  // namespace kakehashi::twin
