#include "check/judgement_sarif.h"

#include "base/encoding.h"
#include "base/json.h"
#include "base/text.h"
#include "check/detail/words.h"
#include "check/judgement_json.h"

#include <cstddef>
#include <map>
#include <utility>

namespace kakehashi::check {
namespace {

constexpr const char* kSchema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

json::object plain(std::string text) {
    return {{"text", std::move(text)}};
}

json::object rule_of(const finding::Finding& finding, kakehashi::Language language) {
    return {
        {"id", finding.id},
        {"shortDescription", plain(text(finding::title(finding), language))},
        {"fullDescription", plain(text(finding::why(finding), language))},
        {"help", plain(text(finding::fix(finding), language))},
        {"defaultConfiguration", json::object{{"level", finding::name(finding.severity)}}},
        {"properties", json::object{{"area", finding::name(finding.area)}}}};
}

json::object artifact(const std::string& file) {
    return {{"uri", percent_encoded(file, "/")}};
}

json::object location_of(const Location& where) {
    json::object physical{{"artifactLocation", artifact(where.file)}};
    if (where.line > 0) physical["region"] = json::object{{"startLine", where.line}};
    json::object out{{"physicalLocation", std::move(physical)}};
    if (!where.path.empty()) {
        out["logicalLocations"] = json::array{json::object{{"fullyQualifiedName", where.path}}};
    }
    return out;
}

// Whole lines: from the first column of the first to the first column behind the last.
json::object replacement_of(const LineEdit& edit) {
    const bool insertion = edit.last_line < edit.first_line;
    const std::size_t end = insertion ? edit.first_line : edit.last_line + 1;
    return {
        {"deletedRegion",
         json::object{
             {"startLine", edit.first_line},
             {"startColumn", 1},
             {"endLine", end},
             {"endColumn", 1}}},
        {"insertedContent", plain(edit.text)}};
}

json::array fixes_of(const Found& found, kakehashi::Language language) {
    std::map<std::string, json::array> by_file;
    for (const LineEdit& edit : found.patch)
        by_file[edit.file].push_back(replacement_of(edit));
    json::array changes;
    for (auto& [file, replacements] : by_file) {
        changes.push_back(json::object{
            {"artifactLocation", artifact(file)}, {"replacements", std::move(replacements)}});
    }
    return {json::object{
        {"description", plain(fix_of(found, language))}, {"artifactChanges", std::move(changes)}}};
}

json::object result_of(
    const Found& found,
    const std::map<std::string_view, std::size_t>& rules,
    kakehashi::Language language
) {
    json::object properties{{"fix", fix_of(found, language)}};
    if (found.witness) properties["witness"] = witness_json(*found.witness);
    json::object out{
        {"ruleId", found.id},
        {"ruleIndex", rules.at(found.id)},
        {"level", finding::name(finding_of(found).severity)},
        {"message", plain(text(found.what, language))},
        {"properties", std::move(properties)}};
    // An AWS managed policy is no file of theirs.
    const bool in_file = !found.where.file.empty() && !found.where.file.starts_with("arn:");
    if (in_file) out["locations"] = json::array{location_of(found.where)};
    if (!found.patch.empty()) out["fixes"] = fixes_of(found, language);
    return out;
}

json::object proofs_of(const Judgement& judgement, kakehashi::Language language) {
    return *json::find_object(judgement_json(judgement, language), "proofs");
}

}  // namespace

std::string judgement_sarif(
    const Judgement& judgement,
    std::string_view version,
    kakehashi::Language language
) {
    json::array rules;
    std::map<std::string_view, std::size_t> index;
    for (const finding::Finding& finding : finding::all()) {
        index[finding.id] = rules.size();
        rules.push_back(rule_of(finding, language));
    }
    json::array results;
    for (const Found& found : judgement.findings)
        results.push_back(result_of(found, index, language));
    for (const Suppressed& each : judgement.suppressed) {
        json::object result = result_of(each.found, index, language);
        result["suppressions"] =
            json::array{json::object{{"kind", "external"}, {"justification", each.reason}}};
        results.push_back(std::move(result));
    }
    json::object driver{{"name", "kakehashi"}, {"version", version}, {"rules", std::move(rules)}};
    json::object run{
        {"tool", json::object{{"driver", std::move(driver)}}},
        {"columnKind", "utf16CodeUnits"},
        {"results", std::move(results)},
        {"properties", json::object{{"proofs", proofs_of(judgement, language)}}}};
    return json::serialize(json::object{
        {"$schema", kSchema}, {"version", "2.1.0"}, {"runs", json::array{std::move(run)}}});
}

}  // namespace kakehashi::check
