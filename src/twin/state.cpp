#include "twin/state.h"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace kakehashi::twin {
namespace {

using namespace std::chrono_literals;

// EC2 User Guide, "Retrieve security credentials from instance metadata": six hours, and new ones
// at least five minutes before the old expire.
constexpr std::chrono::seconds kInstanceLifetime = 6h;
constexpr std::chrono::seconds kRotateBefore = 30min;

}  // namespace

bool Quota::take(double amount, TimePoint now) {
    if (filled_) {
        const std::chrono::duration<double, std::ratio<60>> passed = now - *filled_;
        left_ = std::min(per_minute_, left_ + std::max(passed.count(), 0.0) * per_minute_);
    }
    filled_ = now;
    if (left_ < amount) return false;
    left_ -= amount;
    return true;
}

State::State(std::shared_ptr<const cloud::World> shared_world, Twin::Outside outside)
    : clocks(outside.clock, shared_world->configuration().twin),
      timer(outside.timer),
      identifiers(shared_world->configuration().twin.seed),
      world_(std::move(shared_world)),
      files_(outside.files),
      folder_(std::move(outside.folder)),
      routed_(world_->configuration().twin.seed - 1) {
    for (const cloud::Account& account : world_->accounts()) {
        subscriptions_[account.id] = cloud::initial_subscriptions(*world_, account);
    }
    for (const config::Credential& fixed : world_->configuration().twin.credentials) {
        Issued issued;
        issued.session = cloud::declared_session(*world_, fixed.principal, clocks.account_time());
        issued.access_key_id = fixed.access_key_id;
        issued.secret_access_key = fixed.secret_access_key;
        if (fixed.session_token) issued.session_token = *fixed.session_token;
        issued.expires = fixed.expires;
        credentials.add_fixed(std::move(issued));
    }
}

std::shared_ptr<const Issued> State::instance_credentials(const cloud::Instance& instance) {
    const TimePoint now = clocks.account_time();
    auto& current = instance_credentials_[instance.id];
    if (current && current->expires && now + kRotateBefore < *current->expires) return current;
    auto session = cloud::instance_session(*world_, instance, now);
    if (!session) return nullptr;
    current = make_credentials(*std::move(session), kInstanceLifetime);
    credentials.add_rotated(current, now);
    return current;
}

std::shared_ptr<const Issued> State::issue(cloud::Session session, std::chrono::seconds lifetime) {
    return credentials.add(make_credentials(std::move(session), lifetime));
}

std::shared_ptr<const Issued> State::make_credentials(
    cloud::Session session,
    std::chrono::seconds lifetime
) {
    Issued issued;
    issued.session = std::move(session);
    issued.access_key_id = identifiers.access_key_id();
    issued.secret_access_key = SecretString(identifiers.secret_access_key());
    issued.session_token = SecretString(identifiers.session_token());
    issued.expires = clocks.account_time() + lifetime;
    return std::make_shared<const Issued>(std::move(issued));
}

std::shared_ptr<const iam::Context> State::standing_context(
    const std::shared_ptr<const Issued>& issued,
    const cloud::Reach& reach
) {
    auto& context = credentials.in_use(issued).standing[&reach];
    if (!context) context = cloud::standing_context(*world_, issued->session, reach);
    return context;
}

bool State::is_subscribed(const std::string& account, const std::string& model) const {
    const auto found = subscriptions_.find(account);
    return found != subscriptions_.end() && found->second.contains(model);
}

void State::subscribe(const std::string& account, const std::string& model) {
    subscriptions_[account].insert(model);
}

std::optional<cloud::Throttled> State::beyond_quota(
    const cloud::Account& account,
    const std::string& model,
    double tokens
) {
    const std::pair key(account.id, model);
    const TimePoint now = clocks.account_time();
    if (const auto limit = account.state.requests_per_minute) {
        auto& quota = request_quotas_.try_emplace(key, *limit).first->second;
        if (!quota.take(1, now)) return cloud::Throttled::Requests;
    }
    if (const auto limit = account.state.tokens_per_minute) {
        auto& quota = token_quotas_.try_emplace(key, *limit).first->second;
        if (!quota.take(tokens, now)) return cloud::Throttled::Tokens;
    }
    return std::nullopt;
}

std::string State::path_of(const std::string& name) const {
    return (std::filesystem::path(folder_) / name).string();
}

Expected<std::string, FileError> State::read(const std::string& file, std::size_t bytes_max) const {
    if (!files_) return Failure{FileError::NotFound};
    return files_->read(path_of(file), bytes_max);
}

Expected<std::vector<std::string>, FileError> State::list(
    const std::string& folder,
    std::size_t names_max
) const {
    if (!files_) return Failure{FileError::NotFound};
    return files_->list(path_of(folder), names_max);
}

std::string State::route(const std::vector<std::string>& destinations) {
    return destinations[routed_++ % destinations.size()];
}

}  // namespace kakehashi::twin
