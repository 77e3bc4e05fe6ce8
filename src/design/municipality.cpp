#include "design/detail/templates.h"
#include "design/detail/text.h"

#include <utility>

// The municipality's template, piece by piece in the order in which it stands there.
// Sources: VPC and IAM User Guides, AWS PrivateLink Guide, "Endpoint policies".
namespace kakehashi::design {
namespace {

constexpr std::string_view kHeader =
    R"(# <<name>>: the municipality's account. A closed VPC whose one way out is the operator's role.
#
# Written by `kakehashi render` from kakehashi.toml: change that file and render again.
#
# Order: this stack first, then the operator's, whose trust policy names CallerRole. Nothing here waits for the
# operator's role: policies that mention it by ARN may be stored before it exists, because the endpoint policies
# say Principal "*" and bind it by aws:PrincipalArn.
#
# How people and files reach the workload (Direct Connect, transit gateway, Instance Connect endpoint) belongs to the
# municipality's own network and is not part of the crossing.
AWSTemplateFormatVersion: "2010-09-09"
Description: Kakehashi, municipality account <<name>> - a closed VPC whose one way out is STS and Bedrock by the operator's role
)";

constexpr std::string_view kImageParameter = R"(  Image:
    Type: AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>
    Default: /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64
    Description: Where AWS keeps the id of the newest Amazon Linux 2023 image. Nobody needs to change it
)";

// The id is the same in every account of a Region.
constexpr std::string_view kPrefixListParameter = R"(  S3PrefixList:
    Type: String
    Default: <<prefix_list>>
    AllowedPattern: pl-[0-9a-f]{8,17}
    Description: The addresses of S3 in this Region, as AWS lists them (aws ec2 describe-managed-prefix-lists). Nobody needs to change it
)";

constexpr std::string_view kVpc = R"(
  # No internet gateway, no NAT, no peering: what has no endpoint here cannot be reached at all.
  Vpc:
    Type: AWS::EC2::VPC
    Properties:
      CidrBlock: <<cidr>>
      # Both, or the endpoints' private DNS names do not resolve and SDKs run into a connect time-out.
      EnableDnsSupport: true
      EnableDnsHostnames: true
      Tags:
        - { Key: Name, Value: kakehashi }
        - { Key: Project, Value: kakehashi }

  # Holds the VPC's local route and no other.
  PrivateRouteTable:
    Type: AWS::EC2::RouteTable
    Properties:
      VpcId: !Ref Vpc
      Tags:
        - { Key: Name, Value: kakehashi-private }
        - { Key: Project, Value: kakehashi }
)";

constexpr std::string_view kSubnet = R"(
  PrivateSubnet<<Zone>>:
    Type: AWS::EC2::Subnet
    Properties:
      VpcId: !Ref Vpc
      AvailabilityZone: !Sub ${AWS::Region}<<zone>>
      CidrBlock: <<cidr>>
      MapPublicIpOnLaunch: false
      Tags:
        - { Key: Name, Value: kakehashi-private-<<zone>> }
        - { Key: Project, Value: kakehashi }

  PrivateSubnet<<Zone>>Routes:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties:
      SubnetId: !Ref PrivateSubnet<<Zone>>
      RouteTableId: !Ref PrivateRouteTable
)";

constexpr std::string_view kExistingVpc = R"(
  # <<vpc>> is there already: its routes, gateways, network ACLs and DNS attributes are not this stack's. Should it have an
  # endpoint with private DNS for one of the services below, that one has to go first: a VPC takes each name once.
)";

constexpr std::string_view kSecurityGroups = R"(
  # Security groups: 443 from the workload to the endpoints, and nothing else in either direction. Name resolution
  # by the VPC's own resolver is not subject to security groups.
  WorkloadSecurityGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: The workload - may reach the interface endpoints by HTTPS, may not be reached
      VpcId: <<vpc>>
      SecurityGroupEgress:
        - Description: HTTPS to the interface endpoints
          IpProtocol: tcp
          FromPort: 443
          ToPort: 443
          DestinationSecurityGroupId: !GetAtt EndpointSecurityGroup.GroupId
<<more_egress>>      Tags:
        - { Key: Name, Value: kakehashi-workload }
        - { Key: Project, Value: kakehashi }

  EndpointSecurityGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: The interface endpoints - reached by the workload alone
      VpcId: <<vpc>>
      # Endpoints open no connections. An empty list would leave the default rule, which lets everything out, so
      # there is one rule to nowhere.
      SecurityGroupEgress:
        - Description: Nothing
          IpProtocol: tcp
          FromPort: 443
          ToPort: 443
          CidrIp: 127.0.0.1/32
      Tags:
        - { Key: Name, Value: kakehashi-endpoints }
        - { Key: Project, Value: kakehashi }

  # Apart from its group, because the two groups name each other.
  EndpointIngress:
    Type: AWS::EC2::SecurityGroupIngress
    Properties:
      Description: HTTPS from the workload
      GroupId: !GetAtt EndpointSecurityGroup.GroupId
      IpProtocol: tcp
      FromPort: 443
      ToPort: 443
      SourceSecurityGroupId: !GetAtt WorkloadSecurityGroup.GroupId
)";

constexpr std::string_view kS3Egress =
    R"(        - Description: HTTPS to S3, which the gateway endpoint's policy narrows to one bucket
          IpProtocol: tcp
          FromPort: 443
          ToPort: 443
          DestinationPrefixListId: !Ref S3PrefixList
)";

constexpr std::string_view kEndpoint = R"(
  <<id>>:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcEndpointType: Interface
      ServiceName: !Sub com.amazonaws.${AWS::Region}.<<service>>
      VpcId: <<vpc>>
      SubnetIds: [<<subnets>>]
      SecurityGroupIds: [!GetAtt EndpointSecurityGroup.GroupId]
      PrivateDnsEnabled: true
<<why>>      PolicyDocument:
        Version: "2012-10-17"
        Statement:
<<statements>>      Tags:
        - { Key: Name, Value: kakehashi-<<tag>> }
        - { Key: Project, Value: kakehashi }
)";

struct Endpoint {
    std::string_view id, service, tag;
    std::string why;  // comment lines over the policy
    std::string statements;
};

constexpr std::string_view kStsWhy =
    R"(      # Without a policy anyone's credentials work here, also those of a stranger's account: a way out for data.
)";

constexpr std::string_view kStsStatements = R"(          - Sid: TheCrossing
            Effect: Allow
            Principal: "*"
            Action: sts:AssumeRole
            Resource: <<operator_role>>
            Condition:
              ArnEquals:
                aws:PrincipalArn: <<caller>>
          - Sid: WhoAmI
            Effect: Allow
            Principal: "*"
            Action: sts:GetCallerIdentity
            Resource: "*"
            Condition:
              ArnEquals:
                aws:PrincipalArn:
                  - <<caller>>
                  - <<operator_role>>
)";

constexpr std::string_view kRuntimeWhy =
    R"(      # Requests here carry the operator role's credentials: a policy that asked for the municipality's own account
      # would stop the crossing. The models are listed beside the profile, as Bedrock decides each by itself.
)";

constexpr std::string_view kRuntimeStatements = R"(          - Sid: OperatorRoleInAllowedRegions
            Effect: Allow
            Principal: "*"
            Action:
              - bedrock:InvokeModel
              - bedrock:InvokeModelWithResponseStream
            Resource:
<<profiles>><<models>>            Condition:
              ArnEquals:
                aws:PrincipalArn: <<operator_role>>
)";

constexpr std::string_view kCountStatement = R"(          - Sid: CountTokens
            Effect: Allow
            Principal: "*"
            Action: bedrock:CountTokens
            Resource:
<<profiles>><<models>>            Condition:
              ArnEquals:
                aws:PrincipalArn: <<operator_role>>
)";

constexpr std::string_view kListWhy =
    R"(      # Bedrock's control plane, for the list of profiles alone. Nothing that runs a model is served here.
)";

constexpr std::string_view kListStatements = R"(          - Sid: OperatorRoleReadsProfiles
            Effect: Allow
            Principal: "*"
            Action:
              - bedrock:GetInferenceProfile
              - bedrock:ListInferenceProfiles
            Resource: "*"
            Condition:
              ArnEquals:
                aws:PrincipalArn: <<operator_role>>
)";

// One action a line, of the caller alone. Source: Systems Manager User Guide, "Create an IAM role
// with minimal Session Manager permissions", and AmazonSSMManagedInstanceCore for ec2messages.
constexpr std::string_view kCallerStatement = R"(          - Sid: <<sid>>
            Effect: Allow
            Principal: "*"
            Action:
<<actions>>            Resource: <<resource>>
            Condition:
              ArnEquals:
                aws:PrincipalArn: <<caller>>
)";

const std::vector<std::string> kSsmActions = {"ssm:UpdateInstanceInformation"};
const std::vector<std::string> kSsmMessagesActions = {
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel"};
const std::vector<std::string> kEc2MessagesActions = {
    "ec2messages:AcknowledgeMessage",
    "ec2messages:DeleteMessage",
    "ec2messages:FailMessage",
    "ec2messages:GetEndpoint",
    "ec2messages:GetMessages",
    "ec2messages:SendReply"};

constexpr std::string_view kSsmWhy =
    R"(      # Session Manager: a shell without an open port, a key or a bastion. Who may start one, IAM says elsewhere.
)";
constexpr std::string_view kEc2MessagesWhy =
    R"(      # Agents before 3.3.40 ask here; newer ones use ssmmessages alone.
)";
constexpr std::string_view kArtifactWhy =
    R"(      # A token for pip, and where the repository is.
)";
constexpr std::string_view kPackagesWhy =
    R"(      # Packages, to be read. Publishing them is no business of the workload's.
)";

constexpr std::string_view kPython = R"(
  # --- bootstrap.python: packages for those who want boto3 there. Turn the switch off once they are installed. ---

  # pypi-store copies from the public PyPI what is asked for, on AWS's side: no way to the internet opens here.
  PythonDomain:
    Type: AWS::CodeArtifact::Domain
    Properties:
      DomainName: kakehashi
      Tags:
        - { Key: Project, Value: kakehashi }

  PypiStore:
    Type: AWS::CodeArtifact::Repository
    Properties:
      DomainName: !GetAtt PythonDomain.Name
      RepositoryName: pypi-store
      Description: What has been fetched from the public PyPI
      ExternalConnections: ["public:pypi"]
      Tags:
        - { Key: Project, Value: kakehashi }

  PythonRepository:
    Type: AWS::CodeArtifact::Repository
    Properties:
      DomainName: !GetAtt PythonDomain.Name
      RepositoryName: python
      Description: What pip of the workload reads
      Upstreams: [!GetAtt PypiStore.Name]
      Tags:
        - { Key: Project, Value: kakehashi }

  # Amazon Linux's own packages (dnf install python3-pip). The repository is a public bucket that is read without
  # credentials, so there is no principal to name; no other bucket can be reached through here.
  S3Endpoint:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcEndpointType: Gateway
      ServiceName: !Sub com.amazonaws.${AWS::Region}.s3
      VpcId: <<vpc>>
      RouteTableIds: [<<route_tables>>]
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Sid: AmazonLinuxRepository
            Effect: Allow
            Principal: "*"
            Action: s3:GetObject
            Resource: !Sub arn:${AWS::Partition}:s3:::al2023-repos-${AWS::Region}-de612dc2/*
      Tags:
        - { Key: Name, Value: kakehashi-s3 }
        - { Key: Project, Value: kakehashi }
)";

constexpr std::string_view kRole = R"(
  CallerRole:
    Type: AWS::IAM::Role
    Properties:
      RoleName: <<role>>
      Description: What the workload runs as. <<may>>
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Sid: <<sid>>
            Effect: Allow
            Principal:
              Service: <<service>>
            Action: sts:AssumeRole
      Policies:
        - PolicyName: assume-operator-role
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Sid: TheCrossing
                Effect: Allow
                Action: sts:AssumeRole
                Resource: <<operator_role>>
<<more_policies>>      Tags:
        - { Key: Project, Value: kakehashi }
)";

constexpr std::string_view kSessionManagerPolicy =
    R"(        # What the agent needs for Session Manager. AmazonSSMManagedInstanceCore would add parameters, documents and more.
        - PolicyName: session-manager
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              # These know no resources.
              - Sid: Channels
                Effect: Allow
                Action:
<<channels>>                Resource: "*"
              - Sid: ThisFleet
                Effect: Allow
                Action: ssm:UpdateInstanceInformation
                Resource: !Sub arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:instance/*
)";

constexpr std::string_view kPythonPolicy = R"(        - PolicyName: read-python-packages
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Sid: Token
                Effect: Allow
                Action: codeartifact:GetAuthorizationToken
                Resource: !GetAtt PythonDomain.Arn
              # CodeArtifact asks STS for the token in the caller's name.
              - Sid: BearerToken
                Effect: Allow
                Action: sts:GetServiceBearerToken
                Resource: "*"
                Condition:
                  StringEquals:
                    sts:AWSServiceName: codeartifact.amazonaws.com
              - Sid: Read
                Effect: Allow
                Action:
                  - codeartifact:GetRepositoryEndpoint
                  - codeartifact:ReadFromRepository
                Resource: !GetAtt PythonRepository.Arn
)";

constexpr std::string_view kLambdaPolicy =
    R"(        # For a function with this VPC's subnets and group. Lambda's service makes the interfaces and delivers the log, both
        # from its own side: the function's code has no endpoint for either, and none is needed.
        - PolicyName: lambda-in-a-vpc
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              # Lambda wants them for every resource, and refuses a function whose role lacks one.
              - Sid: NetworkInterfaces
                Effect: Allow
                Action:
                  - ec2:AssignPrivateIpAddresses
                  - ec2:CreateNetworkInterface
                  - ec2:DeleteNetworkInterface
                  - ec2:DescribeNetworkInterfaces
                  - ec2:DescribeSubnets
                  - ec2:UnassignPrivateIpAddresses
                Resource: "*"
              - Sid: Log
                Effect: Allow
                Action:
                  - logs:CreateLogGroup
                  - logs:CreateLogStream
                  - logs:PutLogEvents
                Resource: !Sub arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/*
)";

constexpr std::string_view kInstanceProfile = R"(
  CallerInstanceProfile:
    Type: AWS::IAM::InstanceProfile
    Properties:
      Roles: [!Ref CallerRole]
)";

constexpr std::string_view kInstance = R"(
  Workload:
    Type: AWS::EC2::Instance
    Properties:
      # The newest image at the time of each deploy: after a newer one has come out, a deploy makes a new instance and
      # deletes this one with its volume. To pin it, give Image an SSM parameter of your own, of type aws:ec2:image.
      ImageId: !Ref Image
      InstanceType: t3.micro
      IamInstanceProfile: !Ref CallerInstanceProfile
      NetworkInterfaces:
        - DeviceIndex: "0"
          SubnetId: <<subnet>>
          GroupSet: [!GetAtt WorkloadSecurityGroup.GroupId]
          AssociatePublicIpAddress: false
      # A forged request from within the workload cannot fetch a token (IMDSv2), and a container or proxy one hop
      # further away does not get the role's credentials.
      MetadataOptions:
        HttpEndpoint: enabled
        HttpTokens: required
        HttpPutResponseHopLimit: 1
      BlockDeviceMappings:
        - DeviceName: /dev/xvda
          Ebs: { VolumeType: gp3, Encrypted: true }
      Tags:
        - { Key: Name, Value: kakehashi-workload }
        - { Key: Project, Value: kakehashi }
)";

constexpr std::string_view kOutputs = R"(
Outputs:
  CallerRoleArn:
    Description: For the operator - the principal in the trust policy of its role
    Value: !GetAtt CallerRole.Arn
  VpcId:
    Description: The closed VPC
    Value: <<vpc>>
  WorkloadSubnetIds:
    Description: Where a workload may stand
    Value: !Join [",", [<<subnets>>]]
  WorkloadSecurityGroupId:
    Description: What a workload has to be a member of
    Value: !GetAtt WorkloadSecurityGroup.GroupId
  StsEndpointId:
    Description: For an operator that wants its role assumed through this endpoint alone (aws:SourceVpce)
    Value: !Ref StsEndpoint
  BedrockRuntimeEndpointId:
    Description: For an operator that wants its role used through this endpoint alone (aws:SourceVpce)
    Value: !Ref BedrockRuntimeEndpoint
)";

std::string caller_reference(const Crossing& crossing) {
    return "!Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:role/" +
           crossing.municipality->caller.role;
}

std::string operator_role_reference(const Crossing& crossing) {
    return "!Sub " + role_reference(crossing.operator_role_account, crossing.operator_role);
}

std::string parameters(const Plan& plan, const Crossing& crossing) {
    std::string out;
    if (crossing.municipality->caller.instance) out += kImageParameter;
    if (crossing.municipality->bootstrap.python) {
        out += filled(
            kPrefixListParameter, {{"prefix_list", std::string(aws::s3_prefix_list(plan.region()))}}
        );
    }
    return out.empty() ? out : "\nParameters:\n" + out;
}

std::string network(const Crossing& crossing) {
    const auto* made = std::get_if<config::NewVpc>(&crossing.municipality->vpc);
    if (!made) return filled(kExistingVpc, {{"vpc", crossing.network.vpc}});
    std::string out = filled(kVpc, {{"cidr", made->cidr}});
    if (made->zones.size() > 1) out += "\n  # Several zones, so that one may fail.";
    for (std::size_t i = 0; i < made->zones.size(); ++i) {
        const std::string& zone = made->zones[i];
        const std::string capital(1, static_cast<char>(zone[0] - 'a' + 'A'));
        out += filled(
            kSubnet, {{"Zone", capital}, {"zone", zone}, {"cidr", crossing.network.cidrs[i]}}
        );
    }
    return out;
}

std::string security_groups(const Crossing& crossing) {
    const bool s3 = crossing.municipality->bootstrap.python;
    return filled(
        kSecurityGroups,
        {{"vpc", crossing.network.vpc}, {"more_egress", s3 ? std::string(kS3Egress) : ""}}
    );
}

std::string endpoint(const Crossing& crossing, const Endpoint& one) {
    return filled(
        kEndpoint,
        {{"id", std::string(one.id)},
         {"service", std::string(one.service)},
         {"tag", std::string(one.tag)},
         {"vpc", crossing.network.vpc},
         {"subnets", joined(crossing.network.endpoint_subnets)},
         {"why", one.why},
         {"statements", one.statements}}
    );
}

std::string runtime_statements(const Plan& plan, const Crossing& crossing) {
    constexpr std::string_view kItem = "              - !Sub ";
    const std::string role = operator_role_reference(crossing);
    const std::string profiles = lines(kItem, plan.profile_arns(plan.operator_account()));
    std::string out = filled(
        kRuntimeStatements,
        {{"profiles", profiles},
         {"models", lines(kItem, plan.model_arns())},
         {"operator_role", role}}
    );
    if (!plan.options().count_tokens) return out;
    return out + filled(
                     kCountStatement,
                     {{"profiles", profiles},
                      {"models", lines(kItem, plan.source_model_arns())},
                      {"operator_role", role}}
                 );
}

std::string caller_statement(
    const Crossing& crossing,
    std::string_view sid,
    const std::vector<std::string>& actions,
    std::string resource
) {
    return filled(
        kCallerStatement,
        {{"sid", std::string(sid)},
         {"actions", lines("              - ", actions)},
         {"resource", std::move(resource)},
         {"caller", caller_reference(crossing)}}
    );
}

std::string crossing_endpoints(const Plan& plan, const Crossing& crossing) {
    const std::string caller = caller_reference(crossing);
    const std::string role = operator_role_reference(crossing);
    std::string out = endpoint(
        crossing,
        {"StsEndpoint",
         "sts",
         "sts",
         std::string(kStsWhy),
         filled(kStsStatements, {{"caller", caller}, {"operator_role", role}})}
    );
    out += endpoint(
        crossing,
        {"BedrockRuntimeEndpoint",
         "bedrock-runtime",
         "bedrock-runtime",
         std::string(kRuntimeWhy),
         runtime_statements(plan, crossing)}
    );
    if (!plan.options().list_profiles) return out;
    return out + endpoint(
                     crossing,
                     {"BedrockEndpoint",
                      "bedrock",
                      "bedrock",
                      std::string(kListWhy),
                      filled(kListStatements, {{"operator_role", role}})}
                 );
}

std::string session_manager_endpoints(const Crossing& crossing) {
    const std::string fleet =
        "!Sub arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:instance/*";
    const std::string every = "\"*\"";
    std::string out = endpoint(
        crossing,
        {"SsmEndpoint",
         "ssm",
         "ssm",
         std::string(kSsmWhy),
         caller_statement(crossing, "Agent", kSsmActions, fleet)}
    );
    out += endpoint(
        crossing,
        {"SsmMessagesEndpoint",
         "ssmmessages",
         "ssmmessages",
         "",
         caller_statement(crossing, "Channels", kSsmMessagesActions, every)}
    );
    return out + endpoint(
                     crossing,
                     {"Ec2MessagesEndpoint",
                      "ec2messages",
                      "ec2messages",
                      std::string(kEc2MessagesWhy),
                      caller_statement(crossing, "Messages", kEc2MessagesActions, every)}
                 );
}

std::string python_endpoints(const Crossing& crossing) {
    std::string out = filled(
        kPython,
        {{"vpc", crossing.network.vpc}, {"route_tables", joined(crossing.network.route_tables)}}
    );
    const std::string read = caller_statement(
        crossing, "Read", {"codeartifact:ReadFromRepository"}, "!GetAtt PythonRepository.Arn"
    );
    const std::string token = caller_statement(
        crossing, "Token", {"codeartifact:GetAuthorizationToken"}, "!GetAtt PythonDomain.Arn"
    );
    const std::string place = caller_statement(
        crossing,
        "WhereItIs",
        {"codeartifact:GetRepositoryEndpoint"},
        "!GetAtt PythonRepository.Arn"
    );
    out += endpoint(
        crossing,
        {"CodeArtifactApiEndpoint",
         "codeartifact.api",
         "codeartifact-api",
         std::string(kArtifactWhy),
         token + place}
    );
    return out + endpoint(
                     crossing,
                     {"CodeArtifactRepositoriesEndpoint",
                      "codeartifact.repositories",
                      "codeartifact-repositories",
                      std::string(kPackagesWhy),
                      read}
                 );
}

struct Kind {
    std::string_view sid, service;
};

Kind kind_of(config::CallerKind kind) {
    switch (kind) {
        case config::CallerKind::Ec2:
            return {"Instance", "ec2.amazonaws.com"};
        case config::CallerKind::Ecs:
            return {"Task", "ecs-tasks.amazonaws.com"};
        case config::CallerKind::Lambda:
            return {"Function", "lambda.amazonaws.com"};
    }
    return {};
}

std::string more_policies(const config::Municipality& municipality) {
    std::string out;
    if (municipality.caller.kind == config::CallerKind::Lambda) out += kLambdaPolicy;
    if (municipality.bootstrap.session_manager) {
        std::vector<std::string> channels = kEc2MessagesActions;
        channels.insert(channels.end(), kSsmMessagesActions.begin(), kSsmMessagesActions.end());
        out +=
            filled(kSessionManagerPolicy, {{"channels", lines("                  - ", channels)}});
    }
    if (municipality.bootstrap.python) out += kPythonPolicy;
    return out;
}

std::string caller(const Crossing& crossing) {
    const config::Municipality& municipality = *crossing.municipality;
    const Kind kind = kind_of(municipality.caller.kind);
    const std::string more = more_policies(municipality);
    std::string out = filled(
        kRole,
        {{"role", scalar(municipality.caller.role)},
         {"may",
          more.empty() ? "May assume the operator's role and nothing else"
                       : "May assume the operator's role, and what the policies below say"},
         {"sid", std::string(kind.sid)},
         {"service", std::string(kind.service)},
         {"operator_role", operator_role_reference(crossing)},
         {"more_policies", more}}
    );
    if (municipality.caller.kind == config::CallerKind::Ec2) out += kInstanceProfile;
    if (municipality.caller.instance) {
        out += filled(kInstance, {{"subnet", crossing.network.workload_subnets.front()}});
    }
    return out;
}

std::string outputs(const Crossing& crossing) {
    std::string out = filled(
        kOutputs,
        {{"vpc", crossing.network.vpc}, {"subnets", joined(crossing.network.workload_subnets)}}
    );
    const config::Caller& caller = crossing.municipality->caller;
    if (caller.kind == config::CallerKind::Ec2) {
        out += R"(  CallerInstanceProfileName:
    Description: What an instance needs to run as CallerRole
    Value: !Ref CallerInstanceProfile
)";
    }
    if (caller.instance) {
        out += R"(  WorkloadId:
    Description: The instance
    Value: !Ref Workload
)";
    }
    return out;
}

}  // namespace

std::string municipality_template(const Plan& plan, const Crossing& crossing) {
    const config::Municipality& municipality = *crossing.municipality;
    std::string out = filled(kHeader, {{"name", municipality.name}});
    out += parameters(plan, crossing);
    out += "\nResources:";
    out += network(crossing);
    out += security_groups(crossing);
    out += crossing_endpoints(plan, crossing);
    if (municipality.bootstrap.session_manager) out += session_manager_endpoints(crossing);
    if (municipality.bootstrap.python) out += python_endpoints(crossing);
    out += caller(crossing);
    return out + outputs(crossing);
}

}  // namespace kakehashi::design
