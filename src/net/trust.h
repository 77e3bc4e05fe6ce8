#pragma once

#include "base/expected.h"
#include "base/message.h"

#include <memory>
#include <string>

struct ssl_ctx_st;

namespace kakehashi::net {

struct TrustError {
    enum class Kind { FileMissing, FileBroken, NoSystemStore };
    Kind kind;
    std::string file;
};
Message describe(const TrustError& error);

// Whom a TLS client believes, and how it speaks: TLS 1.2 with forward secrecy and AEAD, or 1.3;
// chain, validity and host name are always verified. Copies share it. Thread rule: one strand.
class Trust {
public:
    // AWS_CA_BUNDLE: these certificates alone.
    static Expected<Trust, TrustError> from_file(const std::string& path);
    static Expected<Trust, TrustError> from_pem(const std::string& pem, const std::string& file);
    // The distribution's: Debian's or Amazon Linux's bundle. Reading it takes some milliseconds.
    static Expected<Trust, TrustError> system();

    ssl_ctx_st* context() const { return context_.get(); }

private:
    explicit Trust(std::shared_ptr<ssl_ctx_st> context) : context_(std::move(context)) {}
    std::shared_ptr<ssl_ctx_st> context_;
};

}  // namespace kakehashi::net
