"""Silence and names that do not resolve. Whatever blocks the way, the client sees one of the two, never a reason."""

from crossing import assume_role, converse
from changes import add, drop, put
from fault import Each, Gap, Unseen, single
from clients import Call
from wording import TIMED_OUT

SILENT = Each(TIMED_OUT)
NO_NAME = Each({
    "boto3": ("EndpointConnectionError", None, None, 'Could not connect to the endpoint URL: "{any}"'),
    "aws": (None, None, None, '{any}ould not connect to the endpoint URL: "{any}"'),
    "js": ("Error", "Error", None, "getaddrinfo {any}"),
})
M = "municipality.yaml"
STS, RUNTIME = "Resources.StsEndpoint", "Resources.BedrockRuntimeEndpoint"
PROPERTIES = "Resources.{}.Properties.{}"
NOWHERE = {"Description": "Nothing", "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "127.0.0.1/32"}

# NACLs stand between subnets: the endpoints in the other zone, and an ACL that lets pass what the crossing needs.
ACROSS = (put(M, f"{STS}.Properties.SubnetIds", [{"Ref": "PrivateSubnetC"}]),)
LAST_PORT = 65535


def entry(acl, number, egress, action, first=0, last=LAST_PORT):
    return {"Type": "AWS::EC2::NetworkAclEntry", "Properties": {
        "NetworkAclId": {"Ref": acl}, "RuleNumber": number, "Protocol": 6, "RuleAction": action, "Egress": egress,
        "CidrBlock": "0.0.0.0/0", "PortRange": {"From": first, "To": last}}}


def acl(subnet):
    """An ACL of its own for the subnet, through which TCP passes both ways."""
    return (
        put(M, "Resources.Acl", {"Type": "AWS::EC2::NetworkAcl", "Properties": {"VpcId": {"Ref": "Vpc"}}}),
        put(M, "Resources.AclOnSubnet", {"Type": "AWS::EC2::SubnetNetworkAclAssociation", "Properties": {
            "SubnetId": {"Ref": subnet}, "NetworkAclId": {"Ref": "Acl"}}}),
        put(M, "Resources.AclOut", entry("Acl", 100, True, "allow")),
        put(M, "Resources.AclIn", entry("Acl", 100, False, "allow")),
    )


def sts(id, en, ja, finding, edit, sees=SILENT, **more):
    return single(id=id, en=en, ja=ja, finding=finding, edit=edit, sees=sees, who="caller", inside=True,
                  call=assume_role(connect_seconds=1), **more)


def runtime(id, en, ja, finding, edit, sees=SILENT, **more):
    return single(id=id, en=en, ja=ja, finding=finding, edit=edit, sees=sees, inside=True, call=converse(connect_seconds=1), **more)


def endpoints():
    yield sts("sts-endpoint-missing", "no interface endpoint for STS", "STS のインターフェイスエンドポイントがない",
              "no-sts-endpoint", drop(M, STS))
    yield runtime("runtime-endpoint-missing", "no interface endpoint for bedrock-runtime",
                  "bedrock-runtime のインターフェイスエンドポイントがない", "no-bedrock-endpoint",
                  (drop(M, RUNTIME), drop(M, "Outputs.BedrockRuntimeEndpointId")))
    yield runtime("runtime-endpoint-is-the-control-plane's", "the endpoint is for `bedrock`, not for `bedrock-runtime`",
                  "エンドポイントが `bedrock-runtime` ではなく `bedrock` のもの", "no-bedrock-endpoint",
                  put(M, f"{RUNTIME}.Properties.ServiceName", "com.amazonaws.ap-northeast-1.bedrock"))
    yield single(id="control-plane-has-no-endpoint", en="the program lists inference profiles, for which no endpoint is there",
                 ja="推論プロファイルの一覧を取ろうとしたが、そのエンドポイントはない", finding="", who="caller", inside=True, sees=SILENT,
                 call=Call("bedrock", "ListInferenceProfiles", connect_seconds=1),
                 setting=(add(M, "Resources.CallerRole.Properties.Policies[0].PolicyDocument.Statement", {
                     "Effect": "Allow", "Action": "bedrock:ListInferenceProfiles", "Resource": "*"}),),
                 check=Unseen("the crossing does not need Bedrock's control plane", "接続に Bedrock のコントロールプレーンは要りません"))
    yield sts("sts-endpoint-in-no-subnet", "the STS endpoint stands in no subnet", "STS のエンドポイントがどのサブネットにもない",
              "endpoint-not-in-az", put(M, f"{STS}.Properties.SubnetIds", []))
    yield runtime("runtime-endpoint-in-no-subnet", "the bedrock-runtime endpoint stands in no subnet",
                  "bedrock-runtime のエンドポイントがどのサブネットにもない", "endpoint-not-in-az",
                  drop(M, f"{RUNTIME}.Properties.SubnetIds"))


def names():
    yield sts("sts-private-dns-off", "private DNS is off at the STS endpoint", "STS のエンドポイントでプライベート DNS が無効",
              "private-dns-off", put(M, f"{STS}.Properties.PrivateDnsEnabled", False))
    yield runtime("runtime-private-dns-off", "private DNS is off at the bedrock-runtime endpoint",
                  "bedrock-runtime のエンドポイントでプライベート DNS が無効", "private-dns-off",
                  put(M, f"{RUNTIME}.Properties.PrivateDnsEnabled", False))
    yield sts("vpc-dns-support-off", "DNS support is off in the VPC", "VPC の DNS サポートが無効", "vpc-dns-off",
              put(M, "Resources.Vpc.Properties.EnableDnsSupport", False), NO_NAME)
    yield sts("vpc-dns-hostnames-off", "DNS host names are off in the VPC", "VPC の DNS ホスト名が無効", "vpc-dns-off",
              put(M, "Resources.Vpc.Properties.EnableDnsHostnames", False))
    yield single(id="sts-of-another-region", en="the program asks STS in us-east-1", ja="プログラムが us-east-1 の STS を呼ぶ",
                 finding="sts-global-endpoint", who="caller", inside=True, sees=SILENT,
                 call=assume_role(region="us-east-1", connect_seconds=1),
                 gap=Gap("ask the endpoint of the VPC's own Region; explain does not know yet which name was asked",
                            "VPC と同じリージョンのエンドポイントに問い合わせます(explain は問い合わせ先の名前をまだ知りません)"),
                 check=Unseen("only the program knows which Region it asks", "どのリージョンに問い合わせるかは、プログラムだけが知っています"))


def groups():
    yield sts("endpoint-group-closed", "the endpoints' security group lets nobody in", "エンドポイントのセキュリティグループが誰も通さない",
              "security-group-closed", drop(M, "Resources.EndpointIngress"))
    yield sts("endpoint-group-other-port", "the endpoints' security group lets port 80 in, not 443",
              "エンドポイントのセキュリティグループが 443 ではなく 80 を通す", "security-group-closed",
              (put(M, PROPERTIES.format("EndpointIngress", "FromPort"), 80), put(M, PROPERTIES.format("EndpointIngress", "ToPort"), 80)))
    yield runtime("endpoint-in-the-workload-group", "the bedrock-runtime endpoint is in the workload's security group, which lets nobody in",
                  "bedrock-runtime のエンドポイントが、誰も通さないワークロード側のセキュリティグループに入っている", "security-group-closed",
                  put(M, f"{RUNTIME}.Properties.SecurityGroupIds", [{"Fn::GetAtt": ["WorkloadSecurityGroup", "GroupId"]}]))
    yield sts("endpoint-group-other-network", "the endpoints' security group lets another network in",
              "エンドポイントのセキュリティグループが別のネットワークだけを通す", "security-group-closed",
              (drop(M, PROPERTIES.format("EndpointIngress", "SourceSecurityGroupId")),
               put(M, PROPERTIES.format("EndpointIngress", "CidrIp"), "10.20.1.0/24")))
    yield sts("endpoint-without-group", "the STS endpoint has no security group of its own (the VPC's default one)",
              "STS のエンドポイントに専用のセキュリティグループがない(VPC の既定のもの)", "security-group-closed",
              drop(M, f"{STS}.Properties.SecurityGroupIds"),
              gap=Gap("give the endpoint a group of its own; explain does not propose it yet",
                         "エンドポイントに専用のセキュリティグループを付けます(explain はまだ提案しません)"))
    yield sts("workload-group-closed", "the workload's security group lets nothing out", "ワークロードのセキュリティグループが外向きを通さない",
              "security-group-closed", put(M, PROPERTIES.format("WorkloadSecurityGroup", "SecurityGroupEgress"), [NOWHERE]))
    egress = PROPERTIES.format("WorkloadSecurityGroup", "SecurityGroupEgress[0]")
    yield sts("workload-group-other-port", "the workload's security group lets port 80 out, not 443",
                  "ワークロードのセキュリティグループが 443 ではなく 80 を外へ通す", "security-group-closed",
                  (put(M, f"{egress}.FromPort", 80), put(M, f"{egress}.ToPort", 80)))


def acls():
    workload, endpoint = acl("PrivateSubnetA"), acl("PrivateSubnetC")
    yield sts("acl-of-the-workload-out", "the network ACL of the workload's subnet denies 443 out",
              "ワークロード側サブネットのネットワーク ACL が 443 の外向きを拒否", "nacl-closed",
              put(M, "Resources.AclDeny", entry("Acl", 50, True, "deny", 443, 443)), setting=ACROSS + workload)
    yield sts("acl-of-the-workload-in", "the network ACL of the workload's subnet lets no answers in",
              "ワークロード側サブネットのネットワーク ACL が応答(一時ポート)を通さない", "nacl-closed",
              put(M, "Resources.AclIn", entry("Acl", 100, False, "allow", 443, 443)), setting=ACROSS + workload)
    yield sts("acl-of-the-endpoint-in", "the network ACL of the endpoint's subnet denies 443 in",
              "エンドポイント側サブネットのネットワーク ACL が 443 の内向きを拒否", "nacl-closed",
              put(M, "Resources.AclDeny", entry("Acl", 50, False, "deny", 443, 443)), setting=ACROSS + endpoint)
    yield sts("acl-of-the-endpoint-out", "the network ACL of the endpoint's subnet lets no answers out",
              "エンドポイント側サブネットのネットワーク ACL が応答(一時ポート)を外へ通さない", "nacl-closed",
              put(M, "Resources.AclOut", entry("Acl", 100, True, "allow", 443, 443)), setting=ACROSS + endpoint)
    yield sts("acl-empty", "the subnet's new network ACL has no entries", "サブネットの新しいネットワーク ACL に規則がない", "nacl-closed",
              put(M, "Resources.AclOnSubnet", {"Type": "AWS::EC2::SubnetNetworkAclAssociation", "Properties": {
                  "SubnetId": {"Ref": "PrivateSubnetA"}, "NetworkAclId": {"Ref": "Acl"}}}),
              setting=(*ACROSS, put(M, "Resources.Acl", {"Type": "AWS::EC2::NetworkAcl", "Properties": {"VpcId": {"Ref": "Vpc"}}})))


def rows():
    yield from endpoints()
    yield from names()
    yield from groups()
    yield from acls()
