#include "twin/credential_store.h"

#include <utility>

namespace kakehashi::twin {

std::shared_ptr<const Issued> CredentialStore::add(std::shared_ptr<const Issued> issued) {
    by_id_[issued->access_key_id] = issued;
    order_.push_back(issued->access_key_id);
    if (order_.size() > kept_max_) {
        by_id_.erase(order_.front());
        order_.pop_front();
    }
    return issued;
}

void CredentialStore::add_rotated(std::shared_ptr<const Issued> issued, TimePoint now) {
    std::erase_if(rotated_, [&](const std::string& id) {
        const auto found = by_id_.find(id);
        const bool gone = found == by_id_.end() || *found->second->expires <= now;
        if (gone) by_id_.erase(id);
        return gone;
    });
    rotated_.push_back(issued->access_key_id);
    by_id_[issued->access_key_id] = std::move(issued);
}

void CredentialStore::add_fixed(Issued issued) {
    std::string id = issued.access_key_id;
    by_id_[std::move(id)] = std::make_shared<const Issued>(std::move(issued));
}

std::shared_ptr<const Issued> CredentialStore::find(const std::string& access_key_id) const {
    const auto found = by_id_.find(access_key_id);
    return found == by_id_.end() ? nullptr : found->second;
}

InUse& CredentialStore::in_use(const std::shared_ptr<const Issued>& issued) {
    const auto found = in_use_.find(issued.get());
    if (found != in_use_.end()) return found->second;
    if (in_use_.size() == kInUseMax) in_use_.clear();
    return in_use_.try_emplace(issued.get(), InUse{issued}).first->second;
}

}  // namespace kakehashi::twin
