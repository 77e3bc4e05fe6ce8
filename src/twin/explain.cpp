#include "twin/explain.h"

#include "base/text.h"
#include "cloud/explanation.h"
#include "finding/finding.h"

#include <optional>
#include <utility>

namespace kakehashi::twin {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

class Page {
public:
    explicit Page(Language language) : language_(language) {}

    std::string in_words(const Message& message) const { return text(message, language_); }
    std::string in_words(MessageId id, Fields fields = {}) const {
        return in_words(Message{std::move(id), std::move(fields)});
    }
    void line(const std::string& line) { out_ += line + "\n"; }
    void line(MessageId id, Fields fields = {}) {
        line(in_words(std::move(id), std::move(fields)));
    }
    void item(const std::string& line) { out_ += "  " + line + "\n"; }
    template <class Value>
    void set(std::string_view key, Value value) {
        object_[key] = std::move(value);
    }

    Explained take() { return {std::move(out_), std::move(object_)}; }

private:
    Language language_;
    std::string out_;
    json::object object_;
};

std::string statement_line(const cloud::StatementView& view) {
    std::string out = view.effect == iam::Effect::Deny ? "✗ Deny  " : "✓ Allow ";
    out += std::string(iam::name(view.type)) + "  " + view.policy;
    if (!view.sid.empty()) out += " [" + view.sid + "]";
    const std::string where = kakehashi::text(view.where);
    if (!where.empty() && where != view.policy) out += "  " + where;
    return out + "  (" + view.action + " → " + view.resource + ")";
}

json::object statement_object(const cloud::StatementView& view) {
    return {
        {"effect", view.effect == iam::Effect::Deny ? "Deny" : "Allow"},
        {"type", iam::name(view.type)},
        {"policy", view.policy},
        {"sid", view.sid},
        {"file", view.where.file},
        {"line", view.where.line},
        {"action", view.action},
        {"resource", view.resource}};
}

// The cause in one line: the finding's title, as `check` has it; without a finding `otherwise`.
void write_cause(Page& page, std::string_view id, const std::string& otherwise) {
    const finding::Finding* found = finding::find(id);
    page.set("finding", found ? id : "");
    if (!found) {
        page.set("cause", otherwise);
        return page.line(otherwise);
    }
    const std::string title = page.in_words(finding::title(*found));
    page.set("cause", title);
    page.line("twin.explain.finding"_msg, {{"id", std::string(id)}, {"title", title}});
    page.item(page.in_words(finding::why(*found)));
}

void write_obstacles(Page& page, const std::vector<Message>& missing) {
    json::array obstacles;
    if (!missing.empty()) page.line("twin.explain.obstacles"_msg);
    for (const Message& each : missing) {
        page.item("• " + page.in_words(each));
        obstacles.emplace_back(page.in_words(each));
    }
    page.set("obstacles", std::move(obstacles));
}

void write_statements(Page& page, const std::vector<cloud::StatementView>& matched) {
    json::array statements;
    if (!matched.empty()) page.line("twin.explain.statements"_msg);
    for (const cloud::StatementView& view : matched) {
        page.item(statement_line(view));
        statements.emplace_back(statement_object(view));
    }
    page.set("statements", std::move(statements));
}

json::object edit_object(const cloud::Edit& edit, const Page& page) {
    json::array changes;
    for (const cloud::Change& change : edit.changes) {
        changes.emplace_back(as_json(change));
    }
    return {
        {"what", page.in_words(edit.what)},
        {"file", edit.where.file},
        {"line", edit.where.line},
        {"changes", std::move(changes)}};
}

// `otherwise`: the finding's own words, where no edit is known.
void write_edits(Page& page, const cloud::Explanation& why, std::string_view finding) {
    json::array edits;
    for (const cloud::Edit& edit : why.edits) {
        edits.emplace_back(edit_object(edit, page));
    }
    page.set("edits", std::move(edits));
    page.set("proven", why.proven);
    if (why.edits.empty()) {
        const finding::Finding* found = finding::find(finding);
        if (!found) return;
        page.line("twin.explain.fix"_msg);
        return page.item(page.in_words(finding::fix(*found)));
    }
    page.line(
        !why.proven             ? "twin.explain.edits_not_enough"_msg
        : why.edits.size() == 1 ? "twin.explain.edit"_msg
                                : "twin.explain.edits"_msg
    );
    for (const cloud::Edit& edit : why.edits) {
        const std::string where = kakehashi::text(edit.where);
        page.item((where.empty() ? "" : where + ": ") + page.in_words(edit.what));
    }
}

void write_outside(Page& page, const cloud::Explanation& why) {
    page.set("outside", json::array(why.outside.begin(), why.outside.end()));
    if (why.outside.empty()) return;
    page.line("twin.explain.outside_models"_msg);
    for (const std::string& model : why.outside) {
        page.item("• " + model);
    }
    page.line("twin.explain.stay_inside"_msg);
}

// Who refused what, in AWS's words.
void write_request(Page& page, const RefusedRequest& refused) {
    const std::string event = refused.event_name.empty() ? "-" : refused.event_name;
    const std::string message = shown(refused.message, 2000);
    page.set("request_id", refused.request_id);
    page.set("event", event);
    page.set("message", message);
    page.line("twin.explain.request"_msg, {{"event", event}, {"request_id", refused.request_id}});
    page.item(message);
}

cloud::Explanation gate(const cloud::World& world, const RefusedRequest& refused) {
    cloud::GateRefusal asked;
    asked.session = refused.session.get();
    asked.finding = refused.finding;
    asked.code = refused.code;
    asked.message = refused.message;
    asked.event = refused.event_name;
    asked.parameters = refused.parameters;
    if (refused.standing) asked.context = iam::Context(refused.standing);
    return explain_gate(world, asked);
}

bool is_metadata(const RefusedRequest& refused) {
    return refused.event_name == "GetInstanceMetadata" ||
           refused.event_name == "GetContainerCredentials";
}

cloud::Explanation reasons(
    const cloud::World& world,
    const RefusedRequest& refused,
    const cloud::Place& place
) {
    if (is_metadata(refused) && place.instance) {
        return cloud::explain_metadata(world, place, refused.finding);
    }
    if (!refused.authorization) return gate(world, refused);
    cloud::Explanation why = cloud::explain(world, *refused.session, *refused.authorization);
    if (refused.finding.empty()) return why;
    // A gate that asks IAM: what opens it is the smaller edit.
    cloud::Explanation opened = gate(world, refused);
    why.finding = refused.finding;
    if (!opened.proven) return why;
    why.edits = std::move(opened.edits);
    why.proven = true;
    return why;
}

void write(Page& page, const cloud::Explanation& why) {
    write_obstacles(page, why.missing);
    write_statements(page, why.matched);
    write_outside(page, why);
    write_edits(page, why, why.finding);
}

// What gives a workload its credentials, by its name: no endpoint leads there.
constexpr std::string_view kInstances = "imds", kTasks = "container-credentials";

// Of the metadata service, which is on the instance itself.
cloud::Explanation silent_metadata(const cloud::World& world, const cloud::Place& place) {
    cloud::Explanation out;
    if (place.instance && place.instance->kind != cloud::Instance::Kind::Ec2) return out;
    out.finding = "imds-unreachable";
    if (!place.instance) return out;
    if (place.instance->metadata.endpoint_enabled) out.finding = "imds-hop-limit";
    return cloud::explain_metadata(world, place, out.finding);
}

bool answers(const cloud::World& world, const cloud::Place& place, std::string_view service) {
    using Kind = cloud::Instance::Kind;
    const cloud::Instance* instance = place.instance;
    if (service == kTasks) return instance && instance->kind == Kind::Ecs;
    if (service != kInstances) return cloud::reach(world, place, service).reachable();
    return instance && instance->kind == Kind::Ec2 && instance->metadata.endpoint_enabled &&
           instance->metadata.hop_limit >= place.hops;
}

}  // namespace

Explained explain_refusal(
    const cloud::World& world,
    const RefusedRequest& refused,
    const cloud::Place& place,
    Language language
) {
    Page page(language);
    const cloud::Explanation why = reasons(world, refused, place);
    const std::string otherwise = !why.outside.empty() ? page.in_words("twin.explain.outside"_msg)
                                  : !why.missing.empty()
                                      ? page.in_words(why.missing[0])
                                      : page.in_words("twin.explain.request_itself"_msg);
    write_cause(page, why.finding, otherwise);
    write_request(page, refused);
    write(page, why);
    return page.take();
}

Explained explain_silence(
    const cloud::World& world,
    const cloud::Place& place,
    std::string_view service,
    Language language
) {
    Page page(language);
    const Fields named = {{"service", std::string(service)}};
    page.set("service", service);
    if (answers(world, place, service)) {
        page.set("finding", "");
        page.set("cause", page.in_words("twin.explain.service_answers"_msg, named));
        page.line("twin.explain.service_answers"_msg, named);
        return page.take();
    }
    cloud::Explanation why;  // tasks' credentials: nobody misses them who is no task
    if (service == kInstances) why = silent_metadata(world, place);
    if (service != kInstances && service != kTasks)
        why = cloud::explain_silence(world, place, service);
    const std::string silent = page.in_words("twin.explain.silence"_msg, named);
    write_cause(page, why.finding, why.missing.empty() ? silent : page.in_words(why.missing[0]));
    page.line(silent);
    const auto reached = cloud::reach(world, place, service);
    const bool remote = service != kInstances && service != kTasks;
    const bool needless = remote && why.finding.empty() && reached.obstacle &&
                          reached.obstacle->kind == cloud::Obstacle::Kind::NoEndpoint;
    if (needless) page.line("twin.explain.not_needed"_msg, named);
    page.set("event", "");
    page.set("message", silent);
    write(page, why);
    return page.take();
}

Explained explain_nothing(const Event& last, Language language) {
    Page page(language);
    const Fields named = {{"event", last.name}};
    page.set("event", last.name);
    page.set("finding", "");
    page.set("cause", page.in_words("twin.explain.allowed"_msg, named));
    page.line("twin.explain.allowed"_msg, named);
    return page.take();
}

}  // namespace kakehashi::twin
