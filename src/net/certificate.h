#pragma once

#include "base/expected.h"
#include "base/message.h"
#include "base/secret.h"
#include "base/time.h"

#include <memory>
#include <string>
#include <vector>

namespace kakehashi::net {

enum class CertificateError { BadCertificate, BadKey, KeyDiffers };
Message describe(CertificateError error);

struct Validity {
    TimePoint from, until;
};

// A certificate with its private key, for a server. Copies share it. Safe from every thread.
class Certificate {
public:
    // `pem` may go on with intermediate certificates.
    static Expected<Certificate, CertificateError> from_pem(
        const std::string& pem,
        const SecretString& key_pem
    );
    std::string pem() const;
    SecretString key_pem() const;

    struct State;  // of net alone
    explicit Certificate(std::shared_ptr<const State> state) : state_(std::move(state)) {}
    const State& state() const { return *state_; }

private:
    std::shared_ptr<const State> state_;
};

// A certificate authority of our own, in memory: the twin's. EC P-256, SHA-256.
class Authority {
public:
    static Authority make(const std::string& common_name, Validity validity);
    // For these DNS names ("*.example" too) and IP addresses, the first of which is its subject.
    // Requires: one name at least.
    Certificate issue(const std::vector<std::string>& names, Validity validity) const;
    std::string pem() const;  // what clients trust; the key never leaves

private:
    explicit Authority(Certificate root) : root_(std::move(root)) {}
    Certificate root_;
};

}  // namespace kakehashi::net
