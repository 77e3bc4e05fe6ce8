"""As an application would: the profile crosses by itself. `cold_boto3.py MODEL`"""
import sys

import boto3

client = boto3.Session(profile_name="crossing").client("bedrock-runtime")
answer = client.converse(modelId=sys.argv[1], messages=[{"role": "user", "content": [{"text": "こんにちは"}]}])
print(answer["output"]["message"]["content"][0]["text"])
