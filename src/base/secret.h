#pragma once

#include <ostream>
#include <string>
#include <string_view>

namespace kakehashi {

// The same time whatever the contents; lengths are not secret. Safe from every thread.
bool equal_in_constant_time(std::string_view a, std::string_view b);

// Text that must not be seen: wiped when it goes, never printed, compared in constant time.
// Owns its text. Where a protocol needs the text itself, `reveal()` says so in the code.
class SecretString {
public:
    SecretString() = default;
    explicit SecretString(std::string text);  // takes over; wipes what it was moved from
    SecretString(const SecretString& other) = default;
    SecretString(SecretString&& other) noexcept;
    SecretString& operator=(const SecretString& other);
    SecretString& operator=(SecretString&& other) noexcept;
    ~SecretString();

    const std::string& reveal() const { return text_; }
    bool empty() const { return text_.empty(); }

    friend bool operator==(const SecretString& a, const SecretString& b) {
        return equal_in_constant_time(a.text_, b.text_);
    }
    friend std::ostream& operator<<(std::ostream&, const SecretString&) = delete;

private:
    void wipe() noexcept;
    std::string text_;
};

}  // namespace kakehashi
