#!/usr/bin/env python3
"""The crossing with boto3 alone, as the article's reader would write it: the caller's credentials come from the
instance's metadata, they assume the operator's role, and that calls Converse. Kakehashi has no part in it.

    cross.py CONFIG MODEL PROMPT        exit 1, with AWS's words, when AWS refuses
"""
import os
import pathlib
import sys
import tomllib

import boto3
from botocore.exceptions import ClientError

# Which role each example's operator template makes; a real caller gets this line from the operator.
ROLES = {
    "fenced": "arn:aws:iam::222222222222:role/kakehashi-operator-sample-city",
    "article": "arn:aws:iam::222222222222:role/bedrock-operator",
}


def operator_session(config):
    """A session as the operator's role."""
    municipality = tomllib.loads(config.read_text(encoding="utf-8"))["municipality"][0]
    optional = {"ExternalId": municipality["external_id"]} if "external_id" in municipality else {}
    region = os.environ["AWS_REGION"]
    assumed = boto3.client("sts", region_name=region).assume_role(
        RoleArn=municipality.get("role_arn", ROLES[config.parent.name]), RoleSessionName="kakehashi-demo", **optional)
    credentials = assumed["Credentials"]
    return boto3.Session(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"], region)


def main():
    config, model, prompt = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    try:
        answer = operator_session(config).client("bedrock-runtime").converse(
            modelId=model, messages=[{"role": "user", "content": [{"text": prompt}]}])
    except ClientError as error:
        print(error)
        return 1
    print("".join(block.get("text", "") for block in answer["output"]["message"]["content"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
