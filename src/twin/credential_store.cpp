#include "twin/credential_store.h"

#include <utility>

namespace kakehashi::twin {

std::shared_ptr<const Issued> CredentialStore::add(Issued issued) {
    auto shared = std::make_shared<const Issued>(std::move(issued));
    by_id_[shared->access_key_id] = shared;
    order_.push_back(shared->access_key_id);
    if (order_.size() > kept_max_) {
        by_id_.erase(order_.front());
        order_.pop_front();
    }
    return shared;
}

void CredentialStore::add_fixed(Issued issued) {
    std::string id = issued.access_key_id;
    by_id_[std::move(id)] = std::make_shared<const Issued>(std::move(issued));
}

std::shared_ptr<const Issued> CredentialStore::find(const std::string& access_key_id) const {
    const auto found = by_id_.find(access_key_id);
    return found == by_id_.end() ? nullptr : found->second;
}

}  // namespace kakehashi::twin
