#include "cfn/stack.h"

#include "base/text.h"
#include "cfn/detail/attributes.h"
#include "cfn/detail/parameters.h"
#include "cfn/detail/resolver.h"
#include "cfn/detail/resource_types.h"

#include <algorithm>
#include <set>

namespace kakehashi::cfn {
namespace {

constexpr std::size_t kResourcesMax = 500;  // CloudFormation's quotas
constexpr std::size_t kOutputsMax = 200;

// Source: CloudFormation Template Reference, "Resource attributes".
const std::vector<std::string_view> kResourceMembers{
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy"};
const std::vector<std::string_view> kOutputMembers{"Condition", "Description", "Export", "Value"};
const std::vector<std::string_view> kExportMembers{"Name"};
// The same, "CreationPolicy", "UpdatePolicy", "DeletionPolicy", "UpdateReplacePolicy".
const std::vector<std::string_view> kCreationMembers{
    "AutoScalingCreationPolicy",
    "ResourceSignal",
    "StartFleet"};
const std::vector<std::string_view> kUpdateMembers{
    "AutoScalingReplacingUpdate",
    "AutoScalingRollingUpdate",
    "AutoScalingScheduledAction",
    "CodeDeployLambdaAliasUpdate",
    "EnableVersionUpgrade",
    "UseOnlineResharding"};
const std::vector<std::string_view> kDeletionWords{
    "Delete",
    "Retain",
    "RetainExceptOnCreate",
    "Snapshot"};
const std::vector<std::string_view> kReplaceWords{"Delete", "Retain", "Snapshot"};

const Node& no_properties() {
    static const Node kNone = [] {
        Node node;
        node.kind = Node::Kind::Mapping;
        return node;
    }();
    return kNone;
}

// A resource of the template that is created, before its properties are resolved.
struct Draft {
    std::string_view logical_id;
    const Node* node = nullptr;
    std::string type;
    TypeRule rule;
    const Node* properties = nullptr;  // never nullptr once checked
    std::set<std::string> needs = {};  // logical ids, of this template
    enum class Visit { Not, Under, Done } visit = Visit::Not;
};

class Resolution {
public:
    Resolution(const Template& source, const StackSettings& settings)
        : root_(source.root()),
          report_(source.file()),
          parameters_(read_parameters(root_, settings, report_)),
          resolver_(root_, settings, parameters_, report_) {
        stack_.file = source.file();
        stack_.settings = settings;
    }

    Expected<Stack, Problems> run() {
        resolver_.check_mappings();
        resolver_.evaluate_conditions();
        draft_resources();
        for (Draft& draft : drafts_) {
            collect_needs(draft);
        }
        for (Draft& draft : drafts_) {
            visit(draft);
        }
        for (const std::size_t index : order_) {
            create(drafts_[index]);
        }
        read_outputs();
        if (!report_.empty()) return Failure{std::move(report_).take()};
        finish();
        return std::move(stack_);
    }

private:
    void problem(MessageId id, std::string_view name, std::size_t line, const Path& path) {
        report_.add({std::move(id), {{"name", std::string(name)}}}, line, path);
    }

    // --- what is there ---

    void draft_resources() {
        const Node& resources = *root_.find("Resources");
        if (resources.keys.size() > kResourcesMax) {
            report_.add(
                {"cfn.resource.too_many"_msg, {{"limit", std::to_string(kResourcesMax)}}},
                resources.line,
                "Resources"
            );
            return;
        }
        const Path section("Resources");
        for (std::size_t i = 0; i < resources.keys.size(); ++i) {
            draft(resources.keys[i], resources.children[i], Path(section, resources.keys[i]));
        }
    }

    void draft(std::string_view logical_id, const Node& node, const Path& path) {
        if (logical_id.starts_with("Fn::"))
            return problem("cfn.function.unsupported"_msg, logical_id, node.line, path);
        if (!is_logical_id(logical_id))
            return problem("cfn.resource.name"_msg, logical_id, node.line, path);
        if (node.kind != Node::Kind::Mapping)
            return problem("cfn.resource.no_mapping"_msg, logical_id, node.line, path);
        check_members(node, kResourceMembers, path);
        check_member(node, "CreationPolicy", kCreationMembers, path);
        check_member(node, "UpdatePolicy", kUpdateMembers, path);
        check_word(node, "DeletionPolicy", kDeletionWords, path);
        check_word(node, "UpdateReplacePolicy", kReplaceWords, path);
        const Node* type = node.find("Type");
        if (!type || type->kind != Node::Kind::String)
            return problem("cfn.resource.no_type"_msg, logical_id, node.line, path);
        Draft draft{logical_id, &node, type->text, {}, node.find("Properties")};
        draft.rule = rule_for(type->text, draft.properties, stack_.settings.inert);
        if (draft.properties && draft.rule.kind == TypeRule::Kind::Judged)
            resolver_.check_names(*draft.properties, Path(path, "Properties"));
        if (!is_wanted(node, path)) return;
        if (!draft.properties) draft.properties = &no_properties();
        if (draft.rule.kind == TypeRule::Kind::Unsupported) {
            const Path at(path, "Type");
            if (stack_.settings.unsupported == StackSettings::Unsupported::Refused)
                report_.add(*draft.rule.reason, type->line, at);
            stack_.set_aside.push_back(
                {std::string(logical_id),
                 draft.type,
                 *draft.rule.reason,
                 {report_.file(), type->line, at.text()}}
            );
        }
        if (draft.rule.kind == TypeRule::Kind::Inert) {
            stack_.passed_over.push_back(
                {std::string(logical_id),
                 draft.type,
                 *draft.rule.reason,
                 {report_.file(), node.line, path.text()}}
            );
        }
        drafts_.push_back(std::move(draft));
    }

    void check_members(
        const Node& node,
        const std::vector<std::string_view>& known,
        const Path& path
    ) {
        for (std::size_t i = 0; i < node.keys.size(); ++i) {
            const std::string& key = node.keys[i];
            if (std::find(known.begin(), known.end(), key) != known.end()) continue;
            report_.add(
                with_hint("cfn.key.unknown", key, known), node.children[i].line, Path(path, key)
            );
        }
    }

    void check_member(
        const Node& node,
        std::string_view member,
        const std::vector<std::string_view>& known,
        const Path& path
    ) {
        if (const Node* found = node.find(member)) check_members(*found, known, Path(path, member));
    }

    void check_word(
        const Node& node,
        std::string_view member,
        const std::vector<std::string_view>& known,
        const Path& path
    ) {
        const Node* word = node.find(member);
        if (!word || std::find(known.begin(), known.end(), word->text) != known.end()) return;
        std::string all;
        for (std::string_view one : known) {
            all.append(all.empty() ? "" : ", ").append(one);
        }
        report_.add({"cfn.resource.word"_msg, {{"known", all}}}, word->line, Path(path, member));
    }

    // Whether the Condition of a resource or output holds; one that cannot be evaluated is told.
    bool is_wanted(const Node& node, const Path& path) {
        const Node* condition = node.find("Condition");
        if (condition && !condition->is_scalar()) {
            report_.add({"cfn.condition.no_name"_msg}, condition->line, Path(path, "Condition"));
            return false;
        }
        return !condition ||
               resolver_.condition(condition->text, *condition, Path(path, "Condition"))
                   .value_or(false);
    }

    // --- what comes first ---

    void collect_needs(Draft& draft) {
        if (draft.rule.kind == TypeRule::Kind::Judged)
            resolver_.references(*draft.properties, draft.needs);
        if (draft.rule.kind == TypeRule::Kind::Inert) {
            for (std::string_view name : naming_properties(draft.type)) {
                if (const Node* property = draft.properties->find(name))
                    resolver_.references(*property, draft.needs);
            }
        }
        const Node* depends = draft.node->find("DependsOn");
        if (!depends) return;
        const Path section("Resources"), path(section, draft.logical_id), below(path, "DependsOn");
        if (depends->kind == Node::Kind::String) return need(draft, *depends, below);
        if (depends->kind != Node::Kind::Sequence)
            return problem("cfn.resource.depends"_msg, draft.logical_id, depends->line, below);
        for (std::size_t i = 0; i < depends->children.size(); ++i) {
            need(draft, depends->children[i], Path(below, i));
        }
    }

    void need(Draft& draft, const Node& name, const Path& path) {
        draft.needs.insert(name.text);
        if (name.kind == Node::Kind::String && resolver_.declared(name.text)) return;
        const auto& keys = root_.find("Resources")->keys;
        report_.add(
            with_hint("cfn.resource.depends_on_nothing", name.text, {keys.begin(), keys.end()}),
            name.line,
            path
        );
    }

    // Depth first, so that what is needed comes before. Recursion is bounded by kResourcesMax.
    void visit(Draft& draft) {
        if (draft.visit == Draft::Visit::Done) return;
        trail_.push_back(draft.logical_id);
        if (draft.visit == Draft::Visit::Under) {
            tell_cycle(draft);
        } else {
            draft.visit = Draft::Visit::Under;
            for (const std::string& name : draft.needs) {
                if (Draft* needed = find_draft(name)) visit(*needed);
            }
            draft.visit = Draft::Visit::Done;
            order_.push_back(static_cast<std::size_t>(&draft - drafts_.data()));
        }
        trail_.pop_back();
    }

    Draft* find_draft(std::string_view logical_id) {
        const auto found = std::find_if(drafts_.begin(), drafts_.end(), [&](const Draft& one) {
            return one.logical_id == logical_id;
        });
        return found == drafts_.end() ? nullptr : &*found;
    }

    void tell_cycle(const Draft& draft) {
        const auto start = std::find(trail_.begin(), trail_.end(), draft.logical_id);
        std::string cycle;
        for (auto at = start; at != trail_.end(); ++at) {
            cycle.append(at == start ? "" : " → ").append(*at);
            resolver_.created(std::string(*at), {"", std::nullopt});
        }
        const Path section("Resources");
        report_.add(
            {"cfn.resource.cycle"_msg, {{"cycle", cycle}}},
            draft.node->line,
            Path(section, draft.logical_id)
        );
    }

    // --- making ---

    void create(const Draft& draft) {
        const Path section("Resources"), path(section, draft.logical_id), below(path, "Properties");
        const std::string id(draft.logical_id);
        switch (draft.rule.kind) {
            case TypeRule::Kind::Unsupported:
                return resolver_.created(id, {draft.type, std::nullopt});
            case TypeRule::Kind::Inert:
                return resolver_.created(id, {draft.type, names_of(draft, below)});
            case TypeRule::Kind::Judged:
                break;
        }
        const std::size_t problems = report_.count();
        Node properties = resolver_.resolve(*draft.properties, below);
        if (properties.kind == Node::Kind::Absent) properties = no_properties();
        if (draft.properties == &no_properties()) properties.line = draft.node->line;
        if (properties.kind == Node::Kind::Mapping) {
            Resource made{
                id,
                draft.type,
                "",
                conform(draft.rule, properties, below, report_),
                draft.node->line};
            if (report_.count() == problems) {
                made.physical_id =
                    reference({made.type, id, made.properties, stack_.settings}).value_or("");
                resolver_.created(id, {draft.type, made.properties});
                add_resolved(draft, std::move(properties));
                stack_.resources.push_back(std::move(made));
                return;
            }
        } else if (properties.kind != Node::Kind::Broken) {
            problem("cfn.resource.no_mapping"_msg, "Properties", properties.line, below);
        }
        resolver_.created(id, {draft.type, std::nullopt});
    }

    // What the name of a resource that is passed over is made of, as far as it is text.
    json::object names_of(const Draft& draft, const Path& path) {
        json::object out;
        for (std::string_view name : naming_properties(draft.type)) {
            const Node* property = draft.properties->find(name);
            if (!property) continue;
            const Node value = resolver_.resolve(*property, Path(path, name));
            if (value.is_scalar()) out[name] = scalar_text(value);
        }
        return out;
    }

    void add_resolved(const Draft& draft, Node properties) {
        Node resource;
        resource.kind = Node::Kind::Mapping;
        resource.line = draft.node->line;
        resource.keys = {"Type", "Properties"};
        resource.children.push_back(*draft.node->find("Type"));
        resource.children.push_back(std::move(properties));
        resources_.keys.emplace_back(draft.logical_id);
        resources_.children.push_back(std::move(resource));
    }

    void read_outputs() {
        const Node* outputs = root_.find("Outputs");
        const Path section("Outputs");
        if (outputs && outputs->keys.size() > kOutputsMax) {
            report_.add(
                {"cfn.output.too_many"_msg, {{"limit", std::to_string(kOutputsMax)}}},
                outputs->line,
                section
            );
            return;
        }
        for (std::size_t i = 0; outputs && i < outputs->keys.size(); ++i) {
            read_output(outputs->keys[i], outputs->children[i], Path(section, outputs->keys[i]));
        }
    }

    void read_output(const std::string& name, const Node& node, const Path& path) {
        if (!is_logical_id(name)) return problem("cfn.resource.name"_msg, name, node.line, path);
        const Node* value = node.find("Value");
        if (!value) return problem("cfn.output.no_value"_msg, name, node.line, path);
        check_members(node, kOutputMembers, path);
        check_member(node, "Export", kExportMembers, path);
        resolver_.check_names(node, path);
        if (!is_wanted(node, path)) return;
        const auto text = output_text(*value, Path(path, "Value"));
        const Node* exported = node.find("Export");
        const Node* export_name = exported ? exported->find("Name") : nullptr;
        if (exported && !export_name)
            return problem("cfn.output.no_name"_msg, name, exported->line, Path(path, "Export"));
        if (text) stack_.outputs[name] = *text;
        if (!export_name) return;
        const Path below(path, "Export");
        const auto as = output_text(*export_name, Path(below, "Name"));
        if (as && text && !stack_.exports.emplace(*as, *text).second) {
            problem("cfn.output.exported_twice"_msg, *as, export_name->line, Path(below, "Name"));
        }
    }

    std::optional<std::string> output_text(const Node& node, const Path& path) {
        const Node value = resolver_.resolve(node, path);
        if (value.kind == Node::Kind::Broken) return std::nullopt;
        if (value.is_scalar()) return scalar_text(value);
        std::string joined;
        bool good = value.kind == Node::Kind::Sequence;
        for (const Node& item : value.children) {
            good = good && item.is_scalar();
            joined.append(&item == value.children.data() ? "" : ",").append(scalar_text(item));
        }
        if (good) return joined;
        report_.add({"cfn.output.no_text"_msg}, node.line, path);
        return std::nullopt;
    }

    // Resources back in the order of the template; the tree behind line_of.
    void finish() {
        const auto& keys = root_.find("Resources")->keys;
        const auto place = [&](const Resource& one) {
            return std::find(keys.begin(), keys.end(), one.logical_id);
        };
        std::sort(
            stack_.resources.begin(),
            stack_.resources.end(),
            [&](const Resource& a, const Resource& b) { return place(a) < place(b); }
        );
        Node root;
        root.kind = Node::Kind::Mapping;
        root.line = root_.line;
        resources_.kind = Node::Kind::Mapping;
        resources_.line = root_.find("Resources")->line;
        root.keys.emplace_back("Resources");
        root.children.push_back(std::move(resources_));
        stack_.resolved = std::make_shared<const Node>(std::move(root));
    }

    const Node& root_;
    Report report_;
    std::map<std::string, Node, std::less<>> parameters_;
    Resolver resolver_;
    Stack stack_;
    std::vector<Draft> drafts_;
    std::vector<std::size_t> order_;
    std::vector<std::string_view> trail_;
    Node resources_;
};

}  // namespace

const Resource* Stack::find(std::string_view logical_id) const {
    const auto found = std::find_if(resources.begin(), resources.end(), [&](const Resource& one) {
        return one.logical_id == logical_id;
    });
    return found == resources.end() ? nullptr : &*found;
}

std::optional<json::value> Stack::attribute(std::string_view logical_id, std::string_view name)
    const {
    const Resource* resource = find(logical_id);
    if (!resource) return std::nullopt;
    return cfn::attribute(
        {resource->type, resource->logical_id, resource->properties, settings}, name
    );
}

std::size_t Stack::line_of(std::string_view logical_path) const {
    const Step step = walk(*resolved, logical_path);
    return step.exact || step.node != resolved.get() ? step.node->line : 0;
}

Expected<Stack, Problems> resolve(const Template& source, const StackSettings& settings) {
    auto stack = Resolution(source, settings).run();
    if (stack) stack->source = source.text();
    return stack;
}

}  // namespace kakehashi::cfn
