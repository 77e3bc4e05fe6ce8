"""The operator role's trust policy: whom it names, and each condition key that a template can set."""

from changes import add, put
from crossing import assume_role
from fault import Refused, Unseen, single
from wording import assume_denied

O, K = "operator.yaml", "kakehashi.toml"
STATEMENT = "Resources.OperatorRole.Properties.AssumeRolePolicyDocument.Statement"
CONDITION = f"{STATEMENT}[0].Condition"
SAID_BY_THE_REQUEST = Unseen("only the program that calls knows what it sends", "何を送るかは、呼び出すプログラムだけが知っています")


def refused(id, en, ja, finding, edit=(), call=None, **more):
    """One sentence for all of them: it must not tell whether the role exists."""
    return single(id=id, en=en, ja=ja, finding=finding, edit=edit, who="caller", call=call or assume_role(),
                  sees=Refused("AccessDenied", 403, assume_denied(), "ClientError"), **more)


def condition(id, operator, key, value, en, ja, finding="trust-does-not-name-caller", **more):
    return refused(id, f"the trust policy asks for `{key}`: {en}", f"信頼ポリシーが `{key}` を求める: {ja}", finding,
                   put(O, f"{CONDITION}.{operator}.{key}", value), **more)


def principals():
    yield refused("trust-names-another-role", "the trust policy names another role of the municipality", "信頼ポリシーが自治体の別のロールを指す",
                  "trust-does-not-name-caller", put(O, f"{STATEMENT}[0].Principal.AWS", {"Fn::Sub": "arn:aws:iam::111111111111:role/another"}),
                  setting=(put("municipality.yaml", "Resources.AnotherRole", {"Type": "AWS::IAM::Role", "Properties": {
                      "RoleName": "another", "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
                          {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}}}),
                           put(K, "municipality[0].role_arn", "arn:aws:iam::222222222222:role/kakehashi-operator-sample-city")))
    yield refused("trust-names-another-account", "the trust policy names another account", "信頼ポリシーが別のアカウントを指す",
                  "trust-does-not-name-caller", put(O, f"{STATEMENT}[0].Principal.AWS", "arn:aws:iam::333333333333:root"),
                  setting=(put(K, "municipality[0].role_arn", "arn:aws:iam::222222222222:role/kakehashi-operator-sample-city"),))
    yield refused("trust-denies", "a statement of the trust policy denies the caller", "信頼ポリシーの文が呼び出し元を拒否",
                  "trust-does-not-name-caller", add(O, STATEMENT, {
                      "Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::111111111111:role/kakehashi-caller"}, "Action": "sts:AssumeRole"}))
    yield refused("trust-allows-another-action", "the trust policy allows sts:TagSession and not sts:AssumeRole",
                  "信頼ポリシーが許可しているのが sts:AssumeRole ではなく sts:TagSession", "trust-does-not-name-caller",
                  put(O, f"{STATEMENT}[0].Action", "sts:TagSession"),
                  setting=(put(K, "municipality[0].role_arn", "arn:aws:iam::222222222222:role/kakehashi-operator-sample-city"),))


def sent():
    """What the caller sends, and the municipality's configuration says."""
    yield refused("external-id-differs", "the operator asks for another ExternalId", "事業者が別の ExternalId を求めている", "external-id-differs",
                  put(K, "operator.parameters.ExternalId", "0123456789abcdef0123456789abcdef"))
    yield refused("external-id-wrong", "the program sends another ExternalId", "プログラムが別の ExternalId を送る", "external-id-differs",
                  call=assume_role(ExternalId="not-the-one"), check=SAID_BY_THE_REQUEST)
    yield refused("external-id-not-sent", "the program sends no ExternalId", "プログラムが ExternalId を送らない", "external-id-differs",
                  call=assume_role(ExternalId=None), check=SAID_BY_THE_REQUEST)
    yield refused("session-name-pattern-differs", "the trust policy wants session names of another form",
                  "信頼ポリシーが別の形のセッション名を求めている", "session-name-refused",
                  put(O, f"{CONDITION}.StringLike.sts:RoleSessionName", "sample-city-*"))
    yield refused("session-name-wrong", "the program sends a session name that the trust policy does not take",
                  "プログラムの送るセッション名を信頼ポリシーが認めない", "session-name-refused",
                  call=assume_role(RoleSessionName="somebody"), check=SAID_BY_THE_REQUEST)


def conditions():
    yield condition("trust-source-identity", "StringEquals", "sts:SourceIdentity", "taro", "none is sent", "送られない")
    yield condition("trust-transitive-tags", "ForAnyValue:StringEquals", "sts:TransitiveTagKeys", "Section", "no tags are sent", "タグは送られない")
    yield condition("trust-request-tag", "StringEquals", "aws:RequestTag/Section", "tax", "no tags are sent", "タグは送られない")
    yield condition("trust-tag-keys", "ForAnyValue:StringEquals", "aws:TagKeys", "Section", "no tags are sent", "タグは送られない")
    yield condition("trust-principal-arn", "ArnEquals", "aws:PrincipalArn", "arn:aws:iam::111111111111:role/another", "another role's", "別のロールのもの")
    yield condition("trust-principal-account", "StringEquals", "aws:PrincipalAccount", "333333333333", "another account's", "別のアカウントのもの")
    yield condition("trust-principal-org", "StringEquals", "aws:PrincipalOrgID", "o-example", "the municipality is in no organisation", "自治体は組織に属していない")
    yield condition("trust-principal-org-paths", "ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-example/*",
                    "the municipality is in no organisation", "自治体は組織に属していない")
    yield condition("trust-principal-tag", "StringEquals", "aws:PrincipalTag/Section", "tax", "the caller role has no such tag", "呼び出し元ロールにそのタグがない")
    yield condition("trust-principal-type", "StringEquals", "aws:PrincipalType", "User", "the caller is a role's session", "呼び出し元はロールのセッション")
    yield condition("trust-source-vpc", "StringEquals", "aws:SourceVpc", "vpc-0123456789abcdef0", "another VPC", "別の VPC")
    yield condition("trust-source-vpce", "StringEquals", "aws:SourceVpce", "vpce-0123456789abcdef0", "another endpoint", "別のエンドポイント")
    yield condition("trust-vpc-source-ip", "IpAddress", "aws:VpcSourceIp", "10.99.0.0/16", "another network", "別のネットワーク")
    yield condition("trust-source-ip", "IpAddress", "aws:SourceIp", "203.0.113.0/24", "requests through an endpoint have none",
                    "エンドポイント経由のリクエストには付かない")
    yield condition("trust-mfa", "Bool", "aws:MultiFactorAuthPresent", "true", "an instance has no MFA device", "インスタンスに MFA デバイスはない")
    yield condition("trust-mfa-age", "NumericLessThan", "aws:MultiFactorAuthAge", "3600", "an instance has no MFA device", "インスタンスに MFA デバイスはない")
    yield condition("trust-requested-region", "StringEquals", "aws:RequestedRegion", "us-east-1", "the request goes to Tokyo", "リクエストは東京へ行く")
    yield condition("trust-current-time", "DateLessThan", "aws:CurrentTime", "2026-01-01T00:00:00Z", "a day that has passed", "過ぎた日時")
    yield condition("trust-session-source-identity", "StringEquals", "aws:SourceIdentity", "taro", "the caller's session has none",
                    "呼び出し元のセッションにはない")
    yield condition("trust-source-instance", "ArnEquals", "ec2:SourceInstanceArn", "arn:aws:ec2:ap-northeast-1:111111111111:instance/i-0123456789abcdef9",
                    "another instance", "別のインスタンス")
    yield condition("trust-instance-vpc", "StringEquals", "aws:Ec2InstanceSourceVpc", "vpc-0123456789abcdef0", "another VPC", "別の VPC")
    yield condition("trust-secure-transport", "Bool", "aws:SecureTransport", "false", "every request comes by TLS", "リクエストはすべて TLS で来る")


def rows():
    yield from principals()
    yield from sent()
    yield from conditions()
