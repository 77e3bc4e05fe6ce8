"""Which model is asked for: identifiers, profiles, destinations."""

from changes import put
from crossing import GLOBAL, JP, JP_ARN, MODEL, ON_DEMAND, converse, model_arn
from fault import Gap, Reason, Refused, Unseen, single
from wording import ON_DEMAND_REFUSED, invoke_denied, none_allows

O, M, K = "operator.yaml", "municipality.yaml", "kakehashi.toml"
BY_THE_REQUEST = Unseen("only the program that calls knows which model it asks for", "どのモデルを指定するかは、呼び出すプログラムだけが知っています")
INVALID = "The provided model identifier is invalid."
APPLICATION_ARN = "arn:aws:bedrock:ap-northeast-1:222222222222:application-inference-profile/abcdefghijkl"
OUTSIDE = Reason("the model would run outside Japan: the refusal is what the accounts are for",
                 "モデルが国外で動くことになるため、拒否されるのが正しい動作です")


def invalid(id, en, ja, finding, model, message=INVALID, **more):
    return single(id=id, en=en, ja=ja, finding=finding, call=converse(model=model), sees=Refused("ValidationException", 400, message),
                  **({"check": BY_THE_REQUEST} | more))


def denied(id, en, ja, finding, message, model=JP, **more):
    return single(id=id, en=en, ja=ja, finding=finding, call=converse(model=model), sees=Refused("AccessDeniedException", 403, message),
                  **({"check": BY_THE_REQUEST} | more))


def rows():
    yield invalid("model-by-its-bare-id", "the model by its own id, which is served through a profile alone",
                  "プロファイル経由でしか使えないモデルを素の ID で指定", "profile-unknown", MODEL, ON_DEMAND_REFUSED.replace("{id}", MODEL))
    yield invalid("profile-unknown", "a profile that does not exist", "存在しないプロファイル", "profile-unknown", "jp.anthropic.claude-nobody-v1:0")
    yield invalid("profile-of-another-region", "a profile of another source Region (`us.`)", "別の送信元リージョンのプロファイル(`us.`)",
                  "wrong-source-region", f"us.{MODEL}")
    yield invalid("profile-arn-of-another-region", "the profile's ARN in us-east-1", "us-east-1 のプロファイル ARN", "wrong-source-region",
                  JP_ARN.replace("ap-northeast-1", "us-east-1"))
    yield denied("profile-arn-of-another-account", "the profile's ARN in another account", "別のアカウントのプロファイル ARN", "endpoint-policy-blocks",
                 "{any}", JP_ARN.replace("222222222222", "333333333333"),
                 gap=Gap("name the profile of the operator's account; explain does not propose it yet",
                            "事業者アカウントのプロファイルを指定します(explain はまだ提案しません)"))
    yield denied("profile-arn-of-the-municipality", "the profile's ARN in the municipality's account", "自治体アカウントのプロファイル ARN",
                 "endpoint-policy-blocks", "{any}", JP_ARN.replace("222222222222", "111111111111"),
                 gap=Gap("name the profile of the operator's account; explain does not propose it yet",
                            "事業者アカウントのプロファイルを指定します(explain はまだ提案しません)"))
    yield denied("model-on-demand", "another model by its own id, which nobody allowed", "許可していない別のモデルを素の ID で指定",
                 "endpoint-policy-blocks",  # U: which of two policies is named
                 tuple(invoke_denied(model_arn("ap-northeast-1", ON_DEMAND), none_allows(policy)) for policy in ("VPC endpoint", "identity-based")),
                 ON_DEMAND, setting=(put(K, "twin.operator.subscriptions", [MODEL, ON_DEMAND]),))
    yield denied("profile-not-allowed", "another profile of Japan, which nobody allowed", "許可していない別の国内プロファイル", "endpoint-policy-blocks",
                 "{any}", "jp.anthropic.claude-sonnet-4-5-20250929-v1:0",
                 setting=(put(K, "twin.operator.subscriptions", [MODEL, "anthropic.claude-sonnet-4-5-20250929-v1:0"]),), in_turn=True)
    yield denied("global-profile", "the global profile", "グローバルプロファイル", "", invoke_denied(model_arn(""), "with an explicit deny in an identity-based policy"),
                 GLOBAL, right=OUTSIDE)
    yield denied("apac-profile", "the profile of Asia and the Pacific", "アジア太平洋のプロファイル", "",
                 "{any}", "apac.anthropic.claude-sonnet-4-20250514-v1:0", right=OUTSIDE)
    yield invalid("application-profile-unknown", "an application profile that does not exist", "存在しないアプリケーションプロファイル",
                  "profile-unknown", APPLICATION_ARN)
    yield denied("application-profile-not-allowed", "an application profile, which the policies do not name",
                 "ポリシーが挙げていないアプリケーションプロファイル", "endpoint-policy-blocks", "{any}", APPLICATION_ARN,
                 setting=(put(K, "bedrock.application_profiles", {APPLICATION_ARN: JP}),), in_turn=True)
