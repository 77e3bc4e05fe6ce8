#pragma once

#include "config/configuration.h"
#include "config/detail/document.h"

namespace kakehashi::config::detail {

// The configuration that a document holds, without its source. Errors: as read_configuration.
Expected<Configuration, Problems> read_document(const Table& document, std::string file);

}  // namespace kakehashi::config::detail
