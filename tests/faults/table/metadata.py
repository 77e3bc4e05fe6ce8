"""The instance metadata service: without it the workload has no credentials at all."""

from changes import drop, put
from clients import Call, Fetch
from fault import PLAIN, Each, Gap, Unseen, single

M = "municipality.yaml"
OPTIONS = "Resources.Workload.Properties.MetadataOptions"
NO_CREDENTIALS = Each({
    "boto3": ("NoCredentialsError", None, None, "Unable to locate credentials"),
    "aws": (None, None, None, "{any}nable to locate credentials{any}"),
    "js": ("CredentialsProviderError", "CredentialsProviderError", None, "{any}"),
})
UNAUTHORIZED = Each({kind: (None, None, 401, "{any}") for kind in PLAIN})


def none_found(id, en, ja, finding, edit, **more):
    return single(id=id, en=en, ja=ja, finding=finding, edit=edit, who="found", inside=True, sees=NO_CREDENTIALS,
                  call=Call("sts", "GetCallerIdentity"), **more)


def rows():
    yield none_found("metadata-hop-limit", "a container on the instance; the hop limit is 1", "インスタンス上のコンテナから呼ぶが、ホップ制限が 1",
                     "imds-hop-limit", (), in_container=True,
                     check=Unseen("whether the program runs in a container stands in no template", "コンテナで動かすかどうかはテンプレートには現れません"))
    yield none_found("metadata-disabled", "the metadata endpoint is disabled", "メタデータのエンドポイントが無効", "imds-unreachable",
                     put(M, f"{OPTIONS}.HttpEndpoint", "disabled"),
                     check=Unseen("check does not look at this switch yet", "check はまだこの設定を見ていません"))
    yield single(id="metadata-version-1", en="a program that knows IMDSv1 alone; tokens are required", ja="IMDSv1 しか知らないプログラム(トークンが必須)",
                 finding="imds-unreachable", who="nobody", inside=True, clients=PLAIN, sees=UNAUTHORIZED,
                 call=Fetch("http://169.254.169.254/latest/meta-data/iam/security-credentials/", service="imds"),
                 gap=Gap("ask for a token first, as every SDK of today does; explain does not know yet of such questions",
                         "先にトークンを取ります(今の SDK はすべてそうします。explain はまだこの問い合わせを知りません)"),
                 check=Unseen("only the program knows how it asks", "どう問い合わせるかは、プログラムだけが知っています"))
    yield none_found("instance-without-profile", "the instance has no instance profile", "インスタンスにインスタンスプロファイルがない",
                     "no-instance-profile", drop(M, "Resources.Workload.Properties.IamInstanceProfile"), check="caller-may-not-assume")
    yield none_found("role-does-not-trust-ec2", "the caller role does not trust ec2.amazonaws.com", "呼び出し元ロールが ec2.amazonaws.com を信頼していない",
                     "no-instance-profile",
                     put(M, "Resources.CallerRole.Properties.AssumeRolePolicyDocument.Statement[0].Principal", {"Service": "lambda.amazonaws.com"}),
                     check="caller-may-not-assume")
