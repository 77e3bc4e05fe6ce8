#include "aws/regions.h"
#include "design/detail/templates.h"
#include "design/detail/text.h"

#include <algorithm>

// The operator's templates, piece by piece in the order in which they stand there.
// Sources: IAM User Guide, "Access to AWS accounts owned by third parties"; Bedrock User Guide,
// "Prerequisites for inference profiles", "Access foundation models", "Monitor model invocation".
namespace kakehashi::design {
namespace {

constexpr std::size_t kFrameBytes = 16'384;  // header, policy and outputs stay below it
constexpr std::size_t kLoggingResources = 6;
constexpr std::size_t kEndpointParameterCount = 2;

constexpr std::string_view kHeader =
    R"(# The operator's account: outside Government Cloud, owner of the access to the models.
#
# Written by `kakehashi render` from kakehashi.toml: change that file and render again.
#
# Order: deploy the municipality's stack first. IAM looks up a role named as a principal when it stores a trust policy
# and refuses one that does not exist ("Invalid principal in policy"). It then keeps the role's unique id, not its name:
# if a municipality deletes and makes its role again, this stack must be updated too, or nobody can cross.
#
# One role and one ExternalId for each municipality. No VPC is needed here: requests enter Bedrock through the
# municipality's own endpoint.
AWSTemplateFormatVersion: "2010-09-09"
Description: Kakehashi, operator account - roles that municipalities assume to call <<models>> in <<regions>><<part>>
)";

constexpr std::string_view kAdministratorParameter = R"(  AdministratorRole:
    Type: String
    Default: aws-reserved/sso.amazonaws.com/*AWSReservedSSO_AdministratorAccess_*
    MinLength: 6
    AllowedPattern: "[A-Za-z0-9_+=,.@/*-]+"
    Description: Role of this account (path and name, * allowed) whose holders may assume the activation role
)";

constexpr std::string_view kEndpointParameters = R"(  StsEndpoint<<id>>:
    Type: String
    AllowedPattern: vpce-[0-9a-f]{8,17}
    Description: Output StsEndpointId of the stack of <<name>>
  BedrockRuntimeEndpoint<<id>>:
    Type: String
    AllowedPattern: vpce-[0-9a-f]{8,17}
    Description: Output BedrockRuntimeEndpointId of the stack of <<name>>
)";

constexpr std::string_view kInvokePolicy = R"(
  # What every municipality's role may do, once: a new model is one change. No AWS managed policy, because
  # AmazonBedrockLimitedAccess, for one, allows bedrock:InvokeModel on *, every Region included.
  InvokePolicy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      Description: Calls <<models>> through inference profiles in the allowed Regions, and nothing else
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          # Converse needs the first action, ConverseStream the second.
          - Sid: Profiles
            Effect: Allow
            Action:
              - bedrock:InvokeModel
              - bedrock:InvokeModelWithResponseStream
            Resource:
<<profiles>>          # Bedrock asks again for the model in the Region it picked. With one of them missing only some requests would
          # fail. The key is there only when the model is reached through a profile, so nobody can name the model itself.
          - Sid: ModelsThroughTheProfiles
            Effect: Allow
            Action:
              - bedrock:InvokeModel
              - bedrock:InvokeModelWithResponseStream
            Resource:
<<model_arns>>            Condition:
              ArnEquals:
                bedrock:InferenceProfileArn:
<<keys>><<more>>          # Holds whatever is attached to a role later. On the model's leg aws:RequestedRegion is where the model runs:
          # one of these for a jp. profile, "unspecified" for global. A Deny of everything but the source would break jp.
          - Sid: NothingOutsideAllowedRegions
            Effect: Deny
            Action: bedrock:*
            Resource: "*"
            Condition:
              StringNotEquals:
                aws:RequestedRegion:
<<regions>>)";

constexpr std::string_view kCountStatement = R"(          # Counts, and runs no model.
          - Sid: CountTokens
            Effect: Allow
            Action: bedrock:CountTokens
            Resource:
<<resources>>)";

constexpr std::string_view kListStatements =
    R"(          # Names, destinations and states of profiles. The list knows no resources.
          - Sid: ReadProfiles
            Effect: Allow
            Action: bedrock:GetInferenceProfile
            Resource:
<<profiles>>          - Sid: ListProfiles
            Effect: Allow
            Action: bedrock:ListInferenceProfiles
            Resource: "*"
)";

constexpr std::string_view kRolesComment = R"(
  # One role for each municipality. Its trust names the caller's role and not the account: with the account's root here,
  # its administrators would decide who crosses. The ExternalId is no secret; it ties the role to one municipality, so that
  # nobody can have it used for another. The session name shows in this account's CloudTrail which host or person called.
  # A role assumed from a role's session lasts one hour at most.
)";

constexpr std::string_view kVpceComment =
    R"(  # aws:SourceVpce: the role can be assumed and used through the municipality's own endpoints alone, so credentials that
  # leak are worth nothing elsewhere. Only the profile is bound, not the model behind it: whether Bedrock hands the key on
  # to the Region that it picks, nobody could verify; the model cannot be called without the profile.
)";

constexpr std::string_view kRole = R"(
  OperatorRole<<id>>:
    Type: AWS::IAM::Role
    Properties:
      RoleName: <<role>>
      Description: What <<name>> assumes
      MaxSessionDuration: 3600
      ManagedPolicyArns: [!Ref InvokePolicy]
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Sid: CallerOfOneMunicipality
            Effect: Allow
            Principal:
              AWS: !Sub <<caller>>
            Action: sts:AssumeRole
            Condition:
              StringEquals:
                sts:ExternalId: "<<external_id>>"
<<vpce>><<session>><<policies>>      Tags:
        - { Key: Project, Value: kakehashi }
        - { Key: Municipality, Value: <<value>> }
)";

constexpr std::string_view kVpcePolicy = R"(      Policies:
        - PolicyName: own-endpoint-alone
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Sid: NotFromElsewhere
                Effect: Deny
                Action:
                  - bedrock:InvokeModel
                  - bedrock:InvokeModelWithResponseStream
                Resource:
<<profiles>>                Condition:
                  StringNotEquals:
                    aws:SourceVpce: !Ref BedrockRuntimeEndpoint<<id>>
)";

constexpr std::string_view kActivationRole = R"(
  # The use-case form, the agreement and the first call are acts of a person, once for the account. They need rights
  # over contracts and money that the roles used every day must not have. Afterwards any role of this account that may
  # invoke the model can do so without them: set activation_role = false in kakehashi.toml and render again.
  ActivationRole:
    Type: AWS::IAM::Role
    Properties:
      RoleName: kakehashi-activation
      Description: For an administrator, once - the use-case form, the model agreement and the first call
      MaxSessionDuration: 3600
      ManagedPolicyArns: [!Ref InvokePolicy]
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Sid: AdministratorsOfThisAccount
            Effect: Allow
            # The account with a condition, because roles of IAM Identity Center end in a suffix that AWS makes up.
            Principal:
              AWS: !Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:root
            Action: sts:AssumeRole
            Condition:
              ArnLike:
                aws:PrincipalArn: !Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${AdministratorRole}
      Policies:
        - PolicyName: activate-the-models
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              # These know no resources.
              - Sid: FormAndAgreement
                Effect: Allow
                Action:
                  - bedrock:GetUseCaseForModelAccess
                  - bedrock:PutUseCaseForModelAccess
                  - bedrock:GetFoundationModelAvailability
                  - bedrock:ListFoundationModelAgreementOffers
                  - bedrock:CreateFoundationModelAgreement
                  - aws-marketplace:ViewSubscriptions
                Resource: "*"
              # For the console's pages of models and profiles, which stay empty without. They read public facts about
              # models and names of profiles, change nothing and run nothing; the lists know no resources.
              - Sid: ReadModelsAndProfiles
                Effect: Allow
                Action:
                  - bedrock:GetFoundationModel
                  - bedrock:GetInferenceProfile
                  - bedrock:ListFoundationModels
                  - bedrock:ListInferenceProfiles
                Resource: "*"
<<subscribe>>      Tags:
        - { Key: Project, Value: kakehashi }
)";

constexpr std::string_view kSubscribeKnown = R"(              - Sid: SubscribeToTheseModels
                Effect: Allow
                Action: aws-marketplace:Subscribe
                Resource: "*"
                Condition:
                  ForAnyValue:StringEquals:
                    aws-marketplace:ProductId:
<<products>>)";

constexpr std::string_view kSubscribeUnknown =
    R"(              # For <<models>>, whose product id nobody could verify: only what Bedrock itself asks the
              # Marketplace for in this role's name.
              - Sid: SubscribeThroughBedrock
                Effect: Allow
                Action: aws-marketplace:Subscribe
                Resource: "*"
                Condition:
                  StringEquals:
                    aws:CalledViaLast: bedrock.amazonaws.com
)";

constexpr std::string_view kLogging = R"(
  # --- invocation_logging: who asked which model what. Prompts and answers are in it, so it is as confidential as they
  # are. Bodies above 100 KB are left out: Bedrock would need an S3 bucket for them. ---

  InvocationLog:
    Type: AWS::Logs::LogGroup
    # A record outlives the stack that made it.
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      RetentionInDays: 365
      Tags:
        - { Key: Project, Value: kakehashi }

  InvocationLogWriter:
    Type: AWS::IAM::Role
    Properties:
      Description: As which Bedrock writes the invocation log
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Sid: BedrockForThisAccount
            Effect: Allow
            Principal:
              Service: bedrock.amazonaws.com
            Action: sts:AssumeRole
            Condition:
              StringEquals:
                aws:SourceAccount: !Ref AWS::AccountId
              ArnLike:
                aws:SourceArn: !Sub arn:${AWS::Partition}:bedrock:${AWS::Region}:${AWS::AccountId}:*
      Policies:
        - PolicyName: write-the-log
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Sid: OneStream
                Effect: Allow
                Action:
                  - logs:CreateLogStream
                  - logs:PutLogEvents
                Resource: !Sub arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${InvocationLog}:log-stream:aws/bedrock/modelinvocations
      Tags:
        - { Key: Project, Value: kakehashi }

  # CloudFormation has no type for this setting of the account, so a function makes it. There is one for the account and
  # Region: where somebody else's is in place the stack fails and says so, instead of writing over it. It takes its own
  # back when this part of the stack goes, and leaves another one that has come in its place.
  InvocationLogging:
    Type: Custom::KakehashiInvocationLogging
    Properties:
      ServiceToken: !GetAtt InvocationLoggingFunction.Arn
      LogGroupName: !Ref InvocationLog
      RoleArn: !GetAtt InvocationLogWriter.Arn

  InvocationLoggingFunctionLog:
    Type: AWS::Logs::LogGroup
    DeletionPolicy: Delete
    UpdateReplacePolicy: Delete
    Properties:
      RetentionInDays: 30
      Tags:
        - { Key: Project, Value: kakehashi }

  InvocationLoggingFunctionRole:
    Type: AWS::IAM::Role
    Properties:
      Description: Sets where Bedrock logs invocations, and may nothing else
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Sid: Function
            Effect: Allow
            Principal:
              Service: lambda.amazonaws.com
            Action: sts:AssumeRole
      Policies:
        - PolicyName: set-invocation-logging
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              # These know no resources.
              - Sid: Setting
                Effect: Allow
                Action:
                  - bedrock:DeleteModelInvocationLoggingConfiguration
                  - bedrock:GetModelInvocationLoggingConfiguration
                  - bedrock:PutModelInvocationLoggingConfiguration
                Resource: "*"
              - Sid: HandOverTheWriter
                Effect: Allow
                Action: iam:PassRole
                Resource: !GetAtt InvocationLogWriter.Arn
                Condition:
                  StringEquals:
                    iam:PassedToService: bedrock.amazonaws.com
              - Sid: OwnLog
                Effect: Allow
                Action:
                  - logs:CreateLogStream
                  - logs:PutLogEvents
                Resource: !GetAtt InvocationLoggingFunctionLog.Arn
      Tags:
        - { Key: Project, Value: kakehashi }

  InvocationLoggingFunction:
    Type: AWS::Lambda::Function
    Properties:
      Description: Sets where Bedrock logs invocations
      Runtime: python3.13
      Handler: index.handler
      Timeout: 120
      Role: !GetAtt InvocationLoggingFunctionRole.Arn
      LoggingConfig: { LogGroup: !Ref InvocationLoggingFunctionLog }
      Code:
        ZipFile: |
          import time
          import boto3
          import cfnresponse

          ID = "invocation-logging"


          def put(bedrock, wanted):
              # A role that was made a moment ago is not known everywhere yet.
              for left in range(8, -1, -1):
                  try:
                      return bedrock.put_model_invocation_logging_configuration(loggingConfig=wanted)
                  except bedrock.exceptions.ValidationException:
                      if not left:
                          raise
                      time.sleep(10)


          def configured(bedrock):
              return bedrock.get_model_invocation_logging_configuration().get("loggingConfig") or {}


          def group_of(config):
              return config.get("cloudWatchConfig", {}).get("logGroupName")


          def refuse_another(bedrock, ours):
              now = configured(bedrock)
              if (group_of(now) or now.get("s3Config")) and group_of(now) not in ours:
                  raise RuntimeError(
                      "Bedrock already logs invocations of this account and Region elsewhere (see aws bedrock"
                      " get-model-invocation-logging-configuration). Set invocation_logging = false and keep that,"
                      " or delete it first"
                  )


          def remove(bedrock, group):
              if group_of(configured(bedrock)) == group:
                  bedrock.delete_model_invocation_logging_configuration()


          def handler(event, context):
              asked, before = event["ResourceProperties"], event.get("OldResourceProperties", {})
              group, role = asked["LogGroupName"], asked["RoleArn"]
              try:
                  bedrock = boto3.client("bedrock")
                  if event["RequestType"] == "Delete":
                      remove(bedrock, group)
                  else:
                      refuse_another(bedrock, {group, before.get("LogGroupName")} - {None})
                      put(bedrock, {
                          "cloudWatchConfig": {"logGroupName": group, "roleArn": role},
                          "textDataDeliveryEnabled": True,
                          "imageDataDeliveryEnabled": False,
                          "embeddingDataDeliveryEnabled": False,
                      })
                  cfnresponse.send(event, context, cfnresponse.SUCCESS, {}, ID)
              except Exception as error:
                  print(error)
                  cfnresponse.send(event, context, cfnresponse.FAILED, {}, ID, reason=str(error))
      Tags:
        - { Key: Project, Value: kakehashi }
)";

constexpr std::string_view kPolicyOutput = R"(
Outputs:
  InvokePolicyArn:
    Description: What the roles of all municipalities share. Their names are kakehashi-operator- and the municipality's
    Value: !Ref InvokePolicy
)";

constexpr std::string_view kActivationOutput = R"(  ActivationRoleArn:
    Description: What an administrator assumes for the form, the agreement and the first call
    Value: !GetAtt ActivationRole.Arn
)";

constexpr std::string_view kOrganization =
    R"yaml(# The organisation of the operator's account: a guard above it that no administrator of the account can take away.
#
# Written by `kakehashi render` from kakehashi.toml: change that file and render again.
#
# Deploy it in the organisation's management account, or in one that it has delegated its policies to; nowhere else can
# it be made. Service control policies have to be turned on there. It does nothing to the management account itself.
AWSTemplateFormatVersion: "2010-09-09"
Description: Kakehashi, organisation - no Bedrock outside <<names>>, whatever the account's own policies say

Parameters:
  Target:
    Type: String
    Default: "<<account>>"
    AllowedPattern: "([0-9]{12}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32})"
    Description: The operator's account, or the organisational unit that it is in

Resources:
  BedrockInAllowedRegions:
    Type: AWS::Organizations::Policy
    Properties:
      Name: kakehashi-bedrock-in-allowed-regions
      Description: No Bedrock outside <<names>>
      Type: SERVICE_CONTROL_POLICY
      TargetIds: [!Ref Target]
      Content:
        Version: "2012-10-17"
        Statement:
          # Bedrock judges a jp. profile by every Region that it may route to, so all of them are here: a policy that
          # allowed the source alone would break it. For global. profiles the Region is "unspecified", and refused.
          - Sid: NothingOutsideAllowedRegions
            Effect: Deny
            Action:
              - bedrock:*
              - bedrock-mantle:*
            Resource: "*"
            Condition:
              StringNotEquals:
                aws:RequestedRegion:
<<regions>>      Tags:
        - { Key: Project, Value: kakehashi }
)yaml";

// "Tokyo, Osaka"
std::string region_names(const Plan& plan) {
    std::vector<std::string> names;
    for (const std::string& id : plan.configuration->bedrock.allowed_regions) {
        const aws::Region* region = aws::find_region(id);
        names.push_back(region ? region->name_en : id);
    }
    return joined(names);
}

std::string region_items(const Plan& plan, std::string_view indent) {
    return lines(std::string(indent) + "- ", plan.configuration->bedrock.allowed_regions);
}

std::string more_statements(const Plan& plan, const std::string& profiles) {
    std::string out;
    if (plan.options().count_tokens) {
        const std::string models = lines("              - !Sub ", plan.source_model_arns());
        out += filled(kCountStatement, {{"resources", profiles + models}});
    }
    if (plan.options().list_profiles) out += filled(kListStatements, {{"profiles", profiles}});
    return out;
}

std::string invoke_policy(const Plan& plan) {
    constexpr std::string_view kItem = "              - !Sub ";
    const std::string profiles = lines(kItem, plan.profile_arns("${AWS::AccountId}"));
    return filled(
        kInvokePolicy,
        {{"models", plan.model_names()},
         {"profiles", profiles},
         {"model_arns", lines(kItem, plan.model_arns())},
         {"keys", lines("                  - !Sub ", plan.profile_keys("${AWS::AccountId}"))},
         {"more", more_statements(plan, profiles)},
         {"regions", region_items(plan, "                  ")}}
    );
}

std::string session_condition(const Crossing& crossing) {
    if (crossing.session_pattern.empty()) return "";
    return filled(
        R"(              StringLike:
                sts:RoleSessionName: "<<pattern>>"
)",
        {{"pattern", crossing.session_pattern}}
    );
}

std::string operator_role(const Plan& plan, const Crossing& crossing) {
    const config::Municipality& municipality = *crossing.municipality;
    const bool vpce = plan.options().source_vpce;
    const std::string key =
        "                aws:SourceVpce: !Ref StsEndpoint" + crossing.logical_name + "\n";
    const std::string policy = filled(
        kVpcePolicy,
        {{"profiles", lines("                  - !Sub ", plan.profile_arns("${AWS::AccountId}"))},
         {"id", crossing.logical_name}}
    );
    return filled(
        kRole,
        {{"id", crossing.logical_name},
         {"role", crossing.role_name},
         {"name", municipality.name},
         {"value", scalar(municipality.name)},
         {"caller", role_reference(municipality.account, municipality.caller.role)},
         {"external_id", municipality.external_id.value_or("")},
         {"vpce", vpce ? key : ""},
         {"session", session_condition(crossing)},
         {"policies", vpce ? policy : ""}}
    );
}

// What is needed to subscribe: the known products, and a way for the others. Amazon's own models
// need none.
std::string subscribe_statements(const Plan& plan) {
    std::vector<std::string> products, unknown;
    for (const CallableProfile& profile : plan.profiles) {
        const aws::FoundationModel& model = *profile.model;
        if (model.provider == "Amazon") continue;
        auto& list = model.product_id.empty() ? unknown : products;
        const std::string& item = model.product_id.empty() ? model.name : model.product_id;
        if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
    }
    std::string out;
    if (!products.empty()) {
        out += filled(kSubscribeKnown, {{"products", lines("                      - ", products)}});
    }
    if (!unknown.empty()) out += filled(kSubscribeUnknown, {{"models", joined(unknown)}});
    return out;
}

// Of one template: its roles, and for how many the limits leave room.
struct Part {
    std::string parameters, resources = {};
    std::string rest = {};  // what stands once in the account, behind the roles
    std::size_t resource_count = 1, parameter_count = 0;  // the policy is there already

    bool has_room_for(const Part& more) const {
        return parameters.size() + more.parameters.size() + resources.size() +
                       more.resources.size() + rest.size() <=
                   kStoredBytesMax - kFrameBytes &&
               resource_count + more.resource_count <= kTemplateResourcesMax &&
               parameter_count + more.parameter_count <= kTemplateParametersMax;
    }
    void add(const Part& more) {
        parameters += more.parameters;
        resources += more.resources;
        resource_count += more.resource_count;
        parameter_count += more.parameter_count;
    }
};

// What stands once in the account, and so in the first template alone.
Part shared_part(const Plan& plan) {
    Part out;
    if (plan.options().activation_role) {
        out.parameters = kAdministratorParameter;
        out.rest = filled(kActivationRole, {{"subscribe", subscribe_statements(plan)}});
        ++out.resource_count;
        ++out.parameter_count;
    }
    if (plan.options().invocation_logging) {
        out.rest += kLogging;
        out.resource_count += kLoggingResources;
    }
    return out;
}

Part role_part(const Plan& plan, const Crossing& crossing) {
    Part out{"", operator_role(plan, crossing)};
    if (plan.options().source_vpce) {
        const std::string& name = crossing.municipality->name;
        out.parameters =
            filled(kEndpointParameters, {{"id", crossing.logical_name}, {"name", name}});
        out.parameter_count = kEndpointParameterCount;
    }
    return out;
}

std::vector<Part> parts_of(const Plan& plan) {
    std::vector<Part> parts = {shared_part(plan)};
    for (const Crossing& crossing : plan.crossings) {
        const Part role = role_part(plan, crossing);
        if (!parts.back().has_room_for(role)) parts.emplace_back();
        parts.back().add(role);
    }
    return parts;
}

std::string frame(const Plan& plan, const Part& part, std::size_t number, std::size_t of) {
    const std::string counted =
        of == 1 ? "" : ", part " + std::to_string(number) + " of " + std::to_string(of);
    std::string out = filled(
        kHeader,
        {{"models", plan.model_names()}, {"regions", region_names(plan)}, {"part", counted}}
    );
    if (!part.parameters.empty()) out += "\nParameters:\n" + part.parameters;
    out += "\nResources:";
    out += invoke_policy(plan);
    out += kRolesComment;
    if (plan.options().source_vpce) out += kVpceComment;
    out += part.resources;
    out += part.rest;
    out += kPolicyOutput;
    if (number == 1 && plan.options().activation_role) out += kActivationOutput;
    return out;
}

}  // namespace

std::vector<std::string> operator_templates(const Plan& plan) {
    const std::vector<Part> parts = parts_of(plan);
    std::vector<std::string> out;
    out.reserve(parts.size());
    for (const Part& part : parts) {
        out.push_back(frame(plan, part, out.size() + 1, parts.size()));
    }
    return out;
}

std::string organization_template(const Plan& plan) {
    return filled(
        kOrganization,
        {{"names", region_names(plan)},
         {"account", plan.operator_account()},
         {"regions", region_items(plan, "                  ")}}
    );
}

}  // namespace kakehashi::design
