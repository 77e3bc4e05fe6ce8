#pragma once

#include "aws/rejection.h"
#include "base/json.h"
#include "cloud/model_access.h"
#include "http/message.h"
#include "twin/event.h"
#include "twin/standpoint.h"
#include "twin/state.h"

#include <memory>
#include <string>

namespace kakehashi::twin {

// One request on its way through a service: what it is called in CloudTrail, who made it, and how
// it ended. Leaves one event when it is finished, and keeps what a refusal needs to be explained.
// Thread rule: one strand.
class Call {
public:
    // `event_source` is a literal.
    Call(
        State& state,
        const Standpoint& from,
        const http::Incoming& request,
        const char* event_source,
        Service service
    );

    const std::string& request_id() const { return request_id_; }
    const cloud::Reach& reach() const { return *event_.reach; }
    cloud::RequestFacts facts() const;  // Requires: made_by()

    void named(const char* event_name) { event_.name = event_name; }  // a literal
    void made_by(std::shared_ptr<const Issued> caller) { event_.caller = std::move(caller); }
    void with_parameters(json::object parameters) { event_.parameters = std::move(parameters); }
    void routed_to(std::string region) { event_.inference_region = std::move(region); }

    // The last word: nothing but the request's id is there afterwards.
    void succeeded();
    void refused(const cloud::Refusal& refusal);
    // IAM's; `finding` "": the authorization says which it is.
    void refused(
        const aws::Rejection& rejection,
        cloud::Authorization authorization,
        std::string finding = ""
    );

private:
    void finish();
    // Notes the refusal in the event, too.
    RefusedRequest refused_request(const aws::Rejection& rejection, std::string finding);

    State& state_;
    std::string request_id_;
    Event event_;
};

}  // namespace kakehashi::twin
