"""What the operator's account must have done before the first call: no template says it, so it stands in [twin]."""

from changes import add, put
from crossing import LEGACY, MODEL, converse
from fault import Refused, Unseen, single
from wording import FORM, LEGACY_REFUSED, MARKETPLACE, THROTTLED

K, O = "kakehashi.toml", "operator.yaml"
BY_THE_ACCOUNT = Unseen("the state of an account stands in no template", "アカウントの状態はテンプレートには現れません")
LIMITED = "twin.operator.requests_per_minute"


def bedrock(id, en, ja, finding, edit, code, status, message, call=None, **more):
    return single(id=id, en=en, ja=ja, finding=finding, edit=edit, call=call or converse(), check=BY_THE_ACCOUNT,
                  sees=Refused(code, status, message), **more)


def rows():
    yield bedrock("form-missing", "the use-case form was not sent", "ユースケースフォームが未提出", "form-missing",
                  put(K, "twin.operator.use_case_form", "missing"), "ResourceNotFoundException", 404, FORM)
    yield bedrock("form-pending", "the use-case form is still on its way", "ユースケースフォームが処理中", "form-missing",
                  put(K, "twin.operator.use_case_form", "pending"), "ResourceNotFoundException", 404, FORM)
    yield bedrock("subscription-missing", "nobody has subscribed to the model, and the operator role may not",
                  "モデルを購読しておらず、事業者ロールにも購読の権限がない", "marketplace-missing",
                  put(K, "twin.operator.subscriptions", []), "AccessDeniedException", 403, MARKETPLACE)
    yield bedrock("subscription-half-allowed", "nobody has subscribed; the operator role may look at subscriptions, not subscribe",
                  "購読しておらず、事業者ロールは購読の確認だけができる", "marketplace-missing",
                  put(K, "twin.operator.subscriptions", []), "AccessDeniedException", 403, MARKETPLACE,
                  setting=(add(O, "Resources.OperatorRole.Properties.Policies[0].PolicyDocument.Statement",
                               {"Effect": "Allow", "Action": "aws-marketplace:ViewSubscriptions", "Resource": "*"}),))
    yield bedrock("country-refused", "the operator's account is in a country that is not served", "事業者のアカウントが対象外の国にある", "country-refused",
                  put(K, "twin.operator.country", "KP"), "ValidationException", 400,
                  "Access to Anthropic models is not allowed from unsupported countries, regions, or territories.")
    yield bedrock("model-legacy", "the model is legacy and this account has not used it lately", "モデルが旧世代で、このアカウントは最近使っていない",
                  "model-legacy", (), "ResourceNotFoundException", 404, LEGACY_REFUSED, converse(model=LEGACY), example="article",
                  setting=(put(K, "twin.operator.subscriptions", [MODEL, LEGACY]),))
    yield bedrock("quota-of-requests", "the account's quota of requests is used up", "アカウントのリクエスト数クォータを使い切った", "quota-exceeded",
                  put(K, LIMITED, 0), "ThrottlingException", 429, THROTTLED, alone=True)
    yield bedrock("quota-of-tokens", "the account's quota of tokens is used up", "アカウントのトークン数クォータを使い切った", "quota-exceeded",
                  put(K, "twin.operator.tokens_per_minute", 1), "ThrottlingException", 429, "Too many tokens, please wait before trying again.", alone=True)
