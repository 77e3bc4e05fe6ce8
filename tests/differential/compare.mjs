// Asks both engines about a range of random cases and reports, as one line of JSON, what was met and what differed.
//
//   node compare.mjs --seed S --from N --count N     a range of cases
//   node compare.mjs --seed S --only N               one case, shown in full
//
// KAKEHASHI names our program. iam-simulate (npm, @cloud-copilot/iam-simulate) is the independent engine.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { makeCase } from './cases.mjs';
import { DIFFERENCES, REFUSALS } from './differences.mjs';

const SHOWN_MAX = 20; // differences that no entry explains

// iam-simulate's answer: Allowed, ImplicitlyDenied, ExplicitlyDenied, or Refused for what it calls invalid.
async function theirs(simulation) {
  const answer = await runSimulation(structuredClone(simulation), { simulationMode: 'Strict' });
  return answer.resultType === 'error' ? 'Refused' : answer.overallResult;
}

// `kakehashi iam evaluate`, a line in, a line out, in order.
class Kakehashi {
  constructor(program) {
    this.process = spawn(program, ['iam', 'evaluate', '--lang', 'en'], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
  }

  ask(one) { this.process.stdin.write(`${JSON.stringify(one)}\n`); }

  async answer() {
    const { value, done } = await this.lines.next();
    if (done) throw new Error('kakehashi ended before it had answered');
    return JSON.parse(value);
  }

  close() { this.process.stdin.end(); }
}

// The first entry that explains the difference: one that says in other words what AWS's rule means, so that
// iam-simulate then answers as we do. Several may be needed together, so they are applied in turn.
async function explained(simulation, ours) {
  if (ours.error) return REFUSALS.filter(({ applies }) => applies(simulation)).map(({ id }) => id).slice(0, 1);
  let current = structuredClone(simulation);
  const applied = [];
  for (const entry of DIFFERENCES) {
    const said = await entry.rewrite(structuredClone(current), theirs);
    if (said === undefined || JSON.stringify(said) === JSON.stringify(current)) continue;
    current = said;
    applied.push(entry.id);
    if (await theirs(current) === ours.decision) return applied;
  }
  return [];
}

function count(table, name, by = 1) { table[name] = (table[name] ?? 0) + by; }

async function compare(seed, from, wanted) {
  const kakehashi = new Kakehashi(process.env.KAKEHASHI);
  const report = { cases: 0, features: {}, outcomes: {}, differences: {}, unexplained: 0, shown: [] };
  const batch = 200;
  for (let number = from; number < from + wanted; number += batch) {
    const cases = Array.from({ length: Math.min(batch, from + wanted - number) }, (_, index) => makeCase(seed, number + index));
    for (const { name, simulation } of cases) kakehashi.ask({ name, simulation });
    for (const one of cases) await judge(report, one, await kakehashi.answer());
  }
  kakehashi.close();
  return report;
}

async function judge(report, { name, simulation, features }, ours) {
  if (ours.name !== name) throw new Error(`kakehashi answered ${ours.name} when asked ${name}`);
  const here = ours.error ? 'Refused' : ours.decision;
  const there = await theirs(simulation);
  ++report.cases;
  for (const feature of features) count(report.features, feature);
  count(report.outcomes, here);
  if (here === there) return;
  const entries = await explained(simulation, ours);
  // The last entry applied is the one that turned the answer.
  if (entries.length > 0) return count(report.differences, entries.at(-1));
  ++report.unexplained;
  if (report.shown.length < SHOWN_MAX) report.shown.push({ name, here, there, error: ours.error, simulation });
}

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    count: { type: 'string', default: '1000' },
    only: { type: 'string' },
  },
});
const number = values.only ?? values.from;
const report = await compare(Number(values.seed), Number(number), values.only ? 1 : Number(values.count));
if (values.only) report.simulation = makeCase(Number(values.seed), Number(number)).simulation;
console.log(JSON.stringify(report, null, values.only ? 2 : 0));
