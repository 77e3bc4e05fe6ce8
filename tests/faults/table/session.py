"""Credentials, signatures and clocks: what is wrong with the request before anybody looks at policies."""

from changes import put
from crossing import assume_role, converse
from fault import Refused, Unseen, single
from wording import BAD_SIGNATURE, BAD_TOKEN, EXPIRED

O = "operator.yaml"
BY_THE_REQUEST = Unseen("how a request is signed stands in no template", "リクエストの署名はテンプレートには現れません")
BY_THE_CLOCK = Unseen("what has expired is known only when it is used", "期限切れは使うときになって初めて分かります")
EARLY = "Signature expired: {when} is now earlier than {when} ({when} - %d min.)"
LATE = "Signature not yet current: {when} is still later than {when} ({when} + %d min.)"


def sts(id, en, ja, finding, code, message, call=None, **more):
    return single(id=id, en=en, ja=ja, finding=finding, who="caller", call=call or assume_role(),
                  sees=Refused(code, 403, message, "ClientError"), **({"check": BY_THE_REQUEST} | more))


def bedrock(id, en, ja, finding, code, message, call=None, **more):
    return single(id=id, en=en, ja=ja, finding=finding, call=call or converse(),
                  sees=Refused(code, 403, message, "ClientError"), **({"check": BY_THE_REQUEST} | more))


def expired():
    yield sts("sts-credentials-expired", "the caller's credentials have expired", "呼び出し元の認証情報の期限切れ", "credentials-expired",
              "ExpiredToken", EXPIRED, advance="24h", check=BY_THE_CLOCK)
    yield bedrock("bedrock-credentials-expired", "the operator role's session is 61 minutes old", "事業者ロールのセッションが 61 分経過",
                  "credentials-expired", "ExpiredTokenException", EXPIRED, advance="61m", check=BY_THE_CLOCK)


def too_long():
    said = ("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
    yield single(id="session-longer-than-the-role-allows", en="the program asks for two hours; the role allows one",
                 ja="プログラムが 2 時間を求めるが、ロールの上限は 1 時間", finding="chained-duration", who="caller",
                 call=assume_role(DurationSeconds=7200), sees=Refused("ValidationError", 400, said, "ClientError"),
                 check=Unseen("only the program that calls knows what it sends", "何を送るかは、呼び出すプログラムだけが知っています"))
    yield single(id="session-longer-than-chaining-allows", en="the program asks for two hours; a chain of roles gets one",
                 ja="プログラムが 2 時間を求めるが、ロールの連鎖では 1 時間まで", finding="chained-duration", who="caller",  # U: from an instance
                 call=assume_role(DurationSeconds=7200), sees=Refused("ValidationError", 400, said[1], "ClientError"),
                 edit=put(O, "Resources.OperatorRole.Properties.MaxSessionDuration", 43200))


def signatures():
    yield sts("sts-wrong-secret", "STS: signed with another secret key", "STS: 別のシークレットキーで署名", "credentials-missing",
              "SignatureDoesNotMatch", BAD_SIGNATURE, spoil="secret")
    yield bedrock("bedrock-wrong-secret", "Bedrock: signed with another secret key", "Bedrock: 別のシークレットキーで署名", "credentials-missing",
                  "InvalidSignatureException", BAD_SIGNATURE, spoil="secret")  # U: status
    yield sts("sts-token-of-another-session", "STS: the session token is another session's", "STS: セッショントークンが別のセッションのもの",
              "credentials-missing", "InvalidClientTokenId", BAD_TOKEN, spoil="token")
    yield bedrock("bedrock-token-of-another-session", "Bedrock: the session token is another session's",
                  "Bedrock: セッショントークンが別のセッションのもの", "credentials-missing", "UnrecognizedClientException", BAD_TOKEN, spoil="token")
    yield sts("sts-body-tampered", "STS: the body was changed after it was signed", "STS: 署名のあとで本文が書き換えられた", "credentials-missing",
              "SignatureDoesNotMatch", BAD_SIGNATURE, assume_role(tampered=True))
    yield bedrock("bedrock-body-tampered", "Bedrock: the body was changed after it was signed", "Bedrock: 署名のあとで本文が書き換えられた",
                  "credentials-missing", "InvalidSignatureException", BAD_SIGNATURE, converse(tampered=True))
    yield sts("sts-scope-of-another-region", "STS: signed for us-east-1", "STS: us-east-1 向けの署名", "wrong-source-region",
              "SignatureDoesNotMatch", "Credential should be scoped to a valid region{any}", assume_role(region="us-east-1"))  # U: wording
    yield bedrock("bedrock-scope-of-another-region", "Bedrock: signed for us-east-1", "Bedrock: us-east-1 向けの署名", "wrong-source-region",
                  "InvalidSignatureException", "Credential should be scoped to a valid region{any}", converse(region="us-east-1"))  # U: wording


def clocks():
    yield sts("sts-clock-slow", "STS: the machine's clock is 20 minutes slow", "STS: マシンの時計が 20 分遅れ", "clock-wrong",
              "SignatureDoesNotMatch", EARLY % 15, assume_role(-20))
    yield sts("sts-clock-fast", "STS: the machine's clock is 20 minutes fast", "STS: マシンの時計が 20 分進み", "clock-wrong",
              "SignatureDoesNotMatch", LATE % 15, assume_role(20))  # U: wording
    yield bedrock("bedrock-clock-slow", "Bedrock: the machine's clock is 20 minutes slow", "Bedrock: マシンの時計が 20 分遅れ", "clock-wrong",
                  "InvalidSignatureException", EARLY % 5, converse(offset_minutes=-20))  # U: window
    yield bedrock("bedrock-clock-fast", "Bedrock: the machine's clock is 20 minutes fast", "Bedrock: マシンの時計が 20 分進み", "clock-wrong",
                  "InvalidSignatureException", LATE % 5, converse(offset_minutes=20))  # U


def rows():
    yield from expired()
    yield from too_long()
    yield from signatures()
    yield from clocks()
