#include "base/text.h"
#include "design/detail/prices.h"
#include "design/render.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

// The sheet that a person follows to deploy a rendered pair: Markdown, from top to bottom.
namespace kakehashi::design {
namespace {

// CloudFormation and IAM quotas that one pair can meet. Source: CloudFormation User Guide,
// "Understand CloudFormation quotas"; IAM User Guide, "IAM and AWS STS quotas".
constexpr std::size_t kTemplateBytesInRequestMax = 51'200;
constexpr std::size_t kRolesDefault = 1000;
constexpr std::size_t kStacksDefault = 2000;
constexpr std::size_t kVolumeGigabytes = 8;  // the root volume of Amazon Linux 2023
constexpr std::size_t kArticleEndpoints =
    4;  // sts, bedrock-runtime, codeartifact.api, .repositories

std::size_t occurrences(std::string_view text, std::string_view of) {
    std::size_t count = 0;
    for (auto at = text.find(of); at != text.npos; at = text.find(of, at + of.size()))
        ++count;
    return count;
}

// 1234567 → "1,234,567"
std::string grouped(std::int64_t number) {
    std::string out = std::to_string(number);
    for (std::size_t at = out.size(); at > 3; at -= 3)
        out.insert(at - 3, 1, ',');
    return out;
}

// 14.6 → "14.60"
std::string dollars(double usd) {
    const auto cents = std::llround(usd * 100);
    const std::string rest = std::to_string(cents % 100);
    return grouped(cents / 100) + "." + (rest.size() == 1 ? "0" + rest : rest);
}

// The parameters of a template that have no default: a person has to give them.
std::vector<std::string> asked_parameters(std::string_view text) {
    std::vector<std::string> out;
    const auto begin = text.find("\nParameters:\n");
    if (begin == text.npos) return out;
    text.remove_prefix(begin + std::string_view("\nParameters:\n").size());
    bool has_default = true;
    const auto drop_answered = [&] {
        if (has_default && !out.empty()) out.pop_back();
    };
    for (const std::string_view line : split(text, '\n')) {
        if (!line.empty() && line[0] != ' ' && line[0] != '#') break;
        if (line.starts_with("    Default:")) has_default = true;
        if (!line.starts_with("  ") || line.size() < 3 || line[2] == ' ' || line[2] == '#')
            continue;
        drop_answered();
        out.emplace_back(line.substr(2, line.find(':') - 2));
        has_default = false;
    }
    drop_answered();
    return out;
}

// A stack's name has letters, digits and hyphens.
std::string stack_of(const std::string& municipality) {
    return "kakehashi-" + replaced(municipality, "_", "-");
}

std::string operator_stack_of(std::string_view file) {
    const auto dot = file.find('.');
    return "kakehashi-" + std::string(file.substr(0, dot));
}

struct CostLine {
    Message what;
    double usd = 0;  // a month
    bool unverified = false;
};

class Sheet {
public:
    Sheet(const Pair& pair, Language language)
        : pair_(pair), configuration_(pair.configuration), language_(language) {}

    std::string write() && {
        heading("design.sheet.title"_msg);
        say({"design.sheet.about"_msg});
        say({"design.sheet.shells"_msg});
        quotas();
        municipalities();
        operators();
        organization();
        activation();
        crossing();
        undo();
        costs();
        unverified();
        return std::move(out_);
    }

private:
    std::string words(const Message& message) const { return text(message, language_); }
    // Messages begin small and end without a stop, as errors do; a page of prose does not.
    std::string sentence(const Message& message) const {
        std::string out = words(message);
        if (language_ == Language::Japanese || out.empty()) return out;
        // Names of AWS, such as aws:SourceVpce, stay as they are written.
        const std::string_view word = std::string_view(out).substr(0, out.find(' '));
        const bool is_word = word.find_first_not_of("abcdefghijklmnopqrstuvwxyz,") == word.npos;
        if (is_word) out[0] = static_cast<char>(out[0] - 'a' + 'A');
        return out.back() == ':' ? out : out + ".";
    }
    void heading(MessageId id) { out_ += "# " + words({std::move(id)}) + "\n\n"; }
    void section(MessageId id) {
        out_ += "## " + std::to_string(++section_) + ". " + words({std::move(id)}) + "\n\n";
    }
    void say(const Message& message) { out_ += sentence(message) + "\n\n"; }
    void item(const Message& message) { out_ += "- " + sentence(message) + "\n"; }
    void commands(const std::string& lines) { out_ += "```sh\n" + lines + "```\n\n"; }
    void commands(const Message& about, const std::string& lines) {
        say(about);
        commands(lines);
    }
    const std::string& region() const { return configuration_.bedrock.source_region; }

    std::string deploy(
        const std::string& stack,
        const TemplateFile& file,
        const std::string& account,
        const std::string& more = ""
    ) const {
        std::string out = "aws cloudformation deploy --region " + region() + " --stack-name " +
                          stack + " --template-file " + file.name +
                          " --capabilities CAPABILITY_NAMED_IAM";
        if (file.text.size() > kTemplateBytesInRequestMax) out += " --s3-bucket " + bucket(account);
        return out + more + "\n";
    }
    // Larger templates go through a bucket of the account that deploys them.
    static std::string bucket(const std::string& account) {
        return "kakehashi-templates-" + account;
    }
    std::string bucket_commands(const std::string& account) const {
        const std::string name = bucket(account);
        return "aws s3api create-bucket --bucket " + name + " --region " + region() +
               " --create-bucket-configuration LocationConstraint=" + region() +
               "\naws s3api put-public-access-block --bucket " + name +
               " --public-access-block-configuration "
               "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,"
               "RestrictPublicBuckets=true\n";
    }
    std::string delete_stack(const std::string& stack) const {
        return "aws cloudformation delete-stack --region " + region() + " --stack-name " + stack +
               "\naws cloudformation wait stack-delete-complete --region " + region() +
               " --stack-name " + stack + "\n";
    }
    std::string outputs_of(const std::string& stack) const {
        return "aws cloudformation describe-stacks --region " + region() + " --stack-name " +
               stack +
               " --query 'Stacks[0].[StackStatus,Outputs[].[OutputKey,OutputValue]]' --output text"
               "\n";
    }

    const TemplateFile* template_of(const config::Municipality& municipality) const {
        if (municipality.templates.empty()) return nullptr;
        const auto found = std::ranges::find(
            pair_.municipality_templates, municipality.templates.front(), &TemplateFile::name
        );
        return found == pair_.municipality_templates.end() ? nullptr : &*found;
    }
    const std::string& operator_account() const { return configuration_.operator_account.account; }

    void quotas();
    void municipalities();
    void operators();
    void organization();
    void activation();
    void crossing();
    void undo();
    void costs();
    void cost_table(MessageId about, const std::vector<CostLine>& lines);
    std::vector<CostLine> cost_of(
        const TemplateFile& file,
        const config::Municipality& municipality
    ) const;
    void model_prices();
    void unverified();

    const Pair& pair_;
    const config::Configuration& configuration_;
    Language language_;
    std::string out_;
    std::size_t section_ = 0;
};

void Sheet::quotas() {
    section("design.sheet.quotas"_msg);
    std::size_t roles = 0;
    for (const TemplateFile& file : pair_.operator_templates) {
        roles += occurrences(file.text, "Type: AWS::IAM::Role\n");
    }
    const bool many_roles = roles > kRolesDefault;
    const bool many_stacks = pair_.operator_templates.size() > kStacksDefault;
    item(
        {"design.sheet.quota.roles"_msg,
         {{"count", grouped(static_cast<std::int64_t>(roles))},
          {"quota", grouped(static_cast<std::int64_t>(kRolesDefault))}}}
    );
    item({many_roles ? "design.sheet.quota.raise_roles"_msg : "design.sheet.quota.enough"_msg});
    if (many_stacks) item({"design.sheet.quota.raise_stacks"_msg});
    out_ += "\n";
    if (many_roles) {
        commands(
            {"design.sheet.quota.how"_msg, {{"account", operator_account()}}},
            "aws service-quotas request-service-quota-increase --region us-east-1 --service-code "
            "iam "
            "--quota-code L-FE177D64 --desired-value " +
                std::to_string(roles + roles / 10) + "\n"
        );
    }
}

void Sheet::municipalities() {
    if (pair_.municipality_templates.empty()) return;
    section("design.sheet.municipalities"_msg);
    say({"design.sheet.municipalities.why"_msg});
    std::string deploys, checks, buckets;
    for (const config::Municipality& municipality : configuration_.municipalities) {
        const TemplateFile* file = template_of(municipality);
        if (!file) continue;
        const std::string who = "# " + municipality.name + " (" + municipality.account + ")\n";
        const std::string stack = stack_of(municipality.name);
        deploys += who + deploy(stack, *file, municipality.account);
        checks += who + outputs_of(stack);
        if (file->text.size() > kTemplateBytesInRequestMax) {
            buckets += who + bucket_commands(municipality.account);
        }
    }
    if (!buckets.empty()) commands({"design.sheet.bucket"_msg}, buckets);
    commands({"design.sheet.deploy"_msg}, deploys);
    commands({"design.sheet.check.stack"_msg}, checks);
    commands(
        {"design.sheet.check.endpoints"_msg},
        "aws ec2 describe-vpc-endpoints --region " + region() +
            " --filters Name=tag:Project,Values=kakehashi"
            " --query 'VpcEndpoints[].[ServiceName,State,PrivateDnsEnabled]' --output text\n"
    );
}

void Sheet::operators() {
    if (pair_.operator_templates.empty()) return;
    section("design.sheet.operators"_msg);
    say({"design.sheet.operators.why"_msg, {{"account", operator_account()}}});
    std::string deploys, checks;
    bool large = false;
    for (const TemplateFile& file : pair_.operator_templates) {
        const std::string stack = operator_stack_of(file.name);
        std::string overrides;
        for (const std::string& parameter : asked_parameters(file.text)) {
            overrides += " " + parameter + "=vpce-…";
        }
        if (!overrides.empty()) overrides = " --parameter-overrides" + overrides;
        deploys += deploy(stack, file, operator_account(), overrides);
        checks += outputs_of(stack);
        large = large || file.text.size() > kTemplateBytesInRequestMax;
    }
    if (large) commands({"design.sheet.bucket"_msg}, bucket_commands(operator_account()));
    if (configuration_.operator_account.options.source_vpce) {
        say({"design.sheet.operators.endpoints"_msg});
    }
    commands({"design.sheet.deploy"_msg}, deploys);
    commands({"design.sheet.check.stack"_msg}, checks);
    say({"design.sheet.operators.principal"_msg});
}

void Sheet::organization() {
    if (pair_.organization_templates.empty()) return;
    section("design.sheet.organization"_msg);
    say({"design.sheet.organization.why"_msg});
    std::string deploys;
    for (const TemplateFile& file : pair_.organization_templates) {
        deploys += deploy(operator_stack_of(file.name), file, "");
    }
    commands({"design.sheet.deploy"_msg}, deploys);
}

void Sheet::activation() {
    if (pair_.operator_templates.empty() ||
        !configuration_.operator_account.options.activation_role)
        return;
    section("design.sheet.activation"_msg);
    say({"design.sheet.activation.how"_msg});
}

void Sheet::crossing() {
    section("design.sheet.crossing"_msg);
    say({"design.sheet.crossing.config"_msg});
    const bool one = configuration_.municipalities.size() == 1;
    const std::string profile =
        one ? "kakehashi" : "kakehashi-" + configuration_.municipalities.front().name;
    const std::string model =
        configuration_.bedrock.profiles.empty() ? "" : configuration_.bedrock.profiles.front();
    commands(
        {"design.sheet.crossing.try"_msg},
        "export AWS_CONFIG_FILE=$PWD/aws-config AWS_PROFILE=" + profile +
            "\naws sts get-caller-identity\naws bedrock-runtime converse --model-id " + model +
            " --messages '[{\"role\":\"user\",\"content\":[{\"text\":\"Hello\"}]}]'\n"
    );
    commands({"design.sheet.crossing.tool"_msg}, "kakehashi converse \"Hello\"\n");
}

void Sheet::undo() {
    section("design.sheet.undo"_msg);
    say({"design.sheet.undo.order"_msg});
    std::string lines;
    for (const TemplateFile& file : pair_.organization_templates) {
        lines += delete_stack(operator_stack_of(file.name));
    }
    for (const TemplateFile& file : pair_.operator_templates) {
        lines += delete_stack(operator_stack_of(file.name));
    }
    for (const config::Municipality& municipality : configuration_.municipalities) {
        if (template_of(municipality)) lines += delete_stack(stack_of(municipality.name));
    }
    commands(lines);
}

std::vector<CostLine> Sheet::cost_of(
    const TemplateFile& file,
    const config::Municipality& municipality
) const {
    const auto* made = std::get_if<config::NewVpc>(&municipality.vpc);
    const auto* existing = std::get_if<config::ExistingVpc>(&municipality.vpc);
    const std::size_t zones = made ? made->zones.size() : existing->endpoint_subnets.size();
    const std::size_t endpoints = occurrences(file.text, "VpcEndpointType: Interface\n");
    const Price& endpoint = prices().item("interface-endpoint");
    const double hours = prices().hours_per_month;
    const auto count = static_cast<double>(endpoints * zones);
    std::vector<CostLine> lines = {
        {{"design.sheet.cost.endpoints"_msg,
          {{"count", std::to_string(endpoints)},
           {"zones", std::to_string(zones)},
           {"usd", std::to_string(endpoint.usd).substr(0, 5)}}},
         count * hours * endpoint.usd,
         endpoint.unverified}};
    if (occurrences(file.text, "VpcEndpointType: Gateway\n") > 0) {
        lines.push_back({{"design.sheet.cost.gateway"_msg}, 0, false});
    }
    if (occurrences(file.text, "Type: AWS::EC2::Instance\n") > 0) {
        const Price& instance = prices().item("instance");
        const Price& volume = prices().item("volume");
        lines.push_back({{"design.sheet.cost.instance"_msg}, hours * instance.usd, true});
        lines.push_back(
            {{"design.sheet.cost.volume"_msg, {{"gigabytes", std::to_string(kVolumeGigabytes)}}},
             static_cast<double>(kVolumeGigabytes) * volume.usd,
             volume.unverified}
        );
    }
    return lines;
}

void Sheet::cost_table(MessageId about, const std::vector<CostLine>& lines) {
    say({std::move(about)});
    out_ += "| " + words({"design.sheet.cost.what"_msg}) + " | USD | " +
            words({"design.sheet.cost.yen"_msg}) + " |\n| --- | ---: | ---: |\n";
    double sum = 0;
    const auto row = [this](const std::string& what, double usd) {
        out_ += "| " + what + " | " + dollars(usd) + " | " +
                grouped(std::llround(usd * prices().yen_per_dollar)) + " |\n";
    };
    for (const CostLine& line : lines) {
        sum += line.usd;
        const std::string mark =
            line.unverified ? " " + words({"design.sheet.cost.unverified"_msg}) : "";
        row(words(line.what) + mark, line.usd);
    }
    row("**" + words({"design.sheet.cost.sum"_msg}) + "**", sum);
    out_ += "\n";
}

void Sheet::costs() {
    section("design.sheet.cost"_msg);
    const Prices& all = prices();
    say(
        {"design.sheet.cost.about"_msg,
         {{"date", all.date},
          {"rate", grouped(std::llround(all.yen_per_dollar))},
          {"rate_date", all.yen_date},
          {"hours", grouped(std::llround(all.hours_per_month))}}}
    );
    const config::Municipality* example = nullptr;
    std::size_t made = 0;
    double sum = 0;
    for (const config::Municipality& municipality : configuration_.municipalities) {
        const TemplateFile* file = template_of(municipality);
        if (!file) continue;
        if (!example) example = &municipality;
        ++made;
        for (const CostLine& line : cost_of(*file, municipality))
            sum += line.usd;
    }
    if (example) {
        cost_table("design.sheet.cost.ours"_msg, cost_of(*template_of(*example), *example));
        const Price& endpoint = all.item("interface-endpoint");
        cost_table(
            "design.sheet.cost.article"_msg,
            {{{"design.sheet.cost.article_endpoints"_msg},
              static_cast<double>(kArticleEndpoints) * 2 * all.hours_per_month * endpoint.usd,
              endpoint.unverified},
             {{"design.sheet.cost.gateway"_msg}, 0, false}}
        );
    }
    if (made > 1) {
        say(
            {"design.sheet.cost.all"_msg,
             {{"count", grouped(static_cast<std::int64_t>(made))},
              {"usd", dollars(sum)},
              {"yen", grouped(std::llround(sum * all.yen_per_dollar))}}}
        );
    }
    model_prices();
}

void Sheet::model_prices() {
    say({"design.sheet.cost.models"_msg});
    out_ += "| " + words({"design.sheet.cost.profile"_msg}) + " | " +
            words({"design.sheet.cost.input"_msg}) + " | " +
            words({"design.sheet.cost.output"_msg}) + " |\n| --- | ---: | ---: |\n";
    const double rate = prices().yen_per_dollar;
    const auto both = [rate](double usd) {
        return dollars(usd) + " (" + grouped(std::llround(usd * rate)) + ")";
    };
    for (const std::string& profile : configuration_.bedrock.profiles) {
        const auto price = prices().model(profile);
        out_ += "| " + profile + " | " + (price ? both(price->input) : "?") + " | " +
                (price ? both(price->output) : "?") + " |\n";
    }
    out_ += "\n" + words({"design.sheet.cost.data"_msg}) + "\n\n";
}

void Sheet::unverified() {
    section("design.sheet.unverified"_msg);
    item({"design.sheet.unverified.all"_msg});
    item({"design.sheet.unverified.prices"_msg});
    if (configuration_.operator_account.options.source_vpce) {
        item({"design.sheet.unverified.source_vpce"_msg});
    }
    if (configuration_.operator_account.options.invocation_logging) {
        item({"design.sheet.unverified.logging"_msg});
    }
    item({"design.sheet.unverified.endpoint_key"_msg});
    out_ += "\n";
}

}  // namespace

std::string deployment_sheet(const Pair& pair, Language language) {
    return Sheet(pair, language).write();
}

}  // namespace kakehashi::design
