"""Each type of policy, missing and denying. An RCP cannot be missing: RCPFullAWSAccess is attached everywhere and stays."""

import json

from changes import add, drop, put
from crossing import JP_ARN, assume, assume_role, converse, converse_stream, model_arn
from fault import STREAMING, Gap, Refused, Unseen, single
from twin import Append
from wording import assume_denied, invoke_denied, none_allows

M, O, K = "municipality.yaml", "operator.yaml", "kakehashi.toml"
CALLER = "Resources.CallerRole.Properties"
CALLER_STATEMENT = f"{CALLER}.Policies[0].PolicyDocument.Statement"
STS_STATEMENT = "Resources.StsEndpoint.Properties.PolicyDocument.Statement"
RUNTIME_STATEMENT = "Resources.BedrockRuntimeEndpoint.Properties.PolicyDocument.Statement"
OPERATOR = "Resources.OperatorRole.Properties"
OPERATOR_STATEMENT = f"{OPERATOR}.Policies[0].PolicyDocument.Statement"
STREAM_ACTION = "bedrock:InvokeModelWithResponseStream"
TOKYO, OSAKA = model_arn("ap-northeast-1"), model_arn("ap-northeast-3")
SAID_BY_THE_REQUEST = Unseen("the program passes it with its request: no template holds it", "プログラムがリクエストとともに送るもので、テンプレートにはありません")


def deny(action, **more):
    return {"Effect": "Deny", "Action": action, "Resource": "*", **more}


def policy_of(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


# --- both accounts in one organisation ---

ORGANIZATION = {"id": "o-example", "unit": [
    {"name": "gov", "accounts": ["sample-city"]}, {"name": "vendors", "accounts": ["operator"]}]}


def in_organization(**more):
    return (put(K, "twin.organization", ORGANIZATION | more),)


def attached(kind, target, *statements, full_access=True):
    """One policy of the organisation. The file is new, so it is written and not changed."""
    return (
        Append("policy.json", json.dumps(policy_of(*statements))),
        put(K, "twin.organization", ORGANIZATION | {
            "full_access": full_access, "policy": [{"type": kind, "file": "policy.json", "targets": [target]}]}),
    )


def sts(id, en, ja, finding, edit=(), message=assume_denied(), call=None, **more):
    return single(id=id, en=en, ja=ja, finding=finding, edit=edit, who="caller", call=call or assume_role(),
                  sees=Refused("AccessDenied", 403, message, "ClientError"), **more)


def bedrock(id, en, ja, finding, edit=(), message="{any}", call=None, **more):
    return single(id=id, en=en, ja=ja, finding=finding, edit=edit, call=call or converse(),
                  sees=Refused("AccessDeniedException", 403, message), **more)


def callers():
    yield sts("caller-has-no-right-to-assume", "the caller role has no right to AssumeRole", "呼び出し元ロールに AssumeRole の権限がない",
              "caller-may-not-assume", put(M, f"{CALLER_STATEMENT}[0].Action", "sts:SetSourceIdentity"))
    yield sts("caller-may-assume-another", "the caller role may assume another role, not this one",
              "呼び出し元ロールが引き受けられるのは別のロールだけ", "caller-may-not-assume",
              put(M, f"{CALLER_STATEMENT}[0].Resource", "arn:aws:iam::222222222222:role/kakehashi-operator-other-city"))
    yield sts("caller-is-denied", "a statement of the caller role denies sts:*", "呼び出し元ロールの文が sts:* を拒否",
              "caller-may-not-assume", add(M, CALLER_STATEMENT, deny("sts:*")))
    yield sts("caller-boundary-without-sts", "the caller role's permissions boundary has no sts:AssumeRole",
              "呼び出し元ロールのアクセス許可の境界に sts:AssumeRole がない", "caller-may-not-assume",
              put(M, f"{CALLER}.PermissionsBoundary", "arn:aws:iam::aws:policy/AWSCodeArtifactReadOnlyAccess"))
    yield sts("caller-boundary-denies", "the caller role's permissions boundary denies sts:*", "呼び出し元ロールのアクセス許可の境界が sts:* を拒否",
              "caller-may-not-assume",
              add(M, "Resources.Boundary.Properties.PolicyDocument.Statement", deny("sts:*")),
              setting=(put(M, "Resources.Boundary", {"Type": "AWS::IAM::ManagedPolicy", "Properties": {
                  "ManagedPolicyName": "boundary", "PolicyDocument": policy_of({"Effect": "Allow", "Action": "*", "Resource": "*"})}}),
                       put(M, f"{CALLER}.PermissionsBoundary", {"Ref": "Boundary"})))


def endpoint_policies():
    yield sts("sts-endpoint-without-assume-role", "the STS endpoint's policy allows no AssumeRole", "STS エンドポイントのポリシーが AssumeRole を許可していない",
              "endpoint-policy-blocks", put(M, f"{STS_STATEMENT}[0].Action", "sts:SetSourceIdentity"))
    yield sts("sts-endpoint-names-another-role", "the STS endpoint's policy names another operator role",
              "STS エンドポイントのポリシーが別の事業者ロールを指す", "endpoint-policy-blocks",
              put(M, f"{STS_STATEMENT}[0].Resource", "arn:aws:iam::222222222222:role/kakehashi-operator-other-city"))
    yield sts("sts-endpoint-denies", "the STS endpoint's policy denies sts:*", "STS エンドポイントのポリシーが sts:* を拒否",
              "endpoint-policy-blocks", add(M, STS_STATEMENT, deny("sts:*", Principal="*")))
    yield bedrock("runtime-endpoint-without-streaming", "the bedrock-runtime endpoint's policy allows no streaming",
                  "bedrock-runtime エンドポイントのポリシーがストリーミングを許可していない", "endpoint-policy-blocks",
                  put(M, f"{RUNTIME_STATEMENT}[0].Action", ["bedrock:InvokeModel"]),
                  invoke_denied(JP_ARN, none_allows("VPC endpoint", STREAM_ACTION), STREAM_ACTION), converse_stream(), clients=STREAMING)
    yield bedrock("runtime-endpoint-for-its-own-account", "the bedrock-runtime endpoint's policy admits the municipality's account alone",
                  "bedrock-runtime エンドポイントのポリシーが自治体自身のアカウントしか認めない", "endpoint-policy-blocks",
                  put(M, f"{RUNTIME_STATEMENT}[0].Condition", {"StringEquals": {"aws:PrincipalAccount": "111111111111"}}),
                  invoke_denied(JP_ARN, none_allows("VPC endpoint")))
    yield bedrock("runtime-endpoint-without-osaka", "the bedrock-runtime endpoint's policy leaves the model in Osaka out",
                  "bedrock-runtime エンドポイントのポリシーに大阪のモデルがない", "endpoint-policy-blocks",
                  drop(M, f"{RUNTIME_STATEMENT}[0].Resource[2]"), invoke_denied(OSAKA, none_allows("VPC endpoint")), routed=True)
    yield bedrock("runtime-endpoint-denies", "the bedrock-runtime endpoint's policy denies bedrock:*",
                  "bedrock-runtime エンドポイントのポリシーが bedrock:* を拒否", "endpoint-policy-blocks",
                  add(M, RUNTIME_STATEMENT, deny("bedrock:*", Principal="*")),
                  invoke_denied(JP_ARN, "with an explicit deny in a VPC endpoint policy"))


def organizations():
    yield sts("scp-denies-assume-role", "an SCP on the municipality's unit denies sts:AssumeRole", "自治体側 OU の SCP が sts:AssumeRole を拒否",
              "caller-may-not-assume", attached("SCP", "gov", deny("sts:AssumeRole")),
              assume_denied("with an explicit deny in a service control policy{policy}"))
    yield sts("scp-without-sts", "the organisation's SCP allows Bedrock and nothing else", "組織の SCP が Bedrock しか許可していない",
              "caller-may-not-assume", attached("SCP", "root", {"Effect": "Allow", "Action": "bedrock:*", "Resource": "*"}, full_access=False),
              assume_denied(none_allows("service control", "sts:AssumeRole")))
    yield sts("rcp-denies-assume-role", "an RCP on the operator's unit denies sts:AssumeRole", "事業者側 OU の RCP が sts:AssumeRole を拒否",
              "caller-may-not-assume", attached("RCP", "vendors", deny("sts:AssumeRole", Principal="*")),
              assume_denied("with an explicit deny in a resource control policy{policy}"))
    yield bedrock("scp-denies-bedrock", "an SCP on the operator's unit denies bedrock:*", "事業者側 OU の SCP が bedrock:* を拒否",
                  "operator-may-not-invoke", attached("SCP", "vendors", deny("bedrock:*")),
                  invoke_denied(JP_ARN, "with an explicit deny in a service control policy{policy}"))
    yield bedrock("scp-denies-osaka", "an SCP on the operator's unit denies everything outside Tokyo", "事業者側 OU の SCP が東京以外をすべて拒否",
                  "region-deny-blocks-destination", attached("SCP", "vendors", deny("bedrock:*", Condition={
                      "StringNotEquals": {"aws:RequestedRegion": "ap-northeast-1"}})),
                  invoke_denied(OSAKA, "with an explicit deny in a service control policy{policy}"))


def operators():
    yield bedrock("operator-boundary-without-bedrock", "the operator role's permissions boundary has no bedrock:InvokeModel",
                  "事業者ロールのアクセス許可の境界に bedrock:InvokeModel がない", "operator-may-not-invoke",
                  put(O, f"{OPERATOR}.PermissionsBoundary", "arn:aws:iam::aws:policy/AWSCodeArtifactReadOnlyAccess"),
                  invoke_denied(JP_ARN, "because no permissions boundary allows the bedrock:InvokeModel action"))
    yield bedrock("operator-without-the-profile", "the operator role may invoke another profile, not this one",
                  "事業者ロールに許可されたプロファイルが別のもの", "operator-may-not-invoke",
                  put(O, f"{OPERATOR_STATEMENT}[0].Resource",
                      "arn:aws:bedrock:ap-northeast-1:222222222222:inference-profile/jp.anthropic.claude-sonnet-4-6"),
                  invoke_denied(JP_ARN, none_allows("identity-based")))
    yield bedrock("operator-is-denied", "a statement of the operator role denies bedrock:InvokeModel", "事業者ロールの文が bedrock:InvokeModel を拒否",
                  "operator-may-not-invoke", add(O, OPERATOR_STATEMENT, deny("bedrock:InvokeModel")),
                  invoke_denied(JP_ARN, "with an explicit deny in an identity-based policy"))
    yield bedrock("operator-without-tokyo", "the operator role lacks the model in Tokyo", "事業者ロールに東京のモデルがない", "operator-may-not-invoke",
                  drop(O, f"{OPERATOR_STATEMENT}[1].Resource[0]"), invoke_denied(TOKYO, none_allows("identity-based")), routed=True)
    yield bedrock("operator-without-osaka", "the operator role lacks the model in Osaka", "事業者ロールに大阪のモデルがない", "destination-missing",
                  drop(O, f"{OPERATOR_STATEMENT}[1].Resource[1]"), invoke_denied(OSAKA, none_allows("identity-based")), routed=True)
    yield bedrock("operator-denied-osaka", "the operator role's Region deny lets Tokyo through alone", "事業者ロールのリージョン拒否が東京しか通さない",
                  "region-deny-blocks-destination",
                  put(O, f"{OPERATOR_STATEMENT}[2].Condition.StringNotEquals.aws:RequestedRegion", "ap-northeast-1"),
                  invoke_denied(OSAKA, "with an explicit deny in an identity-based policy"), routed=True)
    yield bedrock("operator-through-another-profile", "the operator role may run the model through another profile",
                  "事業者ロールがモデルを実行できるのは別のプロファイル経由だけ", "operator-may-not-invoke",
                  put(O, f"{OPERATOR_STATEMENT}[1].Condition.ArnEquals.bedrock:InferenceProfileArn",
                      "arn:aws:bedrock:ap-northeast-1:222222222222:inference-profile/jp.anthropic.claude-sonnet-4-6"),
                  "{any}", in_turn=True)
    yield bedrock("operator-without-streaming", "the operator role may not stream", "事業者ロールにストリーミングの権限がない", "streaming-denied",
                  (put(O, f"{OPERATOR_STATEMENT}[0].Action", "bedrock:InvokeModel"),
                   put(O, f"{OPERATOR_STATEMENT}[1].Action", "bedrock:InvokeModel")),
                  invoke_denied(JP_ARN, none_allows("identity-based", STREAM_ACTION), STREAM_ACTION), converse_stream(), clients=STREAMING,
                  in_turn=True)
    yield bedrock("operator-without-its-managed-policy", "the article's operator role without AmazonBedrockLimitedAccess, streaming",
                  "記事の事業者ロールから AmazonBedrockLimitedAccess を外してストリーミング", "streaming-denied",
                  drop(O, f"{OPERATOR}.ManagedPolicyArns[0]"),
                  invoke_denied(JP_ARN, none_allows("identity-based", STREAM_ACTION), STREAM_ACTION, "{article}"), converse_stream(),
                  clients=STREAMING, example="article")


def requests():
    session_policy = policy_of({"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"})
    yield bedrock("session-policy-without-bedrock", "the program passes a session policy without bedrock:InvokeModel",
                  "プログラムが渡すセッションポリシーに bedrock:InvokeModel がない", "operator-may-not-invoke", (),
                  invoke_denied(JP_ARN, none_allows("session")), crossing=assume(Policy=json.dumps(session_policy)),
                  check=SAID_BY_THE_REQUEST)
    allowing = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    yield bedrock("session-policy-denies", "the program passes a session policy that denies bedrock:*",
                  "プログラムが渡すセッションポリシーが bedrock:* を拒否", "operator-may-not-invoke", (),
                  invoke_denied(JP_ARN, "with an explicit deny in a session policy"),
                  crossing=assume(Policy=json.dumps(policy_of(allowing, deny("bedrock:*")))), check=SAID_BY_THE_REQUEST,
                  gap=Gap("leave the Deny out of the session policy; explain does not propose it yet",
                             "セッションポリシーから拒否の文を外します(explain はまだ提案しません)"))
    def caller_may(*actions):
        return (put(M, f"{STS_STATEMENT}[0].Action", list(actions)), put(M, f"{CALLER_STATEMENT}[0].Action", list(actions)))

    yield sts("session-tags-not-trusted", "the program sends session tags; the trust policy does not allow sts:TagSession",
              "プログラムがセッションタグを送るが、信頼ポリシーが sts:TagSession を許可していない", "tag-session-missing", (),
              assume_denied(action="sts:TagSession"), assume_role(Tags=[{"Key": "Section", "Value": "tax"}]), check=SAID_BY_THE_REQUEST,
              setting=caller_may("sts:AssumeRole", "sts:TagSession"))
    yield sts("source-identity-not-trusted", "the program sends a source identity; the trust policy does not allow sts:SetSourceIdentity",
              "プログラムがソース ID を送るが、信頼ポリシーが sts:SetSourceIdentity を許可していない", "trust-does-not-name-caller", (),
              assume_denied(action="sts:SetSourceIdentity"), assume_role(SourceIdentity="taro"), check=SAID_BY_THE_REQUEST,
              setting=caller_may("sts:AssumeRole", "sts:SetSourceIdentity"))
    yield bedrock("caller-without-crossing", "the program calls Bedrock with the caller role's own credentials",
                  "プログラムが事業者ロールを引き受けずに呼び出し元の認証情報で Bedrock を呼ぶ", "endpoint-policy-blocks", (),
                  # U: which of two policies is named
                  tuple(invoke_denied(JP_ARN.replace("222222222222", "111111111111"), none_allows(policy), who="{caller}")
                        for policy in ("VPC endpoint", "identity-based")), who="caller", check=SAID_BY_THE_REQUEST,
                  gap=Gap("assume the operator role first; explain proposes to let the caller run models, which check calls an error",
                             "先に事業者ロールを引き受けます(explain は呼び出し元にモデルの実行を許す修正を提案しますが、check はそれを誤りとします)",
                          wrongly=True))


def rows():
    yield from callers()
    yield from endpoint_policies()
    yield from organizations()
    yield from operators()
    yield from requests()
