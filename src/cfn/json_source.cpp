#include "base/json.h"
#include "cfn/detail/read.h"
#include "cfn/template.h"

// JSON with its lines. base/json.h judges the text; after that, a cursor that goes along with the
// value need not doubt anything it meets.
namespace kakehashi::cfn {
namespace {

class Cursor {
public:
    explicit Cursor(std::string_view text) : text_(text) {}

    // The line of the next token.
    std::size_t next() {
        while (at_ < text_.size() &&
               std::string_view(" \t\r\n,:").find(text_[at_]) != std::string_view::npos) {
            if (text_[at_++] == '\n') ++line_;
        }
        return line_;
    }
    void bracket() {
        next();
        ++at_;
    }
    void string() {
        next();
        for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
            if (text_[at_] == '\\') ++at_;
        }
        ++at_;
    }
    std::string_view word() {
        next();
        const std::size_t start = at_;
        at_ = std::min(text_.find_first_of(" \t\r\n,:]}", at_), text_.size());
        return text_.substr(start, at_ - start);
    }

private:
    std::string_view text_;
    std::size_t at_ = 0, line_ = 1;
};

class JsonSource {
public:
    explicit JsonSource(std::string_view text) : cursor_(text) {}

    // Recursion is bounded by kTemplateDepthMax, and before that by json::kDepthMax.
    Node read(const json::value& value, std::size_t depth) {
        Node node;
        node.line = cursor_.next();
        if (++nodes_ > kTemplateNodesMax)
            fail("cfn.read.too_many"_msg, kTemplateNodesMax, node.line);
        if (depth > kTemplateDepthMax) fail("cfn.read.too_deep"_msg, kTemplateDepthMax, node.line);
        if (error_) return node;
        if (const auto* object = value.if_object()) {
            read_object(*object, node, depth);
        } else if (const auto* array = value.if_array()) {
            read_array(*array, node, depth);
        } else if (const auto* text = value.if_string()) {
            node.kind = Node::Kind::String;
            node.text = json::view(*text);
            cursor_.string();
        } else {
            const std::string_view word = cursor_.word();
            node.kind = scalar_kind(word);
            if (node.kind != Node::Kind::Null) node.text = word;
        }
        return node;
    }

    std::optional<ReadError>& error() { return error_; }

private:
    void read_object(const json::object& object, Node& node, std::size_t depth) {
        node.kind = Node::Kind::Mapping;
        cursor_.bracket();
        for (const auto& member : object) {
            const std::size_t line = cursor_.next();
            if (member.key().size() > kKeyBytesMax)
                fail("cfn.read.long_key"_msg, kKeyBytesMax, line);
            if (error_) return;
            cursor_.string();
            node.keys.emplace_back(member.key());
            node.children.push_back(read(member.value(), depth + 1));
            node.children.back().line = line;
        }
        cursor_.bracket();
    }

    void read_array(const json::array& array, Node& node, std::size_t depth) {
        node.kind = Node::Kind::Sequence;
        cursor_.bracket();
        for (const auto& item : array) {
            node.children.push_back(read(item, depth + 1));
            if (error_) return;
        }
        cursor_.bracket();
    }

    void fail(MessageId id, std::size_t limit, std::size_t line) {
        if (!error_) error_ = ReadError{{std::move(id), {{"limit", std::to_string(limit)}}}, line};
    }

    Cursor cursor_;
    std::size_t nodes_ = 0;
    std::optional<ReadError> error_;
};

}  // namespace

Expected<Node, ReadError> read_json(std::string_view text) {
    auto value = json::parse(text, kTemplateBytesMax);
    if (!value) return Failure{ReadError{json::describe(value.error()), value.error().line}};
    JsonSource source(text);
    Node root = source.read(*value, 1);
    if (source.error()) return Failure{*std::move(source.error())};
    return root;
}

}  // namespace kakehashi::cfn
