#pragma once

#include "aws/rejection.h"
#include "base/json.h"
#include "cloud/model_access.h"
#include "http/message.h"
#include "twin/state.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace kakehashi::twin {

// One request on its way through a service: what it is called in CloudTrail, who made it, and how
// it ended. Writes one event when it is finished, and keeps what a refusal needs to be explained.
// Source of the event's shape: CloudTrail User Guide, "Record contents". Thread rule: one strand.
class Call {
public:
    Call(
        State& state,
        const http::Incoming& request,
        std::string_view event_source,
        Service service
    );

    const std::string& request_id() const { return request_id_; }
    const cloud::Reach& reach() const { return reach_; }
    cloud::RequestFacts facts() const;

    void named(std::string event_name) { event_name_ = std::move(event_name); }
    void made_by(std::shared_ptr<const Issued> caller) { caller_ = std::move(caller); }
    void with_parameters(json::object parameters) { parameters_ = std::move(parameters); }
    void with_additional(json::object additional) { additional_ = std::move(additional); }

    void succeeded();
    void refused(const cloud::Refusal& refusal);
    // IAM's; `finding` "": the authorization says which it is.
    void refused(
        const aws::Rejection& rejection,
        cloud::Authorization authorization,
        std::string finding = ""
    );

private:
    void write_event(const aws::Rejection* rejection);
    json::object user_identity(const boost::json::storage_ptr& memory) const;
    json::object event(const boost::json::storage_ptr& memory);

    State& state_;
    std::string request_id_, event_name_, event_source_, user_agent_, client_address_;
    const cloud::Reach& reach_;  // the state's
    std::shared_ptr<const Issued> caller_;
    std::optional<json::object> parameters_, additional_;
};

}  // namespace kakehashi::twin
