#include "design/detail/plan.h"

#include "aws/regions.h"
#include "base/arn.h"
#include "base/hash.h"
#include "base/ipv4.h"
#include "base/text.h"
#include "config/external_id.h"
#include "design/detail/text.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace kakehashi::design {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kRolePrefix = "kakehashi-operator-";
constexpr std::size_t kRoleNameMax = 64;  // IAM's
constexpr std::size_t kHashDigits = 8;
// IAM's limit for a managed policy, less what ours says besides ARNs.
constexpr std::size_t kPolicyBytesMax = 6144 - 900;
constexpr std::size_t kSubnetPrefixMin = 24, kSubnetPrefixMax = 28;  // ours; EC2's

// Zones that a new account sees. Source: EC2 User Guide, "Availability Zones"; Tokyo's b is closed
// to new accounts.
struct RegionZones {
    std::string_view region, zones;
};
constexpr RegionZones kZones[] = {{"ap-northeast-1", "acd"}, {"ap-northeast-3", "abc"}};

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool consists_of_words_and(std::string_view text, std::string_view others) {
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return is_word(c) || others.find(c) != others.npos;
    });
}

// IAM: role names are 1 to 64 of [\w+=,.@-]; a path before it has slashes.
bool is_role_path(std::string_view text) {
    return !text.empty() && consists_of_words_and(text, "+=,.@-/") && text.back() != '/' &&
           text.size() - (text.rfind('/') + 1) <= kRoleNameMax;
}

bool is_id(std::string_view text, std::string_view prefix) {
    return text.starts_with(prefix) && text.size() > prefix.size() &&
           consists_of_words_and(text, "-");
}

std::string session_pattern(std::string pattern) {
    pattern = replaced(replaced(std::move(pattern), "{host}", "*"), "{user}", "*");
    while (pattern.find("**") != std::string::npos) {
        pattern = replaced(std::move(pattern), "**", "*");
    }
    return pattern == "*" ? "" : pattern;
}

std::string operator_role_name(std::string_view municipality) {
    std::string name = std::string(kRolePrefix).append(municipality);
    if (name.size() <= kRoleNameMax) return name;
    name.resize(kRoleNameMax - kHashDigits - 1);
    return name + "-" + sha256_hex(municipality).substr(0, kHashDigits);
}

bool is_hard_to_guess(const config::Municipality& municipality) {
    return config::external_id_bits(*municipality.external_id, municipality.name) >=
           config::kExternalIdBitsMin;
}

bool overlap(const Ipv4Network& a, const Ipv4Network& b) {
    return a.prefix <= b.prefix ? a.contains(b.first) : b.contains(a.first);
}

class Planner {
public:
    explicit Planner(const config::Configuration& configuration)
        : catalog_(aws::built_in_catalog()),
          renders_operator_(configuration.operator_account.templates.empty()) {
        plan_.configuration = &configuration;
    }

    Expected<Plan, Problems> make() {
        add_profiles();
        for (const config::Municipality& municipality : plan_.configuration->municipalities) {
            add_crossing(municipality);
        }
        if (problems_.empty()) return std::move(plan_);
        const auto by_line = [](const Problem& a, const Problem& b) {
            return a.where.line < b.where.line;
        };
        std::stable_sort(problems_.begin(), problems_.end(), by_line);
        if (problems_.size() > config::kProblemsMax) {
            problems_.erase(
                problems_.begin() + static_cast<std::ptrdiff_t>(config::kProblemsMax),
                problems_.end()
            );
        }
        return Failure{std::move(problems_)};
    }

private:
    void problem(
        MessageId id,
        const config::TableLocation& table,
        std::string_view key,
        Fields fields = {}
    ) {
        Location where = table.of(key);
        if (where.file.empty()) where.file = plan_.configuration->file;
        problems_.push_back({{std::move(id), std::move(fields)}, std::move(where)});
    }

    // --- profiles ---

    void add_profiles() {
        const config::Bedrock& bedrock = plan_.configuration->bedrock;
        const aws::RegionSet allowed(bedrock.allowed_regions);
        if (!allowed.contains(bedrock.source_region)) {
            problem(
                "design.source_region.not_allowed"_msg,
                bedrock.where,
                "source_region",
                {{"region", bedrock.source_region}, {"allowed", aws::to_string(allowed)}}
            );
        }
        std::set<std::string> seen;
        for (const std::string& text : bedrock.profiles) {
            auto profile = callable(text);
            if (profile && seen.insert(profile->resource).second) {
                plan_.profiles.push_back(*std::move(profile));
            }
        }
        std::size_t size = 0;
        for (const auto& arns :
             {plan_.profile_arns(plan_.operator_account()),
              plan_.profile_keys(plan_.operator_account()),
              plan_.model_arns()}) {
            for (const std::string& arn : arns) {
                size += arn.size();
            }
        }
        if (size > kPolicyBytesMax)
            problem("design.profile.too_many"_msg, bedrock.where, "profiles");
    }

    std::optional<CallableProfile> refuse_profile(
        MessageId id,
        const std::string& text,
        Fields fields = {}
    ) {
        fields.emplace_back("profile", text);
        problem(std::move(id), plan_.configuration->bedrock.where, "profiles", std::move(fields));
        return std::nullopt;
    }

    std::optional<CallableProfile> callable(const std::string& text) {
        const auto reference = aws::resolve_model_id(catalog_, text);
        if (!reference) {
            return refuse_profile("design.profile.unknown"_msg, text, {{"date", catalog_.date()}});
        }
        const bool here =
            reference->region == plan_.region() && reference->account == plan_.operator_account();
        switch (reference->kind) {
            case aws::ModelKind::InferenceProfileArn:
                if (!here) return refuse_profile("design.profile.elsewhere"_msg, text);
                [[fallthrough]];
            case aws::ModelKind::InferenceProfile:
                return system_profile(text, *catalog_.profile(reference->id));
            case aws::ModelKind::ApplicationInferenceProfileArn:
                if (!here) return refuse_profile("design.profile.elsewhere"_msg, text);
                return application_profile(text, reference->id);
            case aws::ModelKind::FoundationModel:
            case aws::ModelKind::FoundationModelArn:
            case aws::ModelKind::ProvisionedModelArn:
            case aws::ModelKind::CustomModelArn:
            case aws::ModelKind::CustomModelDeploymentArn:
            case aws::ModelKind::ImportedModelArn:
            case aws::ModelKind::PromptArn:
            case aws::ModelKind::PromptRouterArn:
            case aws::ModelKind::SageMakerEndpointArn:
                break;
        }
        return refuse_profile("design.profile.no_profile"_msg, text);
    }

    std::optional<CallableProfile> system_profile(
        const std::string& text,
        const aws::InferenceProfile& profile
    ) {
        if (!profile.sources.contains(plan_.region())) {
            return refuse_profile(
                "design.profile.not_callable"_msg,
                text,
                {{"region", plan_.region()}, {"sources", aws::to_string(profile.sources)}}
            );
        }
        const std::string resource = "inference-profile/" + profile.id;
        return within_allowed(
            text, {resource, {resource}, catalog_.model(profile.model), {}}, profile.destinations
        );
    }

    // It runs where what it copies from runs. Which of the two ARNs bedrock:InferenceProfileArn
    // then names, nobody could verify: both are asked for.
    std::optional<CallableProfile> application_profile(
        const std::string& text,
        const std::string& id
    ) {
        const auto& sources = plan_.configuration->bedrock.application_profiles;
        const auto found = sources.find(text);
        const auto source = found == sources.end() ? Failure{aws::ModelIdError::NotInTheCatalog}
                                                   : aws::resolve_model_id(catalog_, found->second);
        const std::string resource = "application-inference-profile/" + id;
        if (source && source->kind == aws::ModelKind::FoundationModelArn) {
            return within_allowed(
                text, {resource, {resource}, catalog_.model(source->id), {}}, {source->region}
            );
        }
        const bool profile = source && (source->kind == aws::ModelKind::InferenceProfile ||
                                        source->kind == aws::ModelKind::InferenceProfileArn);
        if (!profile) return refuse_profile("design.profile.source_unknown"_msg, text);
        auto copied = system_profile(text, *catalog_.profile(source->id));
        if (copied) {
            copied->resource = resource;
            copied->keys.insert(copied->keys.begin(), resource);
        }
        return copied;
    }

    std::optional<CallableProfile> within_allowed(
        const std::string& text,
        CallableProfile profile,
        const aws::RegionSet& destinations
    ) {
        const aws::RegionSet allowed(plan_.configuration->bedrock.allowed_regions);
        if (!destinations.within(allowed)) {
            const auto outside =
                destinations.unbounded() ? destinations : destinations.without(allowed);
            return refuse_profile(
                destinations.unbounded() ? "design.profile.anywhere"_msg
                                         : "design.profile.leaves"_msg,
                text,
                {{"regions", aws::to_string(outside)}, {"allowed", aws::to_string(allowed)}}
            );
        }
        profile.destinations = destinations.ids();
        return profile;
    }

    // --- municipalities ---

    void add_crossing(const config::Municipality& municipality) {
        Crossing crossing;
        crossing.municipality = &municipality;
        crossing.renders_role = renders_operator_;
        crossing.renders_network = municipality.templates.empty();
        crossing.logical_name = logical_name(municipality.name);
        crossing.session_pattern = session_pattern(municipality.session_name);
        check_account(municipality);
        check_caller(municipality);
        if (crossing.renders_role) {
            plan_role(municipality, crossing);
            check_endpoint_parameters(municipality, crossing);
        } else if (crossing.renders_network) {
            take_role(municipality, crossing);
        }
        if (crossing.renders_network) {
            plan_network(municipality, crossing.network);
            check_bootstrap(municipality, crossing.network);
        }
        plan_.crossings.push_back(std::move(crossing));
    }

    // Roles are told apart by their accounts, here and in every CloudTrail: two municipalities in
    // one account could not be. Names that differ in case alone are one role name to IAM and one
    // file to some disks.
    void check_account(const config::Municipality& municipality) {
        const auto& where = municipality.where;
        if (municipality.account == plan_.operator_account()) {
            problem("design.account.operator"_msg, where, "account", {{"name", municipality.name}});
        }
        const auto [other, is_new] = accounts_.emplace(municipality.account, municipality.name);
        if (!is_new) {
            problem(
                "design.account.twice"_msg,
                where,
                "account",
                {{"name", municipality.name}, {"other", other->second}}
            );
        }
        const auto [same, fresh] =
            names_.emplace(lower_ascii(municipality.name), municipality.name);
        if (!fresh) {
            problem(
                "design.name.case"_msg,
                where,
                "name",
                {{"name", municipality.name}, {"other", same->second}}
            );
        }
    }

    void check_caller(const config::Municipality& municipality) {
        const config::Caller& caller = municipality.caller;
        const bool path = caller.role.find('/') != std::string::npos;
        if (!is_role_path(caller.role) || (path && municipality.templates.empty())) {
            problem(
                "design.caller.role"_msg, municipality.where, "caller", {{"role", caller.role}}
            );
        }
        if (caller.instance && caller.kind != config::CallerKind::Ec2) {
            problem("design.caller.instance"_msg, municipality.where, "caller");
        }
    }

    void plan_role(const config::Municipality& municipality, Crossing& crossing) {
        crossing.role_name = operator_role_name(municipality.name);
        crossing.operator_role = crossing.role_name;
        crossing.operator_role_account = plan_.operator_account();
        const std::string arn =
            "arn:aws:iam::" + crossing.operator_role_account + ":role/" + crossing.role_name;
        if (municipality.role_arn && *municipality.role_arn != arn) {
            problem("design.role_arn.differs"_msg, municipality.where, "role_arn", {{"arn", arn}});
        }
        if (!municipality.external_id) {
            problem(
                "design.external_id.missing"_msg,
                municipality.where,
                "external_id",
                {{"name", municipality.name}}
            );
        } else if (!is_hard_to_guess(municipality)) {
            problem("design.external_id.guessable"_msg, municipality.where, "external_id");
        }
    }

    // Whose template is not rendered, its endpoints are known to nobody here.
    void check_endpoint_parameters(
        const config::Municipality& municipality,
        const Crossing& crossing
    ) {
        const config::Operator& owner = plan_.configuration->operator_account;
        if (!owner.options.source_vpce || crossing.renders_network) return;
        for (const char* endpoint : {"StsEndpoint", "BedrockRuntimeEndpoint"}) {
            const std::string name = endpoint + crossing.logical_name;
            if (owner.parameters.contains(name)) continue;
            problem(
                "design.source_vpce.parameter"_msg,
                owner.where,
                "parameters",
                {{"parameter", name}, {"name", municipality.name}}
            );
        }
    }

    // The operator's templates are other people's: only the configuration can name the role.
    void take_role(const config::Municipality& municipality, Crossing& crossing) {
        const auto arn = parse_arn(municipality.role_arn.value_or(""));
        if (!arn || !is_role_path(arn->resource)) {
            return problem(
                "design.role_arn.missing"_msg,
                municipality.where,
                "role_arn",
                {{"name", municipality.name}}
            );
        }
        crossing.operator_role = arn->resource.substr(arn->resource.find('/') + 1);
        crossing.operator_role_account = arn->account;
    }

    // --- networks ---

    void plan_network(const config::Municipality& municipality, Network& network) {
        if (const auto* made = std::get_if<config::NewVpc>(&municipality.vpc)) {
            plan_new(municipality, *made, network);
            check_overlap(municipality, made->cidr);
        } else {
            const auto& existing = std::get<config::ExistingVpc>(municipality.vpc);
            plan_existing(municipality, existing, network);
            if (existing.cidr) check_overlap(municipality, *existing.cidr);
        }
    }

    void plan_new(
        const config::Municipality& municipality,
        const config::NewVpc& made,
        Network& network
    ) {
        network.vpc = "!Ref Vpc";
        network.zones = made.zones;
        network.route_tables = {"!Ref PrivateRouteTable"};
        const auto* known =
            std::find_if(std::begin(kZones), std::end(kZones), [&](const auto& row) {
                return row.region == plan_.region();
            });
        for (const std::string& zone : made.zones) {
            if (known != std::end(kZones) && known->zones.find(zone) == std::string_view::npos) {
                problem(
                    "design.vpc.zone"_msg,
                    municipality.where,
                    "vpc",
                    {{"zone", zone},
                     {"region", plan_.region()},
                     {"known", std::string(known->zones)}}
                );
            }
            const char capital = static_cast<char>(zone.empty() ? 'A' : zone[0] - 'a' + 'A');
            network.workload_subnets.push_back(std::string("!Ref PrivateSubnet") + capital);
        }
        network.endpoint_subnets = network.workload_subnets;
        cut_subnets(municipality, made, network);
    }

    // One after the other from the start: /24, or smaller where the VPC is small.
    void cut_subnets(
        const config::Municipality& municipality,
        const config::NewVpc& made,
        Network& network
    ) {
        const auto block = parse_ipv4_network(made.cidr);
        std::size_t bits_needed = 0;
        while ((std::size_t{1} << bits_needed) < made.zones.size()) {
            ++bits_needed;
        }
        const std::size_t prefix =
            block ? std::max(kSubnetPrefixMin, block->prefix + bits_needed) : kSubnetPrefixMax + 1;
        if (prefix > kSubnetPrefixMax) {
            return problem(
                "design.vpc.small"_msg,
                municipality.where,
                "vpc",
                {{"cidr", made.cidr}, {"count", std::to_string(made.zones.size())}}
            );
        }
        for (std::size_t i = 0; i < made.zones.size(); ++i) {
            const auto first = block->first + static_cast<Ipv4>(i << (32 - prefix));
            network.cidrs.push_back(ipv4_text(first) + "/" + std::to_string(prefix));
        }
    }

    void plan_existing(
        const config::Municipality& municipality,
        const config::ExistingVpc& existing,
        Network& network
    ) {
        network.vpc = existing.id;
        const auto [other, is_new] = vpcs_.emplace(existing.id, municipality.name);
        if (!is_new) {
            problem(
                "design.vpc.twice"_msg,
                municipality.where,
                "vpc",
                {{"vpc", existing.id}, {"other", other->second}}
            );
        }
        network.route_tables = existing.route_tables;
        const auto& [workload, endpoints] = std::tie(existing.subnets, existing.endpoint_subnets);
        network.workload_subnets = workload.empty() ? endpoints : workload;
        network.endpoint_subnets = endpoints.empty() ? workload : endpoints;
        if (network.workload_subnets.empty()) {
            problem("design.vpc.no_subnets"_msg, municipality.where, "vpc");
        }
        for (const auto& [ids, prefix] :
             {std::pair(&existing.subnets, "subnet-"),
              {&existing.endpoint_subnets, "subnet-"},
              {&existing.route_tables, "rtb-"}}) {
            for (const std::string& id : *ids) {
                if (is_id(id, prefix)) continue;
                problem(
                    "design.vpc.id"_msg, municipality.where, "vpc", {{"id", id}, {"prefix", prefix}}
                );
            }
        }
        if (!existing.dns_support.value_or(true) || !existing.dns_hostnames.value_or(true)) {
            problem("design.vpc.dns_off"_msg, municipality.where, "vpc");
        }
    }

    void check_overlap(const config::Municipality& municipality, const std::string& cidr) {
        const auto own = parse_ipv4_network(cidr);
        for (const std::string& text : municipality.trusted_networks) {
            const auto other = parse_ipv4_network(text);
            if (!own || !other || !overlap(*own, *other)) continue;
            problem(
                "design.vpc.overlap"_msg,
                municipality.where,
                "trusted_networks",
                {{"network", text}, {"cidr", cidr}}
            );
        }
    }

    void check_bootstrap(const config::Municipality& municipality, const Network& network) {
        const config::Bootstrap& bootstrap = municipality.bootstrap;
        // CodeArtifact is in Tokyo and not in Osaka (its User Guide, "Regions"; general knowledge,
        // 2026-11), as is the list of S3's addresses that is known.
        if (bootstrap.python && aws::s3_prefix_list(plan_.region()).empty()) {
            problem(
                "design.bootstrap.region"_msg,
                municipality.where,
                "bootstrap",
                {{"region", plan_.region()}}
            );
        }
        if (bootstrap.python && network.route_tables.empty()) {
            problem("design.bootstrap.route_tables"_msg, municipality.where, "vpc");
        }
        if (bootstrap.session_manager && municipality.caller.kind != config::CallerKind::Ec2) {
            problem("design.bootstrap.session_manager"_msg, municipality.where, "bootstrap");
        }
    }

    const aws::Catalog& catalog_;  // lives as long as the program
    Plan plan_;
    bool renders_operator_ = false;
    Problems problems_;
    std::map<std::string, std::string> accounts_, names_, vpcs_;  // → the municipality's name
};

std::string arn_of(std::string_view region, std::string_view account, std::string_view resource) {
    return std::string("arn:${AWS::Partition}:bedrock:")
        .append(region)
        .append(":")
        .append(account)
        .append(":")
        .append(resource);
}

// Each once, in the order in which it first comes.
void add_new(std::vector<std::string>& list, std::string item) {
    if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(std::move(item));
}

}  // namespace

std::string role_reference(std::string_view account, std::string_view path_and_name) {
    return std::string("arn:${AWS::Partition}:iam::")
        .append(account)
        .append(":role/")
        .append(path_and_name);
}

std::string Plan::model_names() const {
    std::vector<std::string> names;
    for (const CallableProfile& profile : profiles) {
        add_new(names, profile.model->name);
    }
    return joined(names);
}

std::vector<std::string> Plan::profile_arns(std::string_view account) const {
    std::vector<std::string> arns;
    for (const CallableProfile& profile : profiles) {
        add_new(arns, arn_of(region(), account, profile.resource));
    }
    return arns;
}

std::vector<std::string> Plan::profile_keys(std::string_view account) const {
    std::vector<std::string> arns;
    for (const CallableProfile& profile : profiles) {
        for (const std::string& key : profile.keys) {
            add_new(arns, arn_of(region(), account, key));
        }
    }
    return arns;
}

std::vector<std::string> Plan::model_arns() const {
    std::vector<std::string> arns;
    for (const CallableProfile& profile : profiles) {
        for (const std::string& destination : profile.destinations) {
            add_new(arns, arn_of(destination, "", "foundation-model/" + profile.model->id));
        }
    }
    return arns;
}

std::vector<std::string> Plan::source_model_arns() const {
    std::vector<std::string> arns;
    for (const CallableProfile& profile : profiles) {
        add_new(arns, arn_of(region(), "", "foundation-model/" + profile.model->id));
    }
    return arns;
}

Expected<Plan, Problems> make_plan(const config::Configuration& configuration) {
    return Planner(configuration).make();
}

}  // namespace kakehashi::design
