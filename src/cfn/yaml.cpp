#include "base/text.h"
#include "cfn/detail/read.h"
#include "cfn/template.h"

#include <algorithm>
#include <libfyaml.h>
#include <memory>
#include <optional>
#include <unordered_set>

// YAML as CloudFormation takes it, from libfyaml's events: a budget holds at each event, so nothing
// is built that will be refused. Source: AWS CloudFormation User Guide, "CloudFormation template
// format" (no aliases, no hash merges, none of the binary, omap, pairs, set and timestamp tags).
namespace kakehashi::cfn {
namespace {

constexpr std::string_view kStringTag = "tag:yaml.org,2002:str";

// !Name is Fn::Name for these; !Ref and !Condition have no prefix.
constexpr std::string_view kShortTags[] = {
    "!And",    "!Base64", "!Cidr",        "!Condition", "!Equals",       "!FindInMap", "!GetAtt",
    "!GetAZs", "!If",     "!ImportValue", "!Join",      "!Length",       "!Not",       "!Or",
    "!Ref",    "!Select", "!Split",       "!Sub",       "!ToJsonString", "!Transform"};

struct Free {
    void operator()(fy_parser* parser) const { fy_parser_destroy(parser); }
    void operator()(fy_diag* diag) const { fy_diag_destroy(diag); }
};

// Collects what libfyaml has to say; without one of our own it writes to standard error.
std::unique_ptr<fy_diag, Free> silent_diag() {
    fy_diag_cfg settings{};
    fy_diag_cfg_default(&settings);
    settings.fp = nullptr;
    settings.output_fn = [](fy_diag*, void*, const char*, std::size_t) {};
    std::unique_ptr<fy_diag, Free> diag(fy_diag_create(&settings));
    if (diag) fy_diag_set_collect_errors(diag.get(), true);
    return diag;
}

std::string_view text_of(fy_token* token) {
    std::size_t bytes = 0;
    const char* text = token ? fy_token_get_text(token, &bytes) : nullptr;
    return text ? std::string_view(text, bytes) : std::string_view();
}

std::size_t line_of(const fy_mark* mark) {
    return mark ? static_cast<std::size_t>(mark->line) + 1 : 0;
}

Message limit(MessageId id, std::size_t value) {
    return {std::move(id), {{"limit", std::to_string(value)}}};
}

class YamlSource {
public:
    bool ended() const { return ended_ || error_; }
    std::optional<ReadError>& error() { return error_; }
    std::optional<Node>& root() { return root_; }
    std::size_t line() const { return line_; }

    void take(fy_event* event) {
        if (const fy_mark* mark = fy_event_start_mark(event)) line_ = line_of(mark);
        switch (event->type) {
            case FYET_SCALAR:
                return scalar(event->scalar.value, event->scalar.tag);
            case FYET_SEQUENCE_START:
                return open(Node::Kind::Sequence, event->sequence_start.tag);
            case FYET_MAPPING_START:
                return open(Node::Kind::Mapping, event->mapping_start.tag);
            case FYET_SEQUENCE_END:
            case FYET_MAPPING_END:
                return close();
            case FYET_ALIAS:
                return fail({"cfn.read.alias"_msg});
            case FYET_DOCUMENT_START:
                if (root_) fail({"cfn.read.second_document"_msg});
                return;
            case FYET_STREAM_END:
                ended_ = true;
                return;
            case FYET_NONE:
            case FYET_STREAM_START:
            case FYET_DOCUMENT_END:
                return;
        }
    }

private:
    struct Open {
        Node node;
        std::string tag;                                // empty: none
        std::optional<std::string> key = std::nullopt;  // of a mapping: waits for its value
        std::size_t key_line = 0;
        std::unordered_set<std::string> seen = {};
    };

    void fail(Message what) {
        if (!error_) error_ = ReadError{std::move(what), line_};
    }

    // Whether this tag may stand here; the scalars of !!str are strings.
    bool known(std::string_view tag) {
        const auto* const end = std::end(kShortTags);
        if (tag.empty() || std::find(std::begin(kShortTags), end, tag) != end) return true;
        const auto hint = nearest(tag, {std::begin(kShortTags), end});
        fail(
            hint
                ? Message{"cfn.read.tag_near"_msg, {{"tag", std::string(tag)}, {"near", std::string(*hint)}}}
                : Message{"cfn.read.tag"_msg, {{"tag", std::string(tag)}}}
        );
        return false;
    }

    void scalar(fy_token* value, fy_token* tag_token) {
        const bool plain = !value || fy_token_scalar_style(value) == FYSS_PLAIN;
        const std::string_view tag = text_of(tag_token);
        Node node;
        node.text = text_of(value);
        if (!is_utf8(node.text)) return fail({"cfn.read.characters"_msg});
        if (tag != kStringTag && !known(tag)) return;
        node.kind = plain && tag != kStringTag ? scalar_kind(node.text) : Node::Kind::String;
        if (node.kind == Node::Kind::Null) node.text.clear();
        node.line = line_;
        if (is_key()) return key(value, tag_token);
        add(std::move(node), tag == kStringTag ? std::string_view() : tag);
    }

    bool is_key() const {
        return !stack_.empty() && stack_.back().node.kind == Node::Kind::Mapping &&
               !stack_.back().key;
    }

    void key(fy_token* value, fy_token* tag) {
        std::string text(text_of(value));
        if (tag) return fail({"cfn.read.key"_msg});
        if (text == "<<" && fy_token_scalar_style(value) == FYSS_PLAIN)
            return fail({"cfn.read.merge"_msg});
        if (text.size() > kKeyBytesMax) return fail(limit("cfn.read.long_key"_msg, kKeyBytesMax));
        if (!stack_.back().seen.insert(text).second)
            return fail({"cfn.read.twice"_msg, {{"key", text}}});
        stack_.back().key = std::move(text);
        stack_.back().key_line = line_;
    }

    void open(Node::Kind kind, fy_token* tag_token) {
        const std::string_view tag = text_of(tag_token);
        if (is_key()) return fail({"cfn.read.key"_msg});
        if (stack_.size() >= kTemplateDepthMax)
            return fail(limit("cfn.read.too_deep"_msg, kTemplateDepthMax));
        if (!known(tag)) return;
        Node node;
        node.kind = kind;
        node.line = line_;
        stack_.push_back({std::move(node), std::string(tag)});
    }

    void close() {
        Open done = std::move(stack_.back());
        stack_.pop_back();
        add(std::move(done.node), done.tag);
    }

    // Hands a finished value to what holds it.
    void add(Node node, std::string_view tag) {
        nodes_ += tag.empty() ? 1U : 2U;
        if (nodes_ > kTemplateNodesMax)
            return fail(limit("cfn.read.too_many"_msg, kTemplateNodesMax));
        if (!tag.empty()) node = long_form(std::move(node), tag.substr(1));
        if (stack_.empty()) {
            root_ = std::move(node);
            return;
        }
        Open& holder = stack_.back();
        if (holder.node.kind == Node::Kind::Mapping) {
            node.line = holder.key_line;
            holder.node.keys.push_back(*std::move(holder.key));
            holder.key.reset();
        }
        holder.node.children.push_back(std::move(node));
    }

    static Node long_form(Node value, std::string_view name) {
        Node node;
        node.kind = Node::Kind::Mapping;
        node.line = value.line;
        node.keys.push_back(
            name == "Ref" || name == "Condition" ? std::string(name) : "Fn::" + std::string(name)
        );
        node.children.push_back(std::move(value));
        return node;
    }

    std::vector<Open> stack_;
    std::optional<Node> root_;
    std::optional<ReadError> error_;
    std::size_t nodes_ = 0, line_ = 1;
    bool ended_ = false;
};

// libfyaml reads a flow collection to its end before it says that one began, at some 350 bytes a
// bracket. Quoted texts hold brackets too, but no template's leave so many of them open.
constexpr std::size_t kOpenBracketsMax = 10 * kTemplateDepthMax;

// The line of the bracket that is one too many; 0: none.
std::size_t too_many_brackets(std::string_view text) {
    std::size_t line = 1, open = 0;
    for (const char c : text) {
        if (c == '\n') ++line;
        if (c == '[' || c == '{') ++open;
        if ((c == ']' || c == '}') && open > 0) --open;
        if (open > kOpenBracketsMax) return line;
    }
    return 0;
}

// libfyaml's own line, if it said one.
std::size_t error_line(fy_diag* diag, std::size_t otherwise) {
    void* previous = nullptr;
    const fy_diag_error* error = fy_diag_errors_iterate(diag, &previous);
    return error && error->line > 0 ? static_cast<std::size_t>(error->line) : otherwise;
}

}  // namespace

Expected<Node, ReadError> read_yaml(std::string_view text) {
    if (const std::size_t line = too_many_brackets(text))
        return Failure{ReadError{limit("cfn.read.too_deep"_msg, kTemplateDepthMax), line}};
    const auto diag = silent_diag();
    fy_parse_cfg settings{};
    settings.flags = static_cast<fy_parse_cfg_flags>(
        FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE | FYPCF_DISABLE_DEPTH_LIMIT
    );
    settings.diag = diag.get();
    const std::unique_ptr<fy_parser, Free> parser(diag ? fy_parser_create(&settings) : nullptr);
    if (!parser || fy_parser_set_string(parser.get(), text.data(), text.size()) != 0) {
        return Failure{ReadError{{"cfn.read.syntax"_msg}, 1}};
    }
    YamlSource source;
    while (!source.ended()) {
        fy_event* event = fy_parser_parse(parser.get());
        if (!event) break;
        source.take(event);
        fy_parser_event_free(parser.get(), event);
    }
    if (source.error()) return Failure{*std::move(source.error())};
    if (!source.ended()) {
        return Failure{ReadError{{"cfn.read.syntax"_msg}, error_line(diag.get(), source.line())}};
    }
    if (!source.root()) return Failure{ReadError{{"cfn.read.empty"_msg}, 1}};
    return *std::move(source.root());
}

}  // namespace kakehashi::cfn
