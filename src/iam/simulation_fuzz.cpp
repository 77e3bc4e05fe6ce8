#include "iam/simulation.h"

#include "base/json.h"

#include <cstdint>
#include <cstdlib>

using namespace kakehashi;

// Oracle: every answer is one line of JSON with a name, and an error exactly when it says so.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string line(data, data + size);
    const iam::Evaluated answer = iam::evaluate_line(line, Language::English);
    if (answer.line.find('\n') != answer.line.npos) std::abort();
    const auto value = json::parse(answer.line);
    if (!value || !json::find_string(*value, "name")) std::abort();
    if (answer.failed != json::find_string(*value, "error").has_value()) std::abort();
    if (answer.failed == json::find_string(*value, "decision").has_value()) std::abort();
    return 0;
}
