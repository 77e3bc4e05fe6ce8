#include "cloud/change.h"

#include "base/document_path.h"
#include "cfn/template.h"
#include "cloud/detail/document_change.h"

#include <algorithm>
#include <map>
#include <utility>

namespace kakehashi::cloud {
namespace {

using Operation = Change::Operation;
using Steps = std::vector<DocumentStep>;

// --- in a document ---

enum class Missing { Refused, Made };

json::value* step_down(json::value& value, const DocumentStep& step, Missing missing) {
    if (step.index) {
        auto* list = value.if_array();
        return list && *step.index < list->size() ? &(*list)[*step.index] : nullptr;
    }
    if (value.is_null() && missing == Missing::Made) value = json::object{};
    auto* object = value.if_object();
    if (!object) return nullptr;
    if (auto* found = object->if_contains(step.key)) return found;
    return missing == Missing::Made ? &(*object)[step.key] : nullptr;
}

json::value* walk(json::value& root, const Steps& steps, std::size_t count, Missing missing) {
    json::value* at = &root;
    for (std::size_t i = 0; at && i < count; ++i) {
        at = step_down(*at, steps[i], missing);
    }
    return at;
}

bool remove(json::value& document, const Steps& steps) {
    json::value* parent = walk(document, steps, steps.size() - 1, Missing::Refused);
    const DocumentStep& last = steps.back();
    if (!parent || !step_down(*parent, last, Missing::Refused)) return false;
    if (last.index) {
        auto& list = parent->as_array();
        list.erase(list.begin() + static_cast<std::ptrdiff_t>(*last.index));
    } else {
        parent->as_object().erase(last.key);
    }
    return true;
}

// --- in a world ---

Problems no_such_place(const Change& change) {
    return {
        {{"cloud.change.no_such_place"_msg, {{"file", change.file}, {"path", change.path}}},
         {change.file, 0, change.path}}};
}

config::KeyChange key_change(const Change& change) {
    using To = config::KeyChange::Operation;
    const auto operation = change.operation == Operation::Set      ? To::Set
                           : change.operation == Operation::Append ? To::Append
                                                                   : To::Remove;
    return {operation, change.path, change.value};
}

// The files of a world, those that are changed as documents.
class Files {
public:
    explicit Files(const World& world) : texts_(world.policy_texts()) {
        for (const Account& account : world.accounts()) {
            for (const auto& stack : account.stacks) {
                texts_[stack->file] = *stack->source;
                templates_.insert(stack->file);
            }
        }
    }

    Expected<bool, Problems> change(const Change& change) {
        const auto text = texts_.find(change.file);
        if (text == texts_.end()) {
            const Message what{"cloud.change.no_such_file"_msg, {{"file", change.file}}};
            return Failure{Problems{{what, {change.file}}}};
        }
        auto found = documents_.find(change.file);
        if (found == documents_.end()) {
            KAKEHASHI_TRY(json::value read, this->read(change, text->second));
            found = documents_.emplace(change.file, std::move(read)).first;
        }
        const bool made = make_change(found->second, change.operation, change.path, change.value);
        if (!made) return Failure{no_such_place(change)};
        return true;
    }

    std::map<std::string, std::string> texts() && {
        for (const auto& [file, document] : documents_) {
            texts_[file] = json::serialize(document);
        }
        return std::move(texts_);
    }

private:
    Expected<json::value, Problems> read(const Change& change, const std::string& text) const {
        if (templates_.contains(change.file)) {
            KAKEHASHI_TRY(const cfn::Template read, cfn::read_template(text, change.file));
            return cfn::document(read);
        }
        auto read = json::parse(text);
        if (!read) return Failure{no_such_place(change)};
        return *std::move(read);
    }

    std::map<std::string, std::string> texts_;
    std::set<std::string> templates_;
    std::map<std::string, json::value> documents_;
};

}  // namespace

const char* name(Change::Operation operation) {
    switch (operation) {
        case Operation::Set:
            return "set";
        case Operation::Append:
            return "append";
        case Operation::Remove:
            return "remove";
    }
    return "";
}

const char* name(Change::Of of) {
    return of == Change::Of::File ? "file" : "request";
}

json::object as_json(const Change& change) {
    return {
        {"of", name(change.of)},
        {"operation", name(change.operation)},
        {"file", change.file},
        {"path", change.path},
        {"value", change.value}};
}

bool make_change(
    json::value& document,
    Operation operation,
    std::string_view path,
    const json::value& value
) {
    const auto steps = read_document_path(path);
    if (!steps) return false;
    if (operation == Operation::Remove) return remove(document, *steps);
    json::value* target = walk(document, *steps, steps->size(), Missing::Made);
    if (!target) return false;
    if (operation == Operation::Set) {
        *target = value;
        return true;
    }
    if (target->is_null()) *target = json::array{};
    if (!target->is_array()) {
        json::array list;
        list.push_back(std::move(*target));
        *target = std::move(list);
    }
    target->as_array().push_back(value);
    return true;
}

namespace {

// Goes on from a place of the source, `done` being its path; gathers every way to the end.
void gather(
    const json::value& at,
    const Steps& steps,
    std::size_t next,
    const std::string& done,
    std::vector<std::string>& out
) {
    const json::array* choice = json::find_array(at, "Fn::If");
    if (choice && choice->size() == 3) {
        for (const std::size_t branch : {1U, 2U}) {
            const std::string there = done + ".Fn::If[" + std::to_string(branch) + "]";
            gather((*choice)[branch], steps, next, there, out);
        }
        return;
    }
    if (next == steps.size()) return out.push_back(done);
    const DocumentStep& step = steps[next];
    if (step.index) {
        const auto* list = at.if_array();
        if (!list || *step.index >= list->size()) return;
        const std::string there = done + "[" + std::to_string(*step.index) + "]";
        return gather((*list)[*step.index], steps, next + 1, there, out);
    }
    const std::string there = done.empty() ? step.key : done + "." + step.key;
    const json::value* member = json::find(at, step.key);
    if (member) return gather(*member, steps, next + 1, there, out);
    // A member that an edit would add.
    if (at.is_object() && next + 1 == steps.size()) out.push_back(there);
}

}  // namespace

std::vector<std::string> source_paths(const json::value& source, std::string_view resolved_path) {
    std::vector<std::string> out;
    if (const auto steps = read_document_path(resolved_path)) gather(source, *steps, 0, "", out);
    return out;
}

Expected<std::shared_ptr<const World>, Problems> with_changes(
    const World& world,
    const std::vector<Change>& changes
) {
    Files files(world);
    std::vector<config::KeyChange> keys;
    for (const Change& change : changes) {
        if (change.of == Change::Of::Request) continue;
        if (change.file == world.configuration().file) {
            keys.push_back(key_change(change));
            continue;
        }
        KAKEHASHI_TRY([[maybe_unused]] const bool made, files.change(change));
    }
    KAKEHASHI_TRY(
        config::Configuration configuration, config::with_changes(world.configuration(), keys)
    );
    return build_world(std::move(configuration), std::move(files).texts());
}

}  // namespace kakehashi::cloud
