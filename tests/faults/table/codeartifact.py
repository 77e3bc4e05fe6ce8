"""Packages: CodeArtifact's two endpoints for pip, the S3 gateway endpoint for dnf. The article's pair has them."""

from changes import drop, put
from clients import Call, Fetch
from fault import PLAIN, Each, Refused, Unseen, single
from table.network import SILENT
from twin import Append

M = "municipality.yaml"
API, REPOSITORIES, S3 = (f"Resources.{name}" for name in ("CodeArtifactApiEndpoint", "CodeArtifactRepositoriesEndpoint", "S3Endpoint"))
HOST = "municipality-111111111111.d.codeartifact.ap-northeast-1.amazonaws.com"
BUCKET = "al2023-repos-ap-northeast-1-de612dc2"
MIRRORS = f"https://{BUCKET}.s3.dualstack.ap-northeast-1.amazonaws.com/core/mirrors/latest/x86_64/mirror.list"
AWS = ("boto3", "aws")  # the AWS SDK for JavaScript has a client for it, which the tests do not install
TOKEN = Call("codeartifact", "GetAuthorizationToken", {"domain": "municipality", "domainOwner": "111111111111"}, connect_seconds=1)
ENDPOINT = Call("codeartifact", "GetRepositoryEndpoint", {
    "domain": "municipality", "domainOwner": "111111111111", "repository": "python", "format": "pypi"}, connect_seconds=1)
INDEX = Fetch(f"https://{HOST}/pypi/python/simple/kakehashi-sample/", service="codeartifact.repositories", connect_seconds=1, token=True)
OF_NO_PART = Unseen("packages are no part of the crossing", "パッケージの取得は接続の一部ではありません")
TIMED_OUT = Each({"urllib": ("URLError", None, None, "{any}timed out{any}"), "fetch": ("DOMException", None, None, "TimeoutError: {any}")})


def status(code):
    return Each({kind: (None, None, code, "{any}") for kind in PLAIN})


# What stands for PyPI: one package, of which nobody here asks more than its page.
PYPI = (put("kakehashi.toml", "twin.codeartifact.packages", "packages"),
        Append("packages/kakehashi_sample-1.0-py3-none-any.whl", "a wheel"))


def one(**more):
    return single(**({"who": "caller", "inside": True, "example": "article", "check": OF_NO_PART, "setting": PYPI} | more))


def codeartifact():
    yield one(id="codeartifact-api-endpoint-missing", en="no endpoint for codeartifact.api: pip cannot log in",
              ja="codeartifact.api のエンドポイントがなく、pip のログインができない", finding="", edit=drop(M, API), call=TOKEN,
              sees=SILENT, clients=AWS)
    yield one(id="codeartifact-repositories-endpoint-missing", en="no endpoint for codeartifact.repositories: pip logs in and finds nothing",
              ja="codeartifact.repositories のエンドポイントがなく、ログインはできても取得できない", finding="",
              edit=drop(M, REPOSITORIES), call=INDEX, sees=TIMED_OUT, clients=PLAIN)
    yield one(id="codeartifact-private-dns-off", en="private DNS is off at the codeartifact.repositories endpoint",
              ja="codeartifact.repositories のエンドポイントでプライベート DNS が無効", finding="private-dns-off",
              edit=put(M, f"{REPOSITORIES}.Properties.PrivateDnsEnabled", False), call=INDEX, sees=TIMED_OUT, clients=PLAIN)
    yield one(id="codeartifact-token-expired", en="the CodeArtifact token is 13 hours old", ja="CodeArtifact のトークンが 13 時間経過",
              finding="credentials-expired", call=INDEX, advance="13h", sees=status(401), clients=PLAIN)
    yield one(id="codeartifact-not-allowed", en="the caller role has no right to a CodeArtifact token",
              ja="呼び出し元ロールに CodeArtifact のトークンを得る権限がない", finding="",
              edit=drop(M, "Resources.CallerRole.Properties.ManagedPolicyArns[1]"), call=TOKEN, clients=AWS,
              sees=Refused("AccessDeniedException", 403, "{any}"))
    yield one(id="codeartifact-endpoint-policy", en="the codeartifact.api endpoint's policy allows no token",
              ja="codeartifact.api エンドポイントのポリシーがトークンを許可していない", finding="endpoint-policy-blocks",
              edit=put(M, f"{API}.Properties.PolicyDocument", {"Version": "2012-10-17", "Statement": [
                  {"Effect": "Allow", "Principal": "*", "Action": "codeartifact:GetRepositoryEndpoint", "Resource": "*"}]}),
              call=TOKEN, clients=AWS, sees=Refused("AccessDeniedException", 403, "{any}"))


def s3():
    plain = {"call": Fetch(MIRRORS, service="s3", connect_seconds=1), "clients": PLAIN, "who": "nobody"}
    yield one(id="s3-endpoint-missing", en="no gateway endpoint for S3: dnf finds nothing", ja="S3 のゲートウェイエンドポイントがなく、dnf が取得できない",
              finding="", edit=drop(M, S3), sees=TIMED_OUT, **plain)
    yield one(id="s3-route-table-not-associated", en="the S3 gateway endpoint is in no route table",
              ja="S3 のゲートウェイエンドポイントがどのルートテーブルにもない", finding="", edit=put(M, f"{S3}.Properties.RouteTableIds", []),
              sees=TIMED_OUT, **plain)
    yield one(id="s3-interface-for-gateway", en="an interface endpoint for S3: it does not serve the bucket's dual-stack name",
              ja="S3 のエンドポイントがインターフェイス型で、リポジトリのデュアルスタック名を扱えない", finding="", edit=put(M, S3, {
                  "Type": "AWS::EC2::VPCEndpoint", "Properties": {
                      "VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.ap-northeast-1.s3", "VpcId": {"Ref": "Vpc"},
                      "SubnetIds": [{"Ref": "PrivateSubnetA"}], "SecurityGroupIds": [{"Fn::GetAtt": ["EndpointSecurityGroup", "GroupId"]}]}}),
              sees=TIMED_OUT, **plain)
    yield one(id="s3-endpoint-policy", en="the S3 endpoint's policy allows another bucket", ja="S3 エンドポイントのポリシーが別のバケットしか許可していない",
              finding="endpoint-policy-blocks", edit=put(M, f"{S3}.Properties.PolicyDocument", {"Version": "2012-10-17", "Statement": [
                  {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::another-bucket/*"}]}),
              sees=status(403), **plain)


def rows():
    yield from codeartifact()
    yield from s3()
