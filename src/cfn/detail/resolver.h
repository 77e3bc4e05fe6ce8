#pragma once

#include "base/json.h"
#include "cfn/detail/node.h"
#include "cfn/detail/report.h"
#include "cfn/stack.h"

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>

namespace kakehashi::cfn {

inline constexpr std::size_t kNestingMax =
    2 * kTemplateDepthMax;  // conditions that stand for others count too
inline constexpr std::size_t kResolvedBytesMax =
    16U << 20U;  // Fn::Sub and Fn::Join can multiply what they are given
inline constexpr std::size_t kConditionArgumentsMax =
    10;                                             // of Fn::And and Fn::Or; CloudFormation's quota
inline constexpr std::size_t kCidrBlocksMax = 256;  // of Fn::Cidr

// Evaluates the intrinsics of one template. A problem makes its value Broken, which spreads
// silently: it is told once, where it began. Source: CloudFormation Template Reference, "Intrinsic
// functions".
class Resolver {
public:
    enum class Place {
        Condition,
        Resource
    };  // conditions know no resources, resources no Fn::Equals

    // What a reference to a resource may find. `properties` nullptr: a problem was told already.
    struct Created {
        std::string type;
        std::optional<json::object> properties;
    };

    // All of these outlive this.
    Resolver(
        const Node& root,
        const StackSettings& settings,
        const std::map<std::string, Node, std::less<>>& parameters,
        Report& report
    );

    void evaluate_conditions();
    // nullopt: there is no such condition, or a problem was told. `at` is told if there is none.
    std::optional<bool> condition(std::string_view name, const Node& at, const Path& path);

    Node resolve(const Node& node, const Path& path);

    void created(std::string logical_id, Created what) {
        created_[std::move(logical_id)] = std::move(what);
    }

    // Tells every function and name below `node` that there is not, also where no condition leads
    // and where nothing is resolved: CloudFormation refuses the template whole.
    void check_names(const Node& node, const Path& path);
    void check_mappings();  // two levels of keys, then values or lists of them

    // The logical ids of the template that `node` refers to, along the branches that are taken.
    void references(const Node& node, std::set<std::string>& into) const;

    // The logical id of a resource of the template, or nullptr.
    const Node* declared(std::string_view logical_id) const;

private:
    struct Call {
        std::string_view name;
        const Node& argument;
        std::size_t line;
        const Path& path;
    };
    using Handler = Node (Resolver::*)(const Call&);
    struct Row {
        std::string_view name;
        Handler handler;
        enum class Where { Anywhere, Conditions } where;
    };
    static std::span<const Row> rows();
    static const Row* find_row(std::string_view name);

    // intrinsics.cpp
    Node base64(const Call& call);
    Node cidr(const Call& call);
    Node find_in_map(const Call& call);
    Node get_att(const Call& call);
    Node get_azs(const Call& call);
    Node choose(const Call& call);
    Node import_value(const Call& call);
    Node join(const Call& call);
    Node ref(const Call& call);
    Node select(const Call& call);
    Node split(const Call& call);
    Node sub(const Call& call);

    // conditions.cpp
    Node all_of(const Call& call);
    Node any_of(const Call& call);
    Node negate(const Call& call);
    Node equals(const Call& call);
    Node condition_call(const Call& call);
    std::optional<std::vector<bool>> truths(const Call& call, std::size_t least, std::size_t most);
    std::optional<bool> truth(const Node& node, const Path& path);

    // resolver.cpp
    Node call(const Node& node, const Path& path);
    Node mapping(const Node& node, const Path& path);
    Node sequence(const Node& node, const Path& path);
    Node unknown_function(const Call& call);
    Node value_of(std::string_view name, const Call& call);
    std::optional<Node> pseudo(std::string_view name, std::size_t line) const;
    Node resource_value(std::string_view logical_id, std::string_view attribute, const Call& call);
    enum class Names { All, Resources };  // what Ref may name, and what Fn::GetAtt may
    Node unknown_name(std::string_view name, Names names, const Call& call);
    void check_name(std::string_view name, Names names, const Call& call);
    void check_call(const Call& call);
    std::optional<std::string> sub_value(std::string_view name, const Call& call);

    // Whether the argument of a call is a list of so many; if not, that is told.
    bool has_arguments(const Call& call, std::size_t least, std::size_t most);
    // The arguments of a call, all resolved; nullopt: one is Broken, or there are too few or many.
    std::optional<std::vector<Node>> arguments(
        const Call& call,
        std::size_t least,
        std::size_t most
    );
    // A scalar's text; nullopt: told.
    std::optional<std::string> text(const Node& node, const Call& call);
    std::optional<std::string> resolved_text(const Node& node, const Path& path, const Call& call);

    Node text_node(std::string text, const Call& call);
    static Node broken(std::size_t line);
    Node fail(const Call& call, Message what);
    bool spend(std::size_t bytes, std::size_t line, const Path& path);

    struct Condition {
        enum class State { Unknown, Running, Done } state = State::Unknown;
        std::optional<bool> holds;
    };

    const Node& root_;
    const StackSettings& settings_;
    const std::map<std::string, Node, std::less<>>& parameters_;
    Report& report_;
    std::map<std::string, Condition, std::less<>> conditions_;
    std::map<std::string, Created, std::less<>> created_;
    Place place_ = Place::Resource;
    std::size_t depth_ = 0, spent_ = 0;
    bool exhausted_ = false;
};

bool is_map_value(const Node& node);  // what Fn::FindInMap may end at

// The pieces of Fn::Sub's text: literal, or the name in ${…}. ${!x} is the literal ${x}. nullopt: a
// ${ that nothing ends.
struct Piece {
    enum class Kind { Literal, Name } kind;
    std::string text;
};
std::optional<std::vector<Piece>> pieces(std::string_view text);

}  // namespace kakehashi::cfn
