#include "check/detail/patch.h"

#include "base/text.h"
#include "cfn/stack.h"

#include <cstdlib>
#include <string>

namespace {

using namespace kakehashi;
using namespace kakehashi::check;

std::optional<cfn::Stack> stack_of(std::string text) {
    auto read = cfn::read_template(text, "t.yaml");
    if (!read) return std::nullopt;
    cfn::StackSettings settings;
    settings.name = "s";
    settings.account = "111111111111";
    settings.region = "ap-northeast-1";
    auto stack = cfn::resolve(*read, settings);
    if (!stack) return std::nullopt;
    return *std::move(stack);
}

void expect(bool holds) {
    if (!holds) std::abort();
}

// The resource after the edit. An edit that leaves no template is a bug.
const cfn::Resource& edited(
    const DeclaredResource& declared,
    const Patch& patch,
    std::optional<cfn::Stack>& after
) {
    after = stack_of(apply_edits(*declared.stack->source, patch));
    expect(after.has_value());
    const cfn::Resource* found = after->find(declared.resource->logical_id);
    expect(found != nullptr);
    return *found;
}

void try_list(const DeclaredResource& declared, std::string_view key, const json::array& list) {
    for (std::size_t i = 0; i < list.size(); ++i) {
        const std::string path = "Resources." + declared.resource->logical_id + ".Properties." +
                                 std::string(key) + "[" + std::to_string(i) + "]";
        std::optional<cfn::Stack> after;
        if (const Patch patch = remove_item(declared, path); !patch.empty()) {
            json::array wanted = list;
            wanted.erase(wanted.begin() + static_cast<std::ptrdiff_t>(i));
            const auto& properties = edited(declared, patch, after).properties;
            const json::value* now = json::find(properties, key);
            expect(wanted.empty() || (now && *now == wanted));
        }
        const json::string* text = list[i].if_string();
        if (!text || text->empty()) continue;
        const Patch patch = copy_item(declared, path, json::view(*text), "another");
        if (patch.empty()) continue;
        json::array wanted = list;
        wanted.insert(wanted.begin() + static_cast<std::ptrdiff_t>(i) + 1, "another");
        const json::value* now = json::find(edited(declared, patch, after).properties, key);
        expect(now && *now == wanted);
    }
}

}  // namespace

// What an edit of a template changes, and that it changes nothing else.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
    const auto stack = stack_of(std::string(bytes, bytes + size));
    if (!stack) return 0;
    for (const cfn::Resource& resource : stack->resources) {
        const DeclaredResource declared{nullptr, &*stack, &resource};
        for (const auto& [key, value] : resource.properties) {
            if (const json::array* list = value.if_array()) try_list(declared, key, *list);
            if (!value.is_bool()) continue;
            const Patch patch = set_property(declared, "", key, value.as_bool() ? "false" : "true");
            if (patch.empty()) continue;
            std::optional<cfn::Stack> after;
            json::object wanted = resource.properties;
            wanted[key] = !value.as_bool();
            expect(edited(declared, patch, after).properties == wanted);
        }
    }
    return 0;
}
