#include "cfn/detail/report.h"

#include "base/text.h"
#include "cfn/template.h"

namespace kakehashi::cfn {

std::string Path::text() const {
    std::string above = above_ ? above_->text() : std::string();
    if (key_.empty()) return above + "[" + std::to_string(index_) + "]";
    if (!above.empty()) above += '.';
    return above.append(key_);
}

void Report::add(Message what, std::size_t line, std::string path) {
    if (problems_.size() >= kProblemsMax) return;
    for (const Problem& told : problems_) {
        if (told.where.line == line && told.where.path == path && told.what.id == what.id) return;
    }
    problems_.push_back({std::move(what), {file_, line, std::move(path)}});
}

Message with_hint(
    std::string_view id,
    std::string_view name,
    const std::vector<std::string_view>& known
) {
    std::vector<std::pair<std::string, std::string>> fields{{"name", std::string(name)}};
    std::string full(id);
    const auto near = name.empty() ? std::nullopt : nearest(name, known);
    if (near) {
        fields.emplace_back("near", std::string(*near));
        full += "_near";
    }
    return {MessageId::composed(std::move(full)), std::move(fields)};
}

}  // namespace kakehashi::cfn
