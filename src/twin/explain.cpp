#include "twin/explain.h"

#include "base/text.h"
#include "cloud/explanation.h"
#include "finding/finding.h"

#include <utility>

namespace kakehashi::twin {
namespace {

class Page {
public:
    explicit Page(Language language) : language_(language) {}

    void line(MessageId id, std::vector<std::pair<std::string, std::string>> fields = {}) {
        const Message message{std::move(id), std::move(fields)};
        out_ += text(message, language_) + "\n";
    }
    void item(const std::string& line) { out_ += "  " + line + "\n"; }
    std::string in_words(const Message& message) const { return text(message, language_); }

    void finding(std::string_view id) {
        const finding::Finding* found = finding::find(id);
        if (!found) return;
        line(
            "twin.explain.finding"_msg,
            {{"id", std::string(id)}, {"title", in_words(finding::title(*found))}}
        );
        item(in_words(finding::why(*found)));
        fix_ = in_words(finding::fix(*found));
    }
    void fix() {
        if (fix_.empty()) return;
        line("twin.explain.fix"_msg);
        item(fix_);
    }
    std::string take() { return std::move(out_); }

private:
    Language language_;
    std::string out_, fix_;
};

std::string statement_line(const cloud::StatementView& view) {
    std::string out = view.effect == iam::Effect::Deny ? "✗ Deny  " : "✓ Allow ";
    out += std::string(iam::name(view.type)) + "  " + view.policy;
    if (!view.sid.empty()) out += " [" + view.sid + "]";
    const std::string where = kakehashi::text(view.where);
    if (!where.empty() && where != view.policy) out += "  " + where;
    return out + "  (" + view.action + " → " + view.resource + ")";
}

void write_edits(const cloud::Explanation& why, Page& page) {
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

void write_authorization(const cloud::World& world, const RefusedRequest& refused, Page& page) {
    const cloud::Explanation why = cloud::explain(world, *refused.session, *refused.authorization);
    page.finding(refused.finding.empty() ? why.finding : refused.finding);
    page.line("twin.explain.obstacles"_msg);
    for (const Message& missing : why.missing) {
        page.item("• " + page.in_words(missing));
    }
    if (!why.matched.empty()) page.line("twin.explain.statements"_msg);
    for (const cloud::StatementView& view : why.matched) {
        page.item(statement_line(view));
    }
    if (why.outside.empty()) return write_edits(why, page);
    page.line("twin.explain.outside"_msg);
    for (const std::string& model : why.outside) {
        page.item("• " + model);
    }
    page.line("twin.explain.stay_inside"_msg);
    for (const std::string& profile : world.configuration().bedrock.profiles) {
        page.item(profile);
    }
}

}  // namespace

std::string explain_refusal(
    const cloud::World& world,
    const RefusedRequest& refused,
    Language language
) {
    Page page(language);
    page.line(
        "twin.explain.request"_msg,
        {{"event", refused.event_name.empty() ? "-" : refused.event_name},
         {"request_id", refused.request_id}}
    );
    page.item(shown(refused.message, 2000));
    if (refused.authorization) {
        write_authorization(world, refused, page);
    } else if (refused.finding.empty()) {
        page.line("twin.explain.request_itself"_msg);
    } else {
        page.finding(refused.finding);
        page.fix();
    }
    return page.take();
}

std::string explain_silence(Service service, const cloud::Reach& reach, Language language) {
    Page page(language);
    if (reach.reachable()) {
        page.line("twin.explain.service_answers"_msg, {{"service", name(service)}});
        return page.take();
    }
    page.line("twin.explain.silence"_msg, {{"service", name(service)}});
    if (reach.finding.empty()) {
        page.line("twin.explain.not_needed"_msg, {{"service", name(service)}});
        return page.take();
    }
    page.finding(reach.finding);
    const std::string where = kakehashi::text(reach.where);
    if (!where.empty()) page.line("twin.explain.where"_msg, {{"where", where}});
    page.fix();
    return page.take();
}

std::string explain_nothing(const Event& last, Language language) {
    Page page(language);
    page.line("twin.explain.allowed"_msg, {{"event", last.name}});
    return page.take();
}

}  // namespace kakehashi::twin
