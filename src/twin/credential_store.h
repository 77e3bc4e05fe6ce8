#pragma once

#include "aws/sigv4.h"
#include "base/secret.h"
#include "base/time.h"
#include "cloud/session.h"
#include "twin/twin.h"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace kakehashi::twin {

// A key that the twin has given out, or that the configuration fixes, and whose it is.
struct Issued {
    cloud::Session session;
    std::string access_key_id;
    SecretString secret_access_key;
    SecretString session_token;             // empty: a long-term key
    std::optional<TimePoint> expires = {};  // account time; absent: never
};

// What is worked out once for a key that signs requests: neither it nor the world changes.
struct InUse {
    std::shared_ptr<const Issued> issued;
    aws::SigningKey signing_key = {};
    std::map<const cloud::Reach*, std::shared_ptr<const iam::Context>> standing =
        {};  // by a standpoint's way
};
inline constexpr std::size_t kInUseMax = 128;  // some 10 KB each

// The keys by id. Holds `kept_max` issued ones and forgets the oldest beyond. Thread rule: one
// strand.
class CredentialStore {
public:
    explicit CredentialStore(std::size_t kept_max) : kept_max_(kept_max) {}

    std::shared_ptr<const Issued> add(std::shared_ptr<const Issued> issued);
    void add_fixed(Issued issued);  // never forgotten
    // An instance's own, which it reads again only when they are about to expire: forgotten at the
    // first rotation after that.
    void add_rotated(std::shared_ptr<const Issued> issued, TimePoint now);
    std::shared_ptr<const Issued> find(const std::string& access_key_id) const;  // nullptr: unknown
    // Forgets all the others when `kInUseMax` of them are there.
    InUse& in_use(const std::shared_ptr<const Issued>& issued);

private:
    std::size_t kept_max_;
    std::unordered_map<std::string, std::shared_ptr<const Issued>> by_id_;
    std::unordered_map<const Issued*, InUse> in_use_;
    std::deque<std::string> order_;  // of those that may be forgotten
    std::vector<std::string> rotated_;
};

}  // namespace kakehashi::twin
