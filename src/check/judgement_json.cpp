#include "check/judgement_json.h"

#include "base/time.h"
#include "check/detail/words.h"

#include <utility>

namespace kakehashi::check {
namespace {

json::object place_json(const Location& where) {
    return {{"file", where.file}, {"line", where.line}, {"path", where.path}};
}

json::object finding_json(const Found& found, kakehashi::Language language) {
    const finding::Finding& finding = finding_of(found);
    json::object out{
        {"id", found.id},
        {"severity", finding::name(finding.severity)},
        {"area", finding::name(finding.area)},
        {"file", found.where.file},
        {"line", found.where.line},
        {"path", found.where.path},
        {"title", text(finding::title(finding), language)},
        {"message", text(found.what, language)},
        {"why", text(finding::why(finding), language)},
        {"fix", fix_of(found, language)},
        {"fixable", !found.patch.empty()},
        {"witness", found.witness ? witness_json(*found.witness) : json::object()}};
    return out;
}

json::object broken_json(const BrokenLink& broken, kakehashi::Language language) {
    return {
        {"municipality", broken.municipality},
        {"link", broken.link},
        {"model_id", broken.model_id},
        {"destination", broken.destination},
        {"cause", broken.cause.id},
        {"file", broken.cause.where.file},
        {"line", broken.cause.where.line},
        {"path", broken.cause.where.path},
        {"message", text(broken.cause.what, language)},
        {"fix", fix_of(broken.cause, language)}};
}

json::object works_json(const CrossingProof& proof, kakehashi::Language language) {
    json::array all;
    for (const BrokenLink& broken : proof.broken)
        all.push_back(broken_json(broken, language));
    json::object first;
    if (!proof.broken.empty()) first = broken_json(proof.broken.front(), language);
    return {
        {"verdict", name(proof.verdict)},
        {"broken", std::move(first)},
        {"all_broken", std::move(all)},
        {"requests", proof.requests}};
}

json::array doubts_json(const ResidencyProof::Part& part, kakehashi::Language language) {
    json::array out;
    for (const Doubt& doubt : part.doubts) {
        json::object object = place_json(doubt.where);
        object["verdict"] = name(doubt.verdict);
        object["message"] = text(doubt.why, language);
        object["witness"] = doubt.witness ? witness_json(*doubt.witness) : json::object();
        out.push_back(std::move(object));
    }
    return out;
}

json::object residency_json(const Judgement& judgement, kakehashi::Language language) {
    const ResidencyProof& proof = judgement.stays_in_japan;
    json::array assumptions;
    for (const Message& each : judgement.assumptions)
        assumptions.emplace_back(text(each, language));
    const Doubt* counter = counterexample(proof);
    return {
        {"verdict", name(proof.verdict())},
        {"by",
         json::object{
             {"iam", name(proof.iam.verdict)},
             {"network", name(proof.network.verdict)},
             {"both", name(proof.both.verdict)}}},
        {"counterexample", counter ? witness_json(*counter->witness) : json::object()},
        {"doubts",
         json::object{
             {"iam", doubts_json(proof.iam, language)},
             {"network", doubts_json(proof.network, language)},
             {"both", doubts_json(proof.both, language)}}},
        {"assumptions", std::move(assumptions)},
        {"size",
         json::object{
             {"questions", proof.questions},
             {"searched", proof.searched},
             {"branches", proof.size.branches},
             {"states", proof.size.states}}}};
}

json::object suppressed_json(const Suppressed& suppressed, kakehashi::Language language) {
    json::object out = finding_json(suppressed.found, language);
    out["reason"] = suppressed.reason;
    out["until"] = to_iso8601(suppressed.until).substr(0, 10);
    return out;
}

}  // namespace

json::object witness_json(const Witness& witness) {
    json::object context;
    for (const auto& [key, values] : witness.context) {
        if (values.size() == 1) {
            context[key] = values.front();
        } else {
            context[key] = json::array(values.begin(), values.end());
        }
    }
    json::object out{
        {"principal", witness.principal},
        {"action", witness.action},
        {"resource", witness.resource},
        {"context", std::move(context)}};
    if (!witness.resource_account.empty()) out["resource_account"] = witness.resource_account;
    if (!witness.model_id.empty()) out["model_id"] = witness.model_id;
    if (!witness.endpoint.empty()) out["endpoint"] = witness.endpoint;
    return out;
}

json::object judgement_json(const Judgement& judgement, kakehashi::Language language) {
    json::array findings, suppressed, passed_over;
    for (const Found& found : judgement.findings)
        findings.push_back(finding_json(found, language));
    for (const Suppressed& each : judgement.suppressed)
        suppressed.push_back(suppressed_json(each, language));
    for (const cfn::PassedOver& each : judgement.passed_over) {
        json::object object = place_json(each.where);
        object["type"] = each.type;
        object["reason"] = text(each.reason, language);
        passed_over.push_back(std::move(object));
    }
    return {
        {"findings", std::move(findings)},
        {"suppressed", std::move(suppressed)},
        {"proofs",
         json::object{
             {"works", works_json(judgement.works, language)},
             {"stays_in_japan", residency_json(judgement, language)}}},
        {"passed_over", std::move(passed_over)}};
}

}  // namespace kakehashi::check
