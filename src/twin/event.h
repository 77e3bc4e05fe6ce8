#pragma once

#include "aws/rejection.h"
#include "base/json.h"
#include "base/time.h"
#include "cloud/reach.h"
#include "twin/credential_store.h"
#include "twin/identifiers.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace kakehashi::twin {

// One event of CloudTrail, in the pieces that it is written from: every request leaves one, and
// hardly any is ever read.
struct Event {
    const char* source = "";                    // a literal
    const char* name = "";                      // a literal; "" : no operation of the service
    const cloud::Reach* reach = nullptr;        // the state's; never null once it is kept
    std::shared_ptr<const Issued> caller = {};  // absent: not authenticated
    TimePoint time = {};                        // of the account
    std::uint64_t request_id = 0, id = 0;       // which draws of the identifiers
    std::string user_agent = {}, source_address = {};
    std::string inference_region = {};  // "" : not through cross-Region inference
    std::optional<json::object> parameters = {};
    std::optional<aws::Rejection> refused_with = {};
};

// Source: CloudTrail User Guide, "Record contents".
json::object record(const Event& event, std::string_view region, const Identifiers& identifiers);

}  // namespace kakehashi::twin
