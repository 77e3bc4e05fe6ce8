// Calls AWS with the AWS SDK for JavaScript v3: one JSON line in, one JSON line out, until standard input ends.
//   in   {"service", "operation", "input", "credentials": {…} | "profile", "offset_ms", "region", "connect_ms", "http",
//         "endpoint", "tampered", "ca"}
//   in   {"url", "method", "headers", "connect_ms"}: Node.js's own fetch
//   out  {"output": {…}} or {"error": {"constructor", "name", "status", "message", "request_id"}}; a stream's output is {"events": […]}
// "http" is "default", or "other": the version of HTTP that the service's client would not choose.
// The endpoints, the CA and the Region come from the environment, as for any program that uses the SDK; "endpoint" and "ca"
// (a file) are for a run that meets one twin after another.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import tls from "node:tls";
import * as bedrock from "@aws-sdk/client-bedrock";
import * as runtime from "@aws-sdk/client-bedrock-runtime";
import * as sts from "@aws-sdk/client-sts";
import { fromIni } from "@aws-sdk/credential-providers";
import { NodeHttp2Handler, NodeHttpHandler } from "@smithy/node-http-handler";

const services = {
  bedrock: [bedrock, bedrock.BedrockClient, NodeHttp2Handler],
  "bedrock-runtime": [runtime, runtime.BedrockRuntimeClient, NodeHttpHandler],
  sts: [sts, sts.STSClient, NodeHttp2Handler],
};

// Bytes cannot stand in JSON: they travel as text, as those of our tests are.
const readable = (key, value) => {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("utf8");
  return key === "$metadata" ? undefined : value;
};
// JSON.stringify asks Uint8Array's own toJSON for nothing, but a Buffer's turns it into an object first.
const plain = (value) => JSON.parse(JSON.stringify(value, readable));

// NODE_EXTRA_CA_CERTS is read once, when the program starts.
const trusted = new Set();
const madeBefore = tls.createSecureContext;
tls.createSecureContext = (options) => {
  const made = madeBefore(options);
  for (const file of trusted) made.context.addCACert(readFileSync(file));
  return made;
};

// Somebody on the way changes the body after it was signed.
const tampering = (next) => (args) => {
  const text = Buffer.from(args.request.body).toString();
  args.request.body = text.replace("kakehashi-", "kakehasHi-").replace('"user"', '"uSer"');
  return next(args);
};

async function call({ service, operation, input, credentials, offset_ms, region, connect_ms, http, endpoint, tampered, ca }) {
  if (ca) trusted.clear(), trusted.add(ca);
  const [module, Client, OtherHandler] = services[service];
  // Over HTTP/2 the SDK knows no limit for connecting alone.
  const limits = { connectionTimeout: connect_ms, requestTimeout: connect_ms };
  const client = new Client({
    region,
    credentials: credentials === "profile" ? fromIni() : credentials === "found" ? undefined : credentials,
    maxAttempts: 1,
    ...(endpoint ? { endpoint } : {}),
    systemClockOffset: offset_ms ?? 0,
    requestHandler: http === "other" ? new OtherHandler(limits) : limits,
  });
  if (tampered) client.middlewareStack.add(tampering, { step: "deserialize", priority: "low" });
  try {
    const output = await client.send(new module[`${operation}Command`](input));
    const stream = operation.endsWith("Stream") && (output.stream ?? output.body);
    if (!stream) return { output: plain(output) };
    const events = [];
    for await (const event of stream) events.push(plain(event));
    return { output: { events } };
  } catch (error) {
    return {
      error: {
        constructor: error.constructor.name,
        name: error.name,
        status: error.$metadata?.httpStatusCode ?? null,
        message: error.message,
        request_id: error.$metadata?.requestId ?? null,
      },
    };
  } finally {
    client.destroy();
  }
}

async function plainly({ url, method, headers, connect_ms }) {
  try {
    const answer = await fetch(url, { method, headers, signal: AbortSignal.timeout(connect_ms) });
    const body = await answer.text();
    if (answer.ok) return { output: { body }, status: answer.status };
    return { error: { constructor: null, name: null, status: answer.status, message: body || answer.statusText, request_id: null } };
  } catch (error) {
    return { error: { constructor: error.constructor.name, name: null, status: null, message: String(error.cause ?? error), request_id: null } };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  process.stdout.write(JSON.stringify(await (asked.url ? plainly(asked) : call(asked))) + "\n");
}
process.exit();  // a session that still connects to where nobody answers would hold us for minutes
