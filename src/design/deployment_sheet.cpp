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
constexpr std::size_t kNamesMax = 5;         // that share one table of prices; the rest is counted
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

// 1460 → "14.60"
std::string dollars_of(std::int64_t cents) {
    const std::string rest = std::to_string(cents % 100);
    return grouped(cents / 100) + "." + (rest.size() == 1 ? "0" + rest : rest);
}

// 14.6 → "14.60"
std::string dollars(double usd) {
    return dollars_of(std::llround(usd * 100));
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

// Of an application profile the one that it copies from.
std::string source_of(const config::Configuration& configuration, const std::string& profile) {
    const auto copied = configuration.bedrock.application_profiles.find(profile);
    return copied == configuration.bedrock.application_profiles.end() ? profile : copied->second;
}

// "jp.anthropic.claude-…" → "anthropic.claude-…", also of an application profile or an ARN.
std::string model_of(const config::Configuration& configuration, const std::string& of) {
    std::string profile = source_of(configuration, of);
    profile = profile.substr(profile.rfind('/') + 1);
    const auto is_model = [](std::string_view text) {
        return text.starts_with("anthropic.") || text.starts_with("amazon.");
    };
    return is_model(profile) ? profile : profile.substr(profile.find('.') + 1);
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

    // Rows are rounded first and added then, so that the sums are those of what is printed.
    std::int64_t cents() const { return std::llround(usd * 100); }
    std::int64_t yen() const {
        return std::llround(static_cast<double>(cents()) / 100 * prices().yen_per_dollar);
    }
    friend bool operator==(const CostLine& a, const CostLine& b) {
        return a.cents() == b.cents() && a.unverified == b.unverified &&
               text(a.what, Language::English) == text(b.what, Language::English);
    }
};

// Municipalities that cost the same.
struct CostGroup {
    std::vector<CostLine> lines;
    std::vector<std::string> names;
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
        organization();
        operators();
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
        out = capital(std::move(out));
        return out.back() == ':' ? out : out + ".";
    }
    static std::string capital(std::string out) {
        const std::string_view word = std::string_view(out).substr(0, out.find_first_of(" :;"));
        const bool is_word = !word.empty() &&
                             word.find_first_not_of("abcdefghijklmnopqrstuvwxyz,'") == word.npos &&
                             !(word.size() < out.size() && out[word.size()] == ':' &&
                               !out.ends_with(':') && out[word.size() + 1] != ' ');
        if (is_word) out[0] = static_cast<char>(out[0] - 'a' + 'A');
        return out;
    }
    void heading(MessageId id) { out_ += "# " + capital(words({std::move(id)})) + "\n\n"; }
    void section(MessageId id) {
        out_ +=
            "## " + std::to_string(++section_) + ". " + capital(words({std::move(id)})) + "\n\n";
    }
    void say(const Message& message) { out_ += sentence(message) + "\n\n"; }
    void item(const Message& message) { out_ += "- " + sentence(message) + "\n"; }
    void commands(const std::string& lines) { out_ += "```sh\n" + lines + "```\n\n"; }
    void commands(const Message& about, const std::string& lines) {
        say(about);
        commands(lines);
    }
    // Comments over commands: whose credentials they want.
    std::string for_operator() const {
        return "# " + words({"design.sheet.for_operator"_msg, {{"account", operator_account()}}}) +
               "\n";
    }
    static std::string for_city(const config::Municipality& municipality) {
        return "# " + municipality.name + " " + municipality.account + "\n";
    }
    std::string on_workload(const config::Municipality& municipality) const {
        return "# " + municipality.name + " " + municipality.account + ": " +
               words({"design.sheet.on_workload"_msg}) + "\n";
    }
    std::string for_organization() const {
        return "# " + words({"design.sheet.for_organization"_msg}) + "\n";
    }
    static constexpr std::string_view kIdentity =
        "aws sts get-caller-identity --query Account --output text\n";
    void identity(const std::string& whose) {
        commands({"design.sheet.identity"_msg}, whose + std::string(kIdentity));
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
    void start(const config::Municipality& municipality, const std::string& stack);
    void try_crossing(const std::string& profile);
    void undo();
    void undo_what_stays();
    void costs();
    std::vector<CostGroup> cost_groups() const;
    void cost_table(const Message& about, const std::vector<CostLine>& lines);
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
    if (many_roles) item({"design.sheet.quota.raise_roles"_msg});
    if (many_stacks) item({"design.sheet.quota.raise_stacks"_msg});
    item({"design.sheet.quota.bedrock"_msg});
    item({"design.sheet.quota.vpc"_msg});
    item({"design.sheet.quota.memory"_msg});
    out_ += "\n";
    const std::string list = "aws service-quotas list-service-quotas --region ";
    const std::string columns = " --query 'Quotas[].[QuotaName,Value]' --output text\n";
    std::string look = for_operator() + std::string(kIdentity) + list + region() +
                       " --service-code bedrock" + columns + list + "us-east-1 --service-code iam" +
                       columns;
    if (!pair_.municipality_templates.empty()) {
        look += "# " + words({"design.sheet.for_each_city"_msg}) + "\n" + std::string(kIdentity) +
                list + region() + " --service-code vpc" + columns;
    }
    commands({"design.sheet.quota.look"_msg}, look);
    if (many_roles) {
        commands(
            {"design.sheet.quota.how"_msg, {{"account", operator_account()}}},
            for_operator() +
                "aws service-quotas request-service-quota-increase --region us-east-1 "
                "--service-code iam --quota-code L-FE177D64 --desired-value " +
                std::to_string(roles + roles / 10) + "\n"
        );
    }
}

void Sheet::municipalities() {
    if (pair_.municipality_templates.empty()) return;
    section("design.sheet.municipalities"_msg);
    say({"design.sheet.municipalities.why"_msg});
    std::string identities, deploys, checks, buckets;
    bool images = false;
    for (const config::Municipality& municipality : configuration_.municipalities) {
        const TemplateFile* file = template_of(municipality);
        if (!file) continue;
        const std::string who = for_city(municipality);
        const std::string stack = stack_of(municipality.name);
        identities += who + std::string(kIdentity);
        images = images || municipality.caller.instance;
        deploys += who + deploy(stack, *file, municipality.account);
        checks += who + outputs_of(stack);
        if (file->text.size() > kTemplateBytesInRequestMax) {
            buckets += who + bucket_commands(municipality.account);
        }
    }
    commands({"design.sheet.identity"_msg}, identities);
    if (!buckets.empty()) commands({"design.sheet.bucket"_msg}, buckets);
    commands({"design.sheet.deploy"_msg}, deploys);
    if (images) say({"design.sheet.image"_msg});
    commands({"design.sheet.check.stack"_msg}, checks);
    const bool one = configuration_.municipalities.size() == 1;
    commands(
        {"design.sheet.check.endpoints"_msg},
        (one ? for_city(configuration_.municipalities.front())
             : "# " + words({"design.sheet.for_each_city"_msg}) + "\n") +
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
        if (!overrides.empty()) overrides.insert(0, " --parameter-overrides");
        deploys += deploy(stack, file, operator_account(), overrides);
        checks += outputs_of(stack);
        large = large || file.text.size() > kTemplateBytesInRequestMax;
    }
    identity(for_operator());
    if (large) {
        commands({"design.sheet.bucket"_msg}, for_operator() + bucket_commands(operator_account()));
    }
    if (configuration_.operator_account.options.source_vpce) {
        std::string queries;
        for (const config::Municipality& municipality : configuration_.municipalities) {
            queries += for_city(municipality) + "aws ec2 describe-vpc-endpoints --region " +
                       region() + " --filters Name=service-name,Values=com.amazonaws." + region() +
                       ".sts,com.amazonaws." + region() +
                       ".bedrock-runtime --query 'VpcEndpoints[].[ServiceName,VpcEndpointId]'"
                       " --output text\n";
        }
        commands({"design.sheet.operators.endpoints"_msg}, queries);
    }
    if (configuration_.operator_account.options.activation_role) {
        say({"design.sheet.operators.administrator"_msg});
    }
    commands({"design.sheet.deploy"_msg}, for_operator() + deploys);
    commands({"design.sheet.check.stack"_msg}, for_operator() + checks);
    say({"design.sheet.operators.principal"_msg});
}

void Sheet::organization() {
    if (pair_.organization_templates.empty()) return;
    section("design.sheet.organization"_msg);
    say({"design.sheet.organization.why"_msg});
    identity(for_organization());
    commands(
        {"design.sheet.organization.enable"_msg},
        for_organization() +
            "ROOT=$(aws organizations list-roots --query 'Roots[0].Id' --output text)\n"
            "aws organizations list-roots --query 'Roots[0].PolicyTypes' --output text\n"
            "aws organizations enable-policy-type --root-id \"$ROOT\""
            " --policy-type SERVICE_CONTROL_POLICY\n"
    );
    std::string deploys = for_organization(), checks = for_organization();
    for (const TemplateFile& file : pair_.organization_templates) {
        const std::string target = " --parameter-overrides Target=" + operator_account();
        deploys += deploy(operator_stack_of(file.name), file, "", target);
        checks += outputs_of(operator_stack_of(file.name));
    }
    commands({"design.sheet.organization.target"_msg}, deploys);
    commands(
        {"design.sheet.organization.check"_msg},
        checks + "aws organizations list-policies-for-target --target-id " + operator_account() +
            " --filter SERVICE_CONTROL_POLICY --query 'Policies[].Name' --output text\n"
    );
}

void Sheet::activation() {
    if (pair_.operator_templates.empty() ||
        !configuration_.operator_account.options.activation_role)
        return;
    section("design.sheet.activation"_msg);
    say({"design.sheet.activation.how"_msg});
    identity(for_operator());
    const std::string who = for_operator();
    const std::string bedrock = "aws bedrock ";
    const std::string at = " --region " + region();
    commands(
        {"design.sheet.activation.assume"_msg},
        who +
            "read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN <<< \"$(aws sts "
            "assume-role" +
            at + " --role-arn arn:aws:iam::" + operator_account() +
            ":role/kakehashi-activation --role-session-name activation --query "
            "'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text)\"\n"
            "export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN\n"
            "aws sts get-caller-identity --query Arn --output text\n"
    );
    commands(
        {"design.sheet.activation.form"_msg},
        who +
            "cat > use-case.json <<'END'\n"
            "{\"companyName\": \"…\", \"companyWebsite\": \"https://…\", \"intendedUsers\": "
            "\"0\",\n"
            " \"industryOption\": \"Government\", \"otherIndustryOption\": \"\", \"useCases\": "
            "\"…\"}\n"
            "END\n" +
            bedrock + "put-use-case-for-model-access" + at +
            " --form-data fileb://use-case.json\n" + bedrock + "get-use-case-for-model-access" +
            at + "\n"
    );
    std::string agreements = who, availability = who, calls = who;
    std::vector<std::string> seen;
    for (const std::string& profile : configuration_.bedrock.profiles) {
        calls.append("aws bedrock-runtime converse").append(at).append(" --model-id ");
        calls.append(profile);
        calls += " --messages '[{\"role\":\"user\",\"content\":[{\"text\":\"Hello\"}]}]'\n";
        const std::string model = model_of(configuration_, profile);
        if (std::ranges::find(seen, model) != seen.end()) continue;
        seen.push_back(model);
        std::string named = at;
        named.append(" --model-id ").append(model);
        availability.append(bedrock).append("get-foundation-model-availability").append(named);
        availability += '\n';
        if (model.starts_with("amazon.")) continue;  // needs no agreement
        std::string offers = bedrock;
        offers.append("list-foundation-model-agreement-offers").append(named);
        agreements.append(offers).append("\nOFFER=$(").append(offers);
        agreements.append(" --query 'offers[0].offerToken' --output text)\n").append(bedrock);
        agreements.append("create-foundation-model-agreement").append(named);
        agreements.append(" --offer-token \"$OFFER\"\n");
    }
    commands({"design.sheet.activation.agreement"_msg}, agreements);
    commands({"design.sheet.activation.availability"_msg}, availability);
    commands({"design.sheet.activation.call"_msg}, calls);
    commands(
        {"design.sheet.activation.off"_msg},
        who + "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN\n" +
            std::string(kIdentity) + "kakehashi render\n" +
            deploy(
                operator_stack_of(pair_.operator_templates.front().name),
                pair_.operator_templates.front(),
                operator_account()
            ) +
            "aws iam get-role --role-name kakehashi-activation\n"
    );
}

// An instance that the stack did not make, a shell on it, and Python there.
void Sheet::start(const config::Municipality& municipality, const std::string& stack) {
    const std::string who = for_city(municipality);
    const std::string output =
        who + "output() { aws cloudformation describe-stacks --region " + region() +
        " --stack-name " + stack +
        " --query \"Stacks[0].Outputs[?OutputKey=='$1'].OutputValue\" --output text; }\n";
    const bool ec2 = municipality.caller.kind == config::CallerKind::Ec2;
    if (municipality.caller.kind == config::CallerKind::Ecs) {
        say({"design.sheet.start.ecs"_msg, {{"role", municipality.caller.role}}});
    } else if (!ec2) {
        say({"design.sheet.start.lambda"_msg, {{"role", municipality.caller.role}}});
    } else if (!municipality.caller.instance) {
        commands(
            {"design.sheet.start.instance"_msg},
            output + "aws ec2 run-instances --region " + region() +
                " --image-id resolve:ssm:/aws/service/ami-amazon-linux-latest/"
                "al2023-ami-kernel-default-x86_64 --instance-type t3.micro"
                " --subnet-id \"$(output WorkloadSubnetIds | cut -d, -f1)\""
                " --security-group-ids \"$(output WorkloadSecurityGroupId)\""
                " --iam-instance-profile Name=\"$(output CallerInstanceProfileName)\""
                " --no-associate-public-ip-address --metadata-options"
                " HttpEndpoint=enabled,HttpTokens=required,HttpPutResponseHopLimit=1"
                " --query 'Instances[0].InstanceId' --output text\n"
        );
    }
    if (ec2 && municipality.bootstrap.session_manager) {
        const std::string id = municipality.caller.instance ? "\"$(output WorkloadId)\"" : "i-…";
        commands(
            {"design.sheet.start.session"_msg},
            output + "aws ssm start-session --region " + region() + " --target " + id + "\n"
        );
    }
    if (ec2 && municipality.bootstrap.python) {
        commands(
            {"design.sheet.start.python"_msg},
            on_workload(municipality) +
                "sudo dnf install -y python3-pip\naws codeartifact login --region " + region() +
                " --tool pip --domain kakehashi --domain-owner " + municipality.account +
                " --repository python\npython3 -m pip install boto3\n"
        );
    }
}

void Sheet::crossing() {
    section("design.sheet.crossing"_msg);
    const bool one = configuration_.municipalities.size() == 1;
    const auto profile_of = [one](const config::Municipality& municipality) {
        return one ? "kakehashi" : "kakehashi-" + municipality.name;
    };
    for (const config::Municipality& municipality : configuration_.municipalities) {
        if (!one) out_ += "### " + municipality.name + " (" + municipality.account + ")\n\n";
        identity(for_city(municipality));
        if (template_of(municipality)) start(municipality, stack_of(municipality.name));
    }
    say({one ? "design.sheet.crossing.config"_msg : "design.sheet.crossing.configs"_msg});
    if (!one) {
        out_ +=
            "| " + words({"design.sheet.crossing.city"_msg}) + " | AWS_PROFILE |\n| --- | --- |\n";
        for (const config::Municipality& municipality : configuration_.municipalities) {
            out_ += "| " + municipality.name + " " + municipality.account + " | `" +
                    profile_of(municipality) + "` |\n";
        }
        out_ += "\n";
    }
    try_crossing(one ? "kakehashi" : "kakehashi-…");
}

void Sheet::try_crossing(const std::string& profile) {
    const std::string model =
        configuration_.bedrock.profiles.empty() ? "" : configuration_.bedrock.profiles.front();
    const bool one = configuration_.municipalities.size() == 1;
    const std::string who = one ? on_workload(configuration_.municipalities.front())
                                : "# " + words({"design.sheet.for_each_city"_msg}) + ": " +
                                      words({"design.sheet.on_workload"_msg}) + "\n";
    commands(
        {"design.sheet.crossing.try"_msg},
        who + "export AWS_CONFIG_FILE=$PWD/aws-config AWS_PROFILE=" + profile +
            "\naws sts get-caller-identity\naws bedrock-runtime converse --model-id " + model +
            " --messages '[{\"role\":\"user\",\"content\":[{\"text\":\"Hello\"}]}]'\n"
    );
    commands({"design.sheet.crossing.tool"_msg}, who + "kakehashi converse \"Hello\"\n");
}

void Sheet::undo() {
    section("design.sheet.undo"_msg);
    say({"design.sheet.undo.order"_msg});
    std::string lines;
    if (!pair_.operator_templates.empty()) lines += for_operator() + std::string(kIdentity);
    for (const TemplateFile& file : pair_.operator_templates) {
        lines += delete_stack(operator_stack_of(file.name));
    }
    for (const config::Municipality& municipality : configuration_.municipalities) {
        if (!template_of(municipality)) continue;
        lines += for_city(municipality) + std::string(kIdentity) +
                 delete_stack(stack_of(municipality.name));
    }
    if (!pair_.organization_templates.empty()) lines += for_organization() + std::string(kIdentity);
    for (const TemplateFile& file : pair_.organization_templates) {
        lines += delete_stack(operator_stack_of(file.name));
    }
    commands(lines);
    undo_what_stays();
}

void Sheet::undo_what_stays() {
    std::string buckets;
    const auto remove = [&buckets](const std::string& who, const std::string& account) {
        buckets += who + "aws s3 rb s3://" + bucket(account) + " --force\n";
    };
    const auto is_large = [](const TemplateFile& file) {
        return file.text.size() > kTemplateBytesInRequestMax;
    };
    if (std::ranges::any_of(pair_.operator_templates, is_large)) {
        remove(for_operator(), operator_account());
    }
    for (const config::Municipality& municipality : configuration_.municipalities) {
        const TemplateFile* file = template_of(municipality);
        if (file && is_large(*file)) remove(for_city(municipality), municipality.account);
    }
    if (!buckets.empty()) commands({"design.sheet.undo.buckets"_msg}, buckets);
    if (pair_.operator_templates.empty()) return;
    if (configuration_.operator_account.options.invocation_logging) {
        commands(
            {"design.sheet.undo.log"_msg},
            for_operator() + "aws logs describe-log-groups --region " + region() +
                " --log-group-name-prefix " +
                operator_stack_of(pair_.operator_templates.front().name) +
                "-InvocationLog-"
                " --query 'logGroups[].logGroupName' --output text\n"
                "aws logs delete-log-group --region " +
                region() + " --log-group-name …\n"
        );
    }
    say({"design.sheet.undo.agreement"_msg});
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
        {{zones == 1 ? "design.sheet.cost.endpoints_one_zone"_msg
                     : "design.sheet.cost.endpoints"_msg,
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

void Sheet::cost_table(const Message& about, const std::vector<CostLine>& lines) {
    say(about);
    out_ += "| " + words({"design.sheet.cost.what"_msg}) + " | USD | " +
            words({"design.sheet.cost.yen"_msg}) + " |\n| --- | ---: | ---: |\n";
    std::int64_t cents = 0, yen = 0;
    const auto row = [this](const std::string& what, std::int64_t of_usd, std::int64_t of_yen) {
        out_ += "| " + what + " | " + dollars_of(of_usd) + " | " + grouped(of_yen) + " |\n";
    };
    for (const CostLine& line : lines) {
        cents += line.cents();
        yen += line.yen();
        const std::string mark =
            line.unverified ? " " + words({"design.sheet.cost.unverified"_msg}) : "";
        row(words(line.what) + mark, line.cents(), line.yen());
    }
    row("**" + words({"design.sheet.cost.sum"_msg}) + "**", cents, yen);
    out_ += "\n";
}

std::vector<CostGroup> Sheet::cost_groups() const {
    std::vector<CostGroup> out;
    for (const config::Municipality& municipality : configuration_.municipalities) {
        const TemplateFile* file = template_of(municipality);
        if (!file) continue;
        std::vector<CostLine> lines = cost_of(*file, municipality);
        const auto same = std::ranges::find(out, lines, &CostGroup::lines);
        if (same == out.end()) {
            out.push_back({std::move(lines), {municipality.name}});
        } else {
            same->names.push_back(municipality.name);
        }
    }
    return out;
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
    const std::vector<CostGroup> groups = cost_groups();
    std::int64_t cents = 0, yen = 0;
    std::size_t made = 0;
    for (const CostGroup& group : groups) {
        std::string names;
        for (std::size_t i = 0; i < std::min(group.names.size(), kNamesMax); ++i)
            names += (i == 0 ? "" : ", ") + group.names[i];
        if (group.names.size() > kNamesMax) {
            names += ", +" + std::to_string(group.names.size() - kNamesMax);
        }
        cost_table({"design.sheet.cost.ours"_msg, {{"names", names}}}, group.lines);
        made += group.names.size();
        for (const CostLine& line : group.lines) {
            cents += line.cents() * static_cast<std::int64_t>(group.names.size());
            yen += line.yen() * static_cast<std::int64_t>(group.names.size());
        }
    }
    if (made > 1) {
        say(
            {"design.sheet.cost.all"_msg,
             {{"count", grouped(static_cast<std::int64_t>(made))},
              {"usd", dollars_of(cents)},
              {"yen", grouped(yen)}}}
        );
    }
    if (made > 0) {
        const Price& endpoint = all.item("interface-endpoint");
        cost_table(
            {"design.sheet.cost.article"_msg},
            {{{"design.sheet.cost.article_endpoints"_msg},
              static_cast<double>(kArticleEndpoints) * 2 * all.hours_per_month * endpoint.usd,
              endpoint.unverified},
             {{"design.sheet.cost.gateway"_msg}, 0, false}}
        );
    }
    say({"design.sheet.cost.usage"_msg});
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
        const auto price = prices().model(source_of(configuration_, profile));
        out_ += "| " + profile + " | " + (price ? both(price->input) : "?") + " | " +
                (price ? both(price->output) : "?") + " |\n";
    }
    out_ += "\n";
    say({"design.sheet.cost.data"_msg});
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
    // The same five as in check's assumptions: switches of the twin that the proofs' questions
    // touch.
    for (MessageId id :
         {"design.sheet.unverified.cris_leg_endpoint"_msg,
          "design.sheet.unverified.endpoint_policy_profile_key"_msg,
          "design.sheet.unverified.foundation_model_account"_msg,
          "design.sheet.unverified.vpce_keys"_msg,
          "design.sheet.unverified.bedrock_rcp"_msg}) {
        item({std::move(id)});
    }
    out_ += "\n";
}

}  // namespace

std::string deployment_sheet(const Pair& pair, Language language) {
    return Sheet(pair, language).write();
}

}  // namespace kakehashi::design
