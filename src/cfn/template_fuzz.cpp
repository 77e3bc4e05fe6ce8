#include "cfn/detail/read.h"
#include "cfn/stack.h"

#include <cstdlib>

// What is JSON says the same when it is read as YAML; resolving never crashes, and fails with a
// reason.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
    using namespace kakehashi::cfn;  // NOLINT(google-build-using-namespace)
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const auto read = read_template(text, "fuzz");
    if (!read) {
        if (read.error().empty()) std::abort();
        return 0;
    }
    if (text.starts_with('{')) {
        const auto yaml = read_yaml(text);
        if (yaml && !equal(*yaml, read->root())) std::abort();
    }
    StackSettings settings;
    settings.name = "town";
    settings.account = "111111111111";
    settings.region = "ap-northeast-1";
    const auto stack = resolve(*read, settings);
    if (!stack && stack.error().empty()) std::abort();
    if (!stack) return 0;
    for (const Resource& one : stack->resources) {
        if (stack->line_of("Resources." + one.logical_id) != one.line) std::abort();
    }
    return 0;
}
