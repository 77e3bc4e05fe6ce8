// As an application would: the instance's role, then the operator's. `cold.mjs MODEL`
import { createRequire } from "node:module";
const require = createRequire(new URL("../tests/conformance/", import.meta.url));
const { BedrockRuntimeClient, ConverseCommand } = require("@aws-sdk/client-bedrock-runtime");
const { fromInstanceMetadata, fromTemporaryCredentials } = require("@aws-sdk/credential-providers");
const { NodeHttpHandler } = require("@smithy/node-http-handler");

const credentials = fromTemporaryCredentials({
  masterCredentials: fromInstanceMetadata(),
  params: {
    RoleArn: "arn:aws:iam::222222222222:role/kakehashi-operator-sample-city",
    RoleSessionName: "kakehashi-bench",
    ExternalId: "f3b60f3a1c7e4c0d9a52d8e17b4496ce",
  },
});
const client = new BedrockRuntimeClient({ credentials, requestHandler: new NodeHttpHandler() });
const messages = [{ role: "user", content: [{ text: "こんにちは" }] }];
const answer = await client.send(new ConverseCommand({ modelId: process.argv[2], messages }));
console.log(answer.output.message.content[0].text);
