#include "config/configuration.h"

#include "base/text.h"
#include "config/detail/read_document.h"
#include "config/detail/reader.h"
#include "config/detail/syntax.h"
#include "config/detail/twin.h"

#include <algorithm>
#include <memory>
#include <set>

namespace kakehashi::config {
namespace {

using namespace detail;  // NOLINT(google-build-using-namespace): the module's own

constexpr Choices<CallerKind, 3> kCallerKinds = {
    {{"ec2", CallerKind::Ec2}, {"ecs", CallerKind::Ecs}, {"lambda", CallerKind::Lambda}}};

// Names that mean something else where a municipality's name may stand (--as, targets, accounts).
constexpr std::string_view kReservedNames[] = {"operator", "outside", "root"};

using Form = bool (*)(std::string_view);

// Reports `id` if the value is there and has not the form; {value} is filled in.
void expect(
    TableReader& reader,
    std::string_view key,
    const std::string& value,
    Form form,
    MessageId id
) {
    if (!value.empty() && !form(value)) reader.report(std::move(id), key, {{"value", value}});
}

void expect(
    TableReader& reader,
    std::string_view key,
    const std::optional<std::string>& value,
    Form form,
    MessageId id
) {
    if (value) expect(reader, key, *value, form, std::move(id));
}

void expect_each(
    TableReader& reader,
    std::string_view key,
    const std::vector<std::string>& values,
    Form form,
    const MessageId& id
) {
    for (const std::string& value : values) {
        expect(reader, key, value, form, id);
    }
}

void read_account(TableReader& reader, std::string& account) {
    reader.require("account", account);
    expect(reader, "account", account, is_account, "config.account.form"_msg);
}

void read_options(TableReader& reader, OperatorOptions& options) {
    auto table = reader.table("options");
    if (!table) return;
    table->read("invocation_logging", options.invocation_logging);
    table->read("activation_role", options.activation_role);
    table->read("count_tokens", options.count_tokens);
    table->read("list_profiles", options.list_profiles);
    table->read("organization_scp", options.organization_scp);
    table->read("source_vpce", options.source_vpce);
    table->refuse_the_rest();
}

void read_operator(TableReader& root, Operator& out) {
    auto reader = root.table("operator");
    if (!reader) {
        if (!root.has("operator")) root.report("config.key.missing"_msg, "operator");
        return;
    }
    out.where = reader->location();
    read_account(*reader, out.account);
    reader->read_texts_or_one("template", out.templates);
    reader->read_parameters("parameters", out.parameters);
    read_options(*reader, out.options);
    reader->refuse_the_rest();
}

void read_new_vpc(TableReader& reader, NewVpc& vpc) {
    reader.read("cidr", vpc.cidr);
    expect(reader, "cidr", vpc.cidr, is_vpc_network, "config.vpc.cidr"_msg);
    reader.read("zones", vpc.zones);
    const bool letters =
        std::all_of(vpc.zones.begin(), vpc.zones.end(), [](const std::string& zone) {
            return zone.size() == 1 && zone[0] >= 'a' && zone[0] <= 'z';
        });
    const std::set<std::string> distinct(vpc.zones.begin(), vpc.zones.end());
    if (!letters || distinct.empty() || distinct.size() != vpc.zones.size()) {
        reader.report("config.vpc.zones"_msg, "zones");
    }
}

void read_existing_vpc(TableReader& reader, ExistingVpc& vpc) {
    reader.read("id", vpc.id);
    expect(reader, "id", vpc.id, is_vpc_id, "config.vpc.id"_msg);
    reader.read("subnets", vpc.subnets);
    reader.read("endpoint_subnets", vpc.endpoint_subnets);
    reader.read("route_tables", vpc.route_tables);
    reader.read("dns_support", vpc.dns_support);
    reader.read("dns_hostnames", vpc.dns_hostnames);
    reader.read("cidr", vpc.cidr);
    expect(reader, "cidr", vpc.cidr, is_ipv4_network, "config.network.form"_msg);
}

void read_vpc(TableReader& municipality, std::variant<NewVpc, ExistingVpc>& out) {
    auto reader = municipality.table("vpc");
    if (!reader) return;
    if (reader->has("id")) {
        read_existing_vpc(*reader, out.emplace<ExistingVpc>());
    } else {
        read_new_vpc(*reader, out.emplace<NewVpc>());
    }
    reader->refuse_the_rest();
}

void read_caller(TableReader& municipality, Caller& caller) {
    auto reader = municipality.table("caller");
    if (!reader) return;
    reader->read("role", caller.role);
    reader->read("kind", caller.kind, kCallerKinds);
    reader->read("instance", caller.instance);
    if (caller.instance && caller.kind != CallerKind::Ec2) {
        reader->report("config.caller.instance"_msg, "instance");
    }
    reader->refuse_the_rest();
}

void read_bootstrap(TableReader& municipality, Bootstrap& bootstrap) {
    auto reader = municipality.table("bootstrap");
    if (!reader) return;
    reader->read("python", bootstrap.python);
    reader->read("session_manager", bootstrap.session_manager);
    reader->refuse_the_rest();
}

bool is_free_name(std::string_view name) {
    const auto* end = std::end(kReservedNames);
    return is_name(name) && !is_account(name) &&
           std::find(std::begin(kReservedNames), end, name) == end;
}

Municipality read_municipality(TableReader& reader) {
    Municipality out;
    out.where = reader.location();
    reader.require("name", out.name);
    expect(reader, "name", out.name, is_free_name, "config.municipality.name"_msg);
    read_account(reader, out.account);
    reader.read_texts_or_one("template", out.templates);
    reader.read_parameters("parameters", out.parameters);
    reader.read("role_arn", out.role_arn);
    expect(reader, "role_arn", out.role_arn, is_role_arn, "config.role_arn.form"_msg);
    reader.read("external_id", out.external_id);
    expect(reader, "external_id", out.external_id, is_external_id, "config.external_id.form"_msg);
    reader.read("session_name", out.session_name);
    expect(
        reader, "session_name", out.session_name, is_session_name, "config.session_name.form"_msg
    );
    read_vpc(reader, out.vpc);
    read_caller(reader, out.caller);
    read_bootstrap(reader, out.bootstrap);
    reader.read("trusted_networks", out.trusted_networks);
    expect_each(
        reader, "trusted_networks", out.trusted_networks, is_ipv4_network, "config.network.form"_msg
    );
    reader.refuse_the_rest();
    return out;
}

void read_municipalities(TableReader& root, std::vector<Municipality>& out) {
    auto readers = root.tables("municipality");
    if (readers.empty()) root.report("config.municipality.none"_msg, "municipality");
    std::map<std::string, std::size_t> lines;
    for (TableReader& reader : readers) {
        out.push_back(read_municipality(reader));
        const Municipality& read = out.back();
        if (read.name.empty()) continue;
        const auto [first, is_new] = lines.emplace(read.name, read.where.of("name").line);
        if (is_new) continue;
        reader.report(
            "config.municipality.twice"_msg,
            "name",
            {{"name", read.name}, {"line", std::to_string(first->second)}}
        );
    }
}

void read_bedrock(TableReader& root, Bedrock& out) {
    auto reader = root.table("bedrock");
    if (!reader) return;
    out.where = reader->location();
    reader->read("source_region", out.source_region);
    expect(*reader, "source_region", out.source_region, is_region, "config.region.form"_msg);
    reader->read("allowed_regions", out.allowed_regions);
    expect_each(
        *reader, "allowed_regions", out.allowed_regions, is_region, "config.region.form"_msg
    );
    reader->read("profiles", out.profiles);
    for (const auto& [key, list] :
         {std::pair("allowed_regions", &out.allowed_regions), {"profiles", &out.profiles}}) {
        if (list->empty()) reader->report("config.list.empty"_msg, key);
    }
    reader->read_parameters("application_profiles", out.application_profiles);
    for (const auto& [arn, source] : out.application_profiles) {
        if (is_arn(arn) && !source.empty()) continue;
        reader->report(
            "config.application_profile.form"_msg, "application_profiles", {{"value", arn}}
        );
    }
    reader->refuse_the_rest();
}

void read_check(TableReader& root, std::vector<Suppression>& out) {
    auto check = root.table("check");
    if (!check) return;
    for (TableReader& reader : check->tables("suppress")) {
        Suppression& suppression = out.emplace_back();
        suppression.location = reader.location();
        reader.require("id", suppression.id);
        reader.read("where", suppression.where);
        reader.require("reason", suppression.reason);
        reader.require("until", suppression.until);
        reader.refuse_the_rest();
    }
    check->refuse_the_rest();
}

void read_templates(TableReader& root, Templates& out) {
    auto reader = root.table("templates");
    if (!reader) return;
    out.where = reader->location();
    reader->read("inert", out.inert);
    reader->read("managed_policies", out.managed_policies);
    expect_each(
        *reader, "inert", out.inert, is_resource_type_pattern, "config.resource_type.form"_msg
    );
    reader->refuse_the_rest();
}

Configuration read_root(TableReader root) {
    Configuration out;
    read_operator(root, out.operator_account);
    read_municipalities(root, out.municipalities);
    read_bedrock(root, out.bedrock);
    read_check(root, out.suppressions);
    read_templates(root, out.templates);
    default_twin(out);
    if (auto twin = root.table("twin")) read_twin(std::move(*twin), out);
    root.refuse_the_rest();
    return out;
}

}  // namespace

Location TableLocation::of(std::string_view key) const {
    Location out = table;
    out.path += (out.path.empty() ? "" : ".") + std::string(key);
    if (const auto found = lines.find(key); found != lines.end()) out.line = found->second;
    return out;
}

const Municipality* Configuration::find_municipality(std::string_view name) const {
    for (const Municipality& municipality : municipalities) {
        if (municipality.name == name) return &municipality;
    }
    return nullptr;
}

namespace detail {

Expected<Configuration, Problems> read_document(const Table& document, std::string file) {
    Reading reading{file};
    Configuration out = read_root(TableReader(document, 1, "", reading));
    out.file = std::move(file);
    if (reading.problems.empty()) return out;
    const auto by_line = [](const Problem& a, const Problem& b) {
        return a.where.line < b.where.line;
    };
    std::stable_sort(reading.problems.begin(), reading.problems.end(), by_line);
    return Failure{std::move(reading.problems)};
}

}  // namespace detail

Expected<Configuration, Problems> read_configuration(std::string_view text, std::string file) {
    auto document = parse_document(text, file);
    if (!document) return Failure{Problems{std::move(document).error()}};
    auto out = detail::read_document(*document, std::move(file));
    if (out) out->source = std::make_shared<const std::string>(text);
    return out;
}

}  // namespace kakehashi::config
