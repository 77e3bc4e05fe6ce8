#pragma once

#include "cloud/model_access.h"
#include "cloud/reach.h"
#include "http/transport.h"
#include "twin/clocks.h"
#include "twin/credential_store.h"
#include "twin/identifiers.h"
#include "twin/journal.h"
#include "twin/package_tokens.h"
#include "twin/twin.h"

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace kakehashi::twin {

// A token bucket on account time: `per_minute` at once, refilled evenly.
class Quota {
public:
    explicit Quota(double per_minute) : per_minute_(per_minute), left_(per_minute) {}
    bool take(double amount, TimePoint now);

private:
    double per_minute_, left_;
    std::optional<TimePoint> filled_;
};

// What changes while a twin runs, shared by its services. Thread rule: one strand.
class State {
public:
    State(std::shared_ptr<const cloud::World> shared_world, Twin::Outside outside);

    const cloud::World& world() const { return *world_; }
    // Credentials of an instance's own role, the current ones; nullptr: it has none.
    std::shared_ptr<const Issued> instance_credentials(const cloud::Instance& instance);
    // What every request of these credentials has in common that takes this way, a standpoint's.
    std::shared_ptr<const iam::Context> standing_context(
        const std::shared_ptr<const Issued>& issued,
        const cloud::Reach& reach
    );
    // New credentials for a session.
    std::shared_ptr<const Issued> issue(cloud::Session session, std::chrono::seconds lifetime);

    bool is_subscribed(const std::string& account, const std::string& model) const;
    void subscribe(const std::string& account, const std::string& model);
    // Takes one call of `tokens` to the model from the account's quotas; what is used up, if one
    // is.
    std::optional<cloud::Throttled> beyond_quota(
        const cloud::Account& account,
        const std::string& model,
        double tokens
    );
    // The destination that cross-Region inference takes next: round robin, beginning by the seed.
    std::string route(const std::vector<std::string>& destinations);

    // A file, or the names in a folder, as the configuration names them.
    Expected<std::string, FileError> read(const std::string& file, std::size_t bytes_max) const;
    Expected<std::vector<std::string>, FileError> list(
        const std::string& folder,
        std::size_t names_max
    ) const;
    // Where `cli` has put the service; "" : nowhere.
    const std::string& listener(Service service) const {
        return listeners_[static_cast<std::size_t>(service)];
    }
    void listens_at(Service service, std::string origin) {
        listeners_[static_cast<std::size_t>(service)] = std::move(origin);
    }

    Clocks clocks;
    http::Timer& timer;  // outlives this
    Identifiers identifiers;
    CredentialStore credentials{kSessionsKept};
    PackageTokens package_tokens{kPackageTokensKept};
    Journal journal{kEventsKept, kRefusalsKept};

private:
    std::shared_ptr<const Issued> make_credentials(
        cloud::Session session,
        std::chrono::seconds lifetime
    );
    std::string path_of(const std::string& name) const;

    std::shared_ptr<const cloud::World> world_;
    Files* files_;                                             // null: there are none
    std::string folder_;                                       // of the configuration
    std::array<std::string, std::size(kServices)> listeners_;  // by Service
    std::map<std::string, std::shared_ptr<const Issued>> instance_credentials_;  // by instance id
    std::map<std::string, std::set<std::string>> subscriptions_;                 // by account
    std::map<std::pair<std::string, std::string>, Quota> request_quotas_, token_quotas_;
    std::uint64_t routed_;
};

}  // namespace kakehashi::twin
