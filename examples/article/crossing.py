import boto3

# 事業者アカウントの IAM Role へ Assume Role してクレデンシャルを取得する
sts_client = boto3.client(
    "sts",
    region_name="ap-northeast-1",
    endpoint_url="https://sts.ap-northeast-1.amazonaws.com"
)

assumed_role = sts_client.assume_role(
    RoleArn="arn:aws:iam::222222222222:role/bedrock-operator",
    RoleSessionName="assume_role_session"
)

assume_role_session = boto3.session.Session(
    aws_access_key_id=assumed_role["Credentials"]["AccessKeyId"],
    aws_secret_access_key=assumed_role["Credentials"]["SecretAccessKey"],
    aws_session_token=assumed_role["Credentials"]["SessionToken"],
)

# 取得したクレデンシャルで Bedrock へ接続する
bedrock_client = assume_role_session.client("bedrock-runtime", region_name="ap-northeast-1")

response = bedrock_client.converse(
    modelId="jp.anthropic.claude-haiku-4-5-20251001-v1:0",
    messages=[
        {
            "role": "user",
            "content": [
                {
                    "text": "こんにちは"
                }
            ]
        }
    ]
)

print(response)
