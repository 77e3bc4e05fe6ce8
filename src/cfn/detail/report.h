#pragma once

#include "base/problem.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace kakehashi::cfn {

// Where a recursion stands. Links live on the stack; text is made only when a problem needs it.
class Path {
public:
    explicit Path(std::string_view key) : key_(key) {}
    Path(const Path& above, std::string_view key) : above_(&above), key_(key) {}
    Path(const Path& above, std::size_t index) : above_(&above), index_(index) {}
    std::string text() const;

private:
    const Path* above_ = nullptr;  // outlives this
    std::string_view key_;         // empty: an index
    std::size_t index_ = 0;
};

// Collects problems of one file, each once, up to kProblemsMax.
class Report {
public:
    explicit Report(std::string file) : file_(std::move(file)) {}
    void add(Message what, std::size_t line, std::string path);
    void add(Message what, std::size_t line, const Path& path) {
        add(std::move(what), line, path.text());
    }
    bool empty() const { return problems_.empty(); }
    std::size_t count() const { return problems_.size(); }
    Problems take() && { return std::move(problems_); }
    const std::string& file() const { return file_; }

private:
    std::string file_;
    Problems problems_;
};

// `id`_near with {near} if one of `known` is near enough to `name`, else `id`; both have {name}.
Message with_hint(
    std::string_view id,
    std::string_view name,
    const std::vector<std::string_view>& known
);

}  // namespace kakehashi::cfn
