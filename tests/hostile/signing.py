"""A client that has crossed, as far as the tests need one: it signs a body of any bytes and sends it as it is."""
import botocore.auth
import botocore.awsrequest
import botocore.credentials

from clients import Boto3, Call, caller_credentials
from crossing import EXTERNAL_ID, JP, OPERATOR_ROLE, SESSION
from wire import Service


class Crossed:
    def __init__(self, twin):
        self.service = Service(twin, "bedrock-runtime")
        role = {"RoleArn": OPERATOR_ROLE, "RoleSessionName": SESSION, "ExternalId": EXTERNAL_ID}
        given = Boto3(twin)(Call("sts", "AssumeRole", role), caller_credentials(twin)).output["Credentials"]
        keys = botocore.credentials.Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        self.signer = botocore.auth.SigV4Auth(keys, "bedrock", "ap-northeast-1")

    def request(self, operation, body):
        host, path = "{}:{}".format(*self.service.address), f"/model/{JP.replace(':', '%3A')}/{operation}"
        wanted = botocore.awsrequest.AWSRequest("POST", f"https://{host}{path}", {"Content-Type": "application/json"}, body)
        self.signer.add_auth(wanted)
        fields = "".join(f"{name}: {value}\r\n" for name, value in wanted.headers.items())
        return f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n{fields}\r\n".encode() + body

    def post(self, operation, body):
        with self.service.connect() as connection:
            connection.send([self.request(operation, body)])
            return connection.read_one()
