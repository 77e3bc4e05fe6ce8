"""What AWS says, and each client of it: patterns of messages.

In a message {caller} and {operator} stand for the two sessions' ARNs, {when} for a signing time, {n} for a number,
{policy} for the policy's ARN that AWS appends since 2026, or nothing, {any} for text that is not promised."""

import re

from crossing import OPERATOR_ROLE, SESSION

PLACEHOLDERS = {  # name: (pattern, an example)
    "caller": (r"arn:aws:sts::111111111111:assumed-role/kakehashi-caller/i-[0-9a-z]+",
               "arn:aws:sts::111111111111:assumed-role/kakehashi-caller/i-0123456789abcdef0"),
    "operator": (rf"arn:aws:sts::222222222222:assumed-role/kakehashi-operator-sample-city/{SESSION}",
                 f"arn:aws:sts::222222222222:assumed-role/kakehashi-operator-sample-city/{SESSION}"),
    "article": (rf"arn:aws:sts::222222222222:assumed-role/bedrock-operator/{SESSION}",
                f"arn:aws:sts::222222222222:assumed-role/bedrock-operator/{SESSION}"),
    "when": (r"\d{8}T\d{6}Z", "20261123T104523Z"),
    "n": (r"\d+", "64000"),
    "policy": (r"(: arn:aws:organizations::\S+)?", ""),
    "any": (r".+", "something"),
}


def pattern(template):
    parts = re.split(r"\{(" + "|".join(PLACEHOLDERS) + r")\}", template)
    return "".join(PLACEHOLDERS[part][0] if odd % 2 else re.escape(part) for odd, part in enumerate(parts))


NOT_AUTHORIZED = "User: {who} is not authorized to perform: {action} on resource: {resource}"
BAD_SIGNATURE = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
BAD_TOKEN = "The security token included in the request is invalid."
EXPIRED = "The security token included in the request is expired"
THROTTLED = "Too many requests, please wait before trying again."
FORM = (
    "Model use case details have not been submitted for this account. Fill out the Anthropic use case details form "
    "before using the model. If you have already filled out the form, try again in 15 minutes."
)
MARKETPLACE = (
    "Model access is denied due to IAM user or service role is not authorized to perform the required AWS Marketplace "
    "actions (aws-marketplace:ViewSubscriptions, aws-marketplace:Subscribe) to enable access to this model. Refer to "
    "the Amazon Bedrock documentation for further details. Your AWS Marketplace subscription for this model cannot be "
    "completed at this time. If you recently fixed this issue, try again after {n} minutes."
)
ON_DEMAND_REFUSED = (
    "Invocation of model ID {id} with on-demand throughput isn\u2019t supported. Retry your request with the ID or "
    "ARN of an inference profile that contains this model."
)
LEGACY_REFUSED = (
    "Access denied. This Model is marked by provider as Legacy and you have not been actively using the model in the "
    "last {n} days. Please upgrade to an active model on Amazon Bedrock"
)
TIMED_OUT = {  # no answer at all: each client says so in its own words
    "boto3": ("ConnectTimeoutError", None, None, "Connect timeout on endpoint URL: {any}"),
    "aws": (None, None, None, "{any}onnect timeout on endpoint URL: {any}"),
    "js": ("Error", "TimeoutError", None, "{any}"),
}


def denied(who, action, resource, clause=""):
    text = NOT_AUTHORIZED.replace("{who}", who).replace("{action}", action).replace("{resource}", resource)
    return f"{text} {clause}".rstrip()


def assume_denied(clause="", action="sts:AssumeRole", role=OPERATOR_ROLE):
    return denied("{caller}", action, role, clause)


def invoke_denied(resource, clause, action="bedrock:InvokeModel", who="{operator}"):
    return denied(who, action, resource, clause)


def none_allows(policy, action="bedrock:InvokeModel"):
    return f"because no {policy} policy allows the {action} action"
