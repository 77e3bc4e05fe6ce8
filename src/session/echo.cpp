#include "session/echo.h"

#include "base/text.h"

namespace kakehashi::session {
namespace {

void remove(aws::Remote& remote, std::string_view secret) {
    if (secret.size() < kEchoBytesMin) return;
    for (std::string* text : {&remote.code, &remote.request_id, &remote.text}) {
        if (text->find(secret) != text->npos) *text = replaced(std::move(*text), secret, "…");
    }
}

// The reader has bounded the depth.
void remove_all(aws::Remote& remote, const json::value& value) {
    if (const auto* text = value.if_string()) return remove(remote, json::view(*text));
    if (const auto* list = value.if_array()) {
        for (const json::value& element : *list) {
            remove_all(remote, element);
        }
    }
    if (const auto* object = value.if_object()) {
        for (const auto& member : *object) {
            remove_all(remote, member.value());
        }
    }
}

}  // namespace

void remove_echo(aws::Remote& remote, const aws::Credentials& sent) {
    remove(remote, sent.secret_access_key.reveal());
    remove(remote, sent.session_token.reveal());
}

void remove_echo(aws::Remote& remote, const Sent& sent) {
    remove_echo(remote, sent.credentials);
    for (const char* member : {"messages", "system"}) {
        if (const auto* value = json::find(sent.request, member)) remove_all(remote, *value);
    }
}

}  // namespace kakehashi::session
