#include "check/detail/patch.h"

#include "base/text.h"

#include <algorithm>
#include <optional>

namespace kakehashi::check {
namespace {

// --- lines ---

// A line with its end; "" beyond the last.
std::string_view line_at(std::string_view text, std::size_t number) {
    std::size_t begin = 0;
    for (std::size_t i = 1; i < number; ++i) {
        begin = text.find('\n', begin);
        if (begin == text.npos) return {};
        ++begin;
    }
    if (number == 0) return {};
    const std::size_t end = text.find('\n', begin);
    return text.substr(begin, end == text.npos ? text.npos : end + 1 - begin);
}

std::string_view without_end(std::string_view line) {
    while (line.ends_with('\n') || line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return line;
}

std::string line_end(std::string_view line) {
    const std::string_view rest = without_end(line);
    return line.size() == rest.size() ? "\n" : std::string(line.substr(rest.size()));
}

std::size_t indent_of(std::string_view line) {
    return std::min(line.find_first_not_of(" \t"), line.size());
}

// A block of YAML, without what a comment says.
std::string_view code_of(std::string_view line) {
    line = without_end(line);
    const std::size_t comment = line.find(" #");
    if (comment != line.npos) line = line.substr(0, comment);
    if (trimmed(line).starts_with('#')) return {};
    while (line.ends_with(' ')) {
        line.remove_suffix(1);
    }
    return line;
}

// Lines are counted as YAML counts them: a carriage return alone would be one more.
bool has_lone_return(std::string_view text) {
    for (auto at = text.find('\r'); at != text.npos; at = text.find('\r', at + 1)) {
        if (at + 1 == text.size() || text[at + 1] != '\n') return true;
    }
    return false;
}

bool is_yaml(const DeclaredResource& declared) {
    const auto& source = declared.stack->source;
    return source && !source->starts_with('{') && !has_lone_return(*source);
}

struct Line {
    std::size_t number = 0;
    std::string_view text;  // with its end
    bool exists() const { return !text.empty(); }
};

Line line_of(const DeclaredResource& declared, std::string_view path) {
    if (!is_yaml(declared)) return {};
    const std::size_t number = declared.stack->line_of(path);
    return {number, line_at(*declared.stack->source, number)};
}

LineEdit replacement(const DeclaredResource& declared, const Line& line, std::string text) {
    return {declared.stack->file, line.number, line.number, std::move(text)};
}

LineEdit insertion(const DeclaredResource& declared, std::size_t before, std::string text) {
    return {declared.stack->file, before, before - 1, std::move(text)};
}

// A deeper line below goes on with what this one says.
bool goes_on(const DeclaredResource& declared, const Line& line) {
    std::size_t next = line.number + 1;
    while (!line_at(*declared.stack->source, next).empty() &&
           code_of(line_at(*declared.stack->source, next)).empty()) {
        ++next;
    }
    const std::string_view below = line_at(*declared.stack->source, next);
    return !below.empty() && indent_of(below) > indent_of(line.text);
}

// --- a key and its scalar ---

// Where the scalar of `key` stands in a line of block or flow style, as [begin, end).
struct Span {
    std::size_t begin = 0, end = 0;
};
std::optional<Span> scalar_of(std::string_view line, std::string_view key) {
    const std::string_view code = code_of(line);
    const std::string wanted = std::string(key) + ":";
    const std::size_t at = code.find(wanted);
    if (at == code.npos || code.find(wanted, at + 1) != code.npos) return std::nullopt;
    if (at > 0 && std::string_view(" {,-").find(code[at - 1]) == std::string_view::npos) {
        return std::nullopt;
    }
    const std::size_t begin = code.find_first_not_of(' ', at + wanted.size());
    if (begin == code.npos || begin == at + wanted.size()) return std::nullopt;
    if (std::string_view("!&*{[|>").find(code[begin]) != std::string_view::npos)
        return std::nullopt;
    std::size_t end = std::min(code.find_first_of(",}", begin), code.size());
    while (end > begin && code[end - 1] == ' ') {
        --end;
    }
    return Span{begin, end};
}

Patch replace_scalar(
    const DeclaredResource& declared,
    const Line& line,
    std::string_view key,
    std::string_view value
) {
    const auto scalar = scalar_of(line.text, key);
    if (!scalar || goes_on(declared, line)) return {};
    std::string text(line.text);
    text.replace(scalar->begin, scalar->end - scalar->begin, value);
    return {replacement(declared, line, std::move(text))};
}

// A new first line of the block mapping whose own key stands on `holder`.
Patch add_key(
    const DeclaredResource& declared,
    const Line& holder,
    std::string_view key,
    std::string_view value
) {
    if (!code_of(holder.text).ends_with(':')) return {};
    const std::string_view source = *declared.stack->source;
    std::size_t next = holder.number + 1;
    while (!line_at(source, next).empty() && code_of(line_at(source, next)).empty()) {
        ++next;
    }
    const std::string_view first = line_at(source, next);
    const std::size_t indent = indent_of(first);
    const std::size_t dash = trimmed(holder.text).starts_with("- ") ? 2 : 0;
    if (indent <= indent_of(holder.text) + dash || trimmed(first).starts_with('-')) return {};
    std::string text(indent, ' ');
    text.append(key).append(": ").append(value).append(line_end(first));
    return {insertion(declared, holder.number + 1, std::move(text))};
}

std::string joined_path(std::string_view above, std::string_view below) {
    std::string path(above);
    if (!below.empty()) path.append(path.empty() ? "" : ".").append(below);
    return path;
}

// --- items of lists ---

// "    - item" or "    - !Sub item", and nothing else on the line.
bool is_block_item(std::string_view line) {
    std::string_view code = trimmed(code_of(line));
    if (!code.starts_with("- ")) return false;
    code = trimmed(code.substr(2));
    if (code.starts_with("!Sub ")) code = trimmed(code.substr(5));
    if (code.empty() || std::string_view("!&*{[|>").find(code.front()) != std::string_view::npos) {
        return false;
    }
    return code.find(": ") == code.npos && !code.ends_with(':');
}

// Quoted from its first to its last character, or not at all: a comma may stand in quotes.
bool is_whole_scalar(std::string_view item) {
    if (item.empty()) return false;
    const bool quoted = item.size() > 1 && (item.front() == '"' || item.front() == '\'') &&
                        item.back() == item.front();
    const std::string_view inside = quoted ? item.substr(1, item.size() - 2) : item;
    return inside.find_first_of("\"'\\") == inside.npos;
}

struct Flow {
    std::size_t begin = 0, end = 0;  // between the brackets
    std::vector<Span> items;
};
// "Key: [a, b]" on one line, of plain or quoted scalars without commas.
std::optional<Flow> flow_of(std::string_view line) {
    const std::string_view code = code_of(line);
    const std::size_t open = code.find('[');
    const std::size_t close = code.rfind(']');
    if (open == code.npos || close != code.size() - 1) return std::nullopt;
    if (code.find('[', open + 1) != code.npos || code.find('{') != code.npos) return std::nullopt;
    if (trimmed(code.substr(0, open)).find(": ") != std::string_view::npos) return std::nullopt;
    Flow out{open + 1, close, {}};
    for (std::size_t at = open + 1; at <= close;) {
        const std::size_t end = std::min(code.find(',', at), close);
        const std::size_t begin = std::min(code.find_first_not_of(' ', at), end);
        std::size_t last = end;
        while (last > begin && code[last - 1] == ' ') {
            --last;
        }
        if (!is_whole_scalar(code.substr(begin, last - begin))) return std::nullopt;
        out.items.push_back({begin, last});
        at = end + 1;
    }
    return out;
}

struct Item {
    std::string list;  // the path of its list; "" if it stands alone
    std::size_t index = 0;
};
Item item_of(std::string_view path) {
    const std::size_t open = path.rfind('[');
    if (!path.ends_with(']') || open == path.npos) return {};
    const auto index = parse_count(path.substr(open + 1, path.size() - open - 2));
    if (!index) return {};
    return {std::string(path.substr(0, open)), *index};
}

Patch remove_flow_item(const DeclaredResource& declared, const Line& line, std::size_t index) {
    const auto flow = flow_of(line.text);
    if (!flow || index >= flow->items.size() || flow->items.size() < 2) return {};
    std::string text(line.text.substr(0, flow->begin));
    std::string inside;
    for (std::size_t i = 0; i < flow->items.size(); ++i) {
        if (i == index) continue;
        const Span& item = flow->items[i];
        inside += (inside.empty() ? "" : ", ") +
                  std::string(line.text.substr(item.begin, item.end - item.begin));
    }
    text += inside;
    text += line.text.substr(flow->end);
    return {replacement(declared, line, std::move(text))};
}

std::string path_of(const Pair& pair, const StatementText& statement, std::string_view below) {
    return pair.where(statement, below).path;
}

const DeclaredResource* holder_of(const Pair& pair, const StatementText& statement) {
    return pair.resource(pair.where(statement));
}

}  // namespace

Patch set_property(
    const DeclaredResource& declared,
    std::string_view below,
    std::string_view key,
    std::string_view value
) {
    const std::string properties = "Resources." + declared.resource->logical_id + ".Properties";
    const std::string holder = joined_path(properties, below);
    if (!is_yaml(declared)) return {};
    const json::object* object = &declared.resource->properties;
    for (const std::string_view step : split(below, '.')) {
        if (!step.empty() && object) object = json::find_object(*object, step);
    }
    if (object && json::find(*object, key)) {
        return replace_scalar(declared, line_of(declared, joined_path(holder, key)), key, value);
    }
    return add_key(declared, line_of(declared, holder), key, value);
}

Patch remove_item(const DeclaredResource& declared, std::string_view path) {
    const Item item = item_of(path);
    if (item.list.empty()) return {};
    const Line line = line_of(declared, path);
    if (line.number == declared.stack->line_of(item.list)) {
        return remove_flow_item(declared, line, item.index);
    }
    if (!is_block_item(line.text) || goes_on(declared, line)) return {};
    return {replacement(declared, line, "")};
}

Patch copy_item(
    const DeclaredResource& declared,
    std::string_view path,
    std::string_view from,
    std::string_view to
) {
    const Line line = line_of(declared, path);
    const std::string_view code = code_of(line.text);
    if (from.empty() || code.find(from) == code.npos || goes_on(declared, line)) return {};
    if (is_block_item(line.text)) {
        const std::size_t at = code.find(from, code.find('-') + 1);
        if (at == code.npos) return {};
        std::string copy(code);
        copy.replace(at, from.size(), to);
        copy += line_end(line.text);
        const bool ends = without_end(line.text).size() != line.text.size();
        if (ends) return {insertion(declared, line.number + 1, std::move(copy))};
        return {replacement(declared, line, std::string(line.text) + "\n" + copy)};  // the last one
    }
    std::string text(line.text);
    const Item item = item_of(path);
    if (const auto flow = flow_of(line.text); flow && item.index < flow->items.size()) {
        const Span& span = flow->items[item.index];
        std::string copy(text.substr(span.begin, span.end - span.begin));
        const std::size_t inside = copy.find(from);
        if (inside == std::string::npos) return {};
        copy.replace(inside, from.size(), to);
        text.insert(span.end, ", " + copy);
        return {replacement(declared, line, std::move(text))};
    }
    // "Action: bedrock:InvokeModel": the one scalar after its key.
    const std::size_t colon = code.find(": ");
    if (colon == code.npos || !item.list.empty()) return {};
    const std::string scalar(trimmed(code.substr(colon + 2)));
    if (scalar.find_first_of("[]{},!\"'|>") != std::string::npos) return {};
    const std::string copy = replaced(scalar, from, to);
    text.replace(code.find(scalar, colon), scalar.size(), "[" + scalar + ", " + copy + "]");
    return {replacement(declared, line, std::move(text))};
}

Patch remove_item(const Pair& pair, const StatementText& statement, std::string_view below) {
    const DeclaredResource* declared = holder_of(pair, statement);
    return declared ? remove_item(*declared, path_of(pair, statement, below)) : Patch{};
}

Patch copy_item(
    const Pair& pair,
    const StatementText& statement,
    std::string_view below,
    std::string_view from,
    std::string_view to
) {
    const DeclaredResource* declared = holder_of(pair, statement);
    return declared ? copy_item(*declared, path_of(pair, statement, below), from, to) : Patch{};
}

Patch detach_managed_policy(const Pair& pair, const cloud::Role& role, const iam::Policy& policy) {
    const DeclaredResource* declared = pair.resource(role.where);
    if (!declared || pair.world().is_own(policy) || !is_yaml(*declared)) return {};
    const Location at = pair.attachment(role, policy);
    const Item item = item_of(at.path);
    if (item.list.empty()) return {};
    const Line key = line_of(*declared, item.list);
    const auto arns = texts_of(declared->find("ManagedPolicyArns"));
    // Others that go for the same reason leave with it: an empty list would not be a template.
    const bool some_stay = std::any_of(arns.begin(), arns.end(), [&](const std::string& arn) {
        return arn != arn_of(policy) && arn.find(":policy/AmazonBedrock") == std::string::npos;
    });
    if (some_stay) return remove_item(*declared, at.path);
    const Line line = line_of(*declared, item.list + "[" + std::to_string(arns.size() - 1) + "]");
    const bool flow = line.number == key.number;
    if (flow ? !flow_of(line.text) : !is_block_item(line.text)) return {};
    if (!code_of(key.text).ends_with(flow ? "]" : ":")) return {};
    return {{declared->stack->file, key.number, line.number, ""}};
}

Patch set_version(const Pair& pair, const iam::Policy& policy) {
    const Location at = pair.world().where(policy);
    const DeclaredResource* declared = pair.resource(at);
    if (!declared || !is_yaml(*declared)) return {};
    if (json::find(policy.document(), "Version")) {
        const Line line = line_of(*declared, at.path + ".Version");
        return replace_scalar(*declared, line, "Version", "\"2012-10-17\"");
    }
    return add_key(*declared, line_of(*declared, at.path), "Version", "\"2012-10-17\"");
}

std::string apply_edits(std::string_view text, std::vector<LineEdit> edits) {
    std::sort(edits.begin(), edits.end(), [](const LineEdit& a, const LineEdit& b) {
        return a.first_line < b.first_line;
    });
    std::string out;
    std::size_t next = 1;  // line that is not written yet
    std::string_view rest = text;
    const auto take = [&](std::size_t until, bool keep) {  // lines before `until`
        while (next < until && !rest.empty()) {
            const std::size_t end = rest.find('\n');
            const std::size_t size = end == rest.npos ? rest.size() : end + 1;
            if (keep) out += rest.substr(0, size);
            rest.remove_prefix(size);
            ++next;
        }
    };
    for (const LineEdit& edit : edits) {
        take(edit.first_line, true);
        out += edit.text;
        take(edit.last_line + 1, false);
    }
    return out.append(rest);
}

}  // namespace kakehashi::check
