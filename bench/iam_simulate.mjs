// How many decisions a CPU second iam-simulate makes of the cases on standard input (JSON Lines, as `iam evaluate`
// takes them). Prints the figure.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
const require = createRequire(new URL("../tests/conformance/", import.meta.url));
const { runSimulation } = require("@cloud-copilot/iam-simulate");

const cases = readFileSync(0, "utf8").trim().split("\n").map((line) => JSON.parse(line).simulation);
for (const each of cases) {
  const result = await runSimulation(each, {});
  if (result.resultType === "error") throw new Error(JSON.stringify(result.errors ?? result));
}
const cpu = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1e6; };
const began = cpu();
let done = 0;
do {
  for (const each of cases) await runSimulation(each, {});
  done += cases.length;
} while (cpu() - began < 1);
console.log(done / (cpu() - began));
