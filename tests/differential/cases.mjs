// Random policies and requests, in the shape that `kakehashi iam evaluate` and iam-simulate share.
//
// Case number N of a seed is the same whoever makes it, so workers share a run by ranges of numbers, and a
// difference is made again from its number alone: `node tests/differential/compare.mjs --only N`.
import { Random } from './random.mjs';

export const ACCOUNT = '111111111111';
export const OTHER_ACCOUNT = '222222222222';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/app`;
const ROLE_IN_PATH = `arn:aws:iam::${ACCOUNT}:role/team/app`;
const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/app/s1`;
const OTHER_SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/app/s2`;
const USER = `arn:aws:iam::${ACCOUNT}:user/bob`;
const FEDERATED_USER = `arn:aws:sts::${ACCOUNT}:federated-user/bob`;
const ROOT = `arn:aws:iam::${ACCOUNT}:root`;
const SERVICE = 'ec2.amazonaws.com';

const PRINCIPALS = [
  { kind: 'role session', arn: SESSION, self: ROLE, weight: 8 },
  { kind: 'role', arn: ROLE, self: ROLE, weight: 2 },
  { kind: 'user', arn: USER, self: USER, weight: 4 },
  { kind: 'federated user', arn: FEDERATED_USER, self: FEDERATED_USER, weight: 2 },
  { kind: 'root', arn: ROOT, self: ROOT, weight: 1 },
  { kind: 'service', arn: SERVICE, self: undefined, weight: 2 },
].flatMap((principal) => Array(principal.weight).fill(principal));

// What is asked for: the action, resources that it may name, and patterns that a policy may have for them.
const TARGETS = [
  {
    action: 's3:GetObject',
    resources: ['arn:aws:s3:::box/key/x', 'arn:aws:s3:::bin/k', 'arn:aws:s3:::box/a?b'],
    patterns: ['arn:aws:s3:::*', 'arn:aws:s3:::box/*', 'arn:aws:s3:::b?n/k', 'arn:aws:s3:::${aws:PrincipalTag/team}/*',
      "arn:aws:s3:::${aws:PrincipalTag/none, 'box'}/*", 'arn:aws:s3:::${aws:PrincipalTag/none}/*', 'arn:aws:s3:*',
      'arn:aws:s3:::box/${aws:username}', 'arn:aws:*:*:*:b*x', 'arn:aws:s3:::box/a${?}b', 'arn:aws:s3:::box/key/x'],
  },
  {
    action: 'secretsmanager:GetSecretValue',
    resources: [ACCOUNT, OTHER_ACCOUNT].map((account) => `arn:aws:secretsmanager:us-east-1:${account}:secret:a-123456`),
    patterns: ['arn:aws:secretsmanager:*:*:secret:*', `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:*`,
      'arn:aws:secretsmanager:us-*-1:*:secret:a-??????', `arn:aws:secretsmanager:*:${OTHER_ACCOUNT}:secret:a*6`,
      'arn:aws:secretsmanager:us-west-2:*:secret:*', 'arn:aws:secretsmanager:*:*:secret:${aws:PrincipalTag/team}-*'],
  },
  {
    action: 'sqs:SendMessage',
    resources: [ACCOUNT, OTHER_ACCOUNT].map((account) => `arn:aws:sqs:eu-west-1:${account}:orders`),
    patterns: ['arn:aws:sqs:*:*:orders', `arn:aws:sqs:eu-west-?:${OTHER_ACCOUNT}:*`, 'arn:aws:sqs:*:*:o*r?',
      'arn:aws:sqs:*:*:${aws:PrincipalTag/team}', `arn:aws:sqs:*:${ACCOUNT}:orders`],
  },
  {
    action: 'codeartifact:ReadFromRepository',
    resources: [ACCOUNT, OTHER_ACCOUNT].map((account) => `arn:aws:codeartifact:us-east-1:${account}:repository/domain/python`),
    patterns: ['arn:aws:codeartifact:*:*:repository/domain/*', `arn:aws:codeartifact:*:${ACCOUNT}:repository/*/python`,
      'arn:aws:codeartifact:us-*-1:*:repository/domain/${aws:PrincipalTag/team}', 'arn:aws:codeartifact:*:*:repository/d*/p?thon'],
  },
  {
    action: 'bedrock:InvokeModel',
    resources: ['arn:aws:bedrock:ap-northeast-1::foundation-model/m1:0', 'arn:aws:bedrock:us-east-1::foundation-model/m2'],
    patterns: ['arn:aws:bedrock:*::foundation-model/*', 'arn:aws:bedrock:ap-*::foundation-model/m1*',
      'arn:aws:bedrock:us-east-1:*:foundation-model/m?', 'arn:aws:bedrock:ap-northeast-1::foundation-model/m1:0'],
  },
  {
    action: 'sts:AssumeRole',
    trust: true,
    resources: [ACCOUNT, OTHER_ACCOUNT].map((account) => `arn:aws:iam::${account}:role/target`),
    patterns: ['arn:aws:iam::*:role/*', `arn:aws:iam::${OTHER_ACCOUNT}:role/target`, 'arn:aws:iam::*:role/t?rget',
      `arn:aws:iam::${ACCOUNT}:*`],
  },
  { action: 's3:ListAllMyBuckets', resources: ['*'], patterns: ['arn:aws:s3:::*', 'arn:aws:s3:::box'] },
];

// The values that a request may have for a key, and what a policy may compare them with, by kind of operator.
const KEYS = {
  'aws:SourceIp': ['10.0.0.1', '10.9.0.1', '192.168.1.1', '2001:db8::1'],
  'aws:CurrentTime': ['2026-11-24T00:00:00Z', '2020-01-01T00:00:00Z'],
  'aws:EpochTime': ['1795478400', '1577836800'],
  'aws:PrincipalTag/team': ['box', 'bin', '*', 'BOX', 'a', 'orders'],
  'aws:PrincipalTag/level': ['1', '10', '5', '-3', '2.5', 'ten'],
  'aws:PrincipalTag/blob': ['aGVsbG8=', 'd29ybGQ='],
  'aws:SecureTransport': ['true', 'false', 'TRUE', 'neither'],
  'aws:MultiFactorAuthAge': ['10', '3600', '10.5'],
  'aws:SourceArn': [`arn:aws:sns:eu-west-1:${ACCOUNT}:t/u`, 'arn:aws:s3:::box', 'no-arn'],
  'aws:SourceVpc': ['vpc-1', 'vpc-2'],
  'aws:PrincipalOrgID': ['o-1'],
  'aws:username': ['x', 'bob'],
};
const MANY_VALUED_KEYS = {
  'aws:TagKeys': [['a'], ['a', 'b'], ['c'], ['box', 'A'], []],
  'aws:CalledVia': [['bedrock.amazonaws.com'], ['a', 'b']],
};
const ALL_KEYS = [...Object.keys(KEYS), 'aws:PrincipalArn', ...Object.keys(MANY_VALUED_KEYS)];

const VALUES = {
  text: ['box', 'bin', 'vpc-1', 'o-1', 'a', 'BOX', 'true', '*', 'a*b', ROLE, '${aws:PrincipalTag/team}', '${aws:username}',
    "${aws:PrincipalTag/none, 'box'}", '${aws:PrincipalTag/none}', 'b${*}x', '${aws:TagKeys}'],
  pattern: ['b*', '*', 'vpc-?', '?1', 'a*', 'b*x', '?', '${aws:PrincipalTag/team}', '${*}', '${aws:PrincipalTag/none}*',
    "${aws:PrincipalTag/none, 'b'}?x", 'arn:aws:iam::*:role/*', '*.amazonaws.com', ''],
  number: ['10', '10.5', '5', '3600', '-3', 'ten', '1795478400'],
  date: ['2026-11-24T00:00:00Z', '2025-01-01T00:00:00Z', '2020-01-01', 'yesterday', '1795478400'],
  bool: ['true', 'false', 'TRUE', 'neither'],
  binary: ['aGVsbG8=', 'd29ybGQ=', 'eA=='],
  network: ['10.0.0.0/8', '10.0.0.1', '192.168.0.0/16', '2001:db8::/32', '0.0.0.0/0', '10.9.0.0/25', '2001:db8::1', 'nowhere'],
  arn: [ROLE, ROLE_IN_PATH, 'arn:aws:iam::*:role/*', `arn:aws:iam::${ACCOUNT}:*`, `arn:*:iam::${ACCOUNT}:user/b?b`,
    'arn:aws:sns:*:*:t/*', 'arn:aws:s3:::${aws:PrincipalTag/team}', 'arn:aws:s3:::${aws:PrincipalTag/none}', 'arn:aws:s3:::box',
    'no-arn'],
  presence: ['true', 'false'],
};
const comparisons = (name) => ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals']
  .map((order) => name + order);
// kind → [the operators, the keys whose values are of that kind]
const OPERATORS = {
  text: [['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase'], ALL_KEYS],
  pattern: [['StringLike', 'StringNotLike'], ALL_KEYS],
  number: [comparisons('Numeric'), ['aws:MultiFactorAuthAge', 'aws:PrincipalTag/level']],
  date: [comparisons('Date'), ['aws:CurrentTime', 'aws:EpochTime']],
  bool: [['Bool'], ['aws:SecureTransport']],
  binary: [['BinaryEquals'], ['aws:PrincipalTag/blob']],
  network: [['IpAddress', 'NotIpAddress'], ['aws:SourceIp']],
  arn: [['ArnEquals', 'ArnNotEquals', 'ArnLike', 'ArnNotLike'], ['aws:PrincipalArn', 'aws:SourceArn']],
  presence: [['Null'], ALL_KEYS],
};
const KINDS = ['text', 'text', 'pattern', 'pattern', 'number', 'number', 'date', 'date', 'bool', 'binary', 'network', 'arn', 'presence'];
export const ALL_OPERATORS = Object.values(OPERATORS).flatMap(([names]) => names);

const EVERYTHING = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

// What may be wrong with a policy. Each changes its first statement, or the policy.
const FAULTS = {
  'unknown element': (policy, statement) => { statement.Actions = 's3:*'; },
  'unknown element of the policy': (policy) => { policy.Comment = 'x'; },
  'unknown effect': (policy, statement) => { statement.Effect = 'allow'; },
  'no effect': (policy, statement) => { delete statement.Effect; },
  'unknown version': (policy) => { policy.Version = '2012-10-18'; },
  'no statement': (policy) => { delete policy.Statement; },
  'Action and NotAction': (policy, statement) => { statement.Action = '*'; statement.NotAction = 'ec2:*'; },
  'neither Action nor NotAction': (policy, statement) => { delete statement.Action; delete statement.NotAction; },
  'action without a service': (policy, statement) => { delete statement.NotAction; statement.Action = 'GetObject'; },
  'action that is a number': (policy, statement) => { delete statement.NotAction; statement.Action = 1; },
  'resource that is no ARN': (policy, statement) => { delete statement.NotResource; statement.Resource = 'box/key'; },
  'condition that is a list': (policy, statement) => { statement.Condition = []; },
  'unknown set operator': (policy, statement) => { statement.Condition = { 'ForSomeValues:StringEquals': { 'aws:username': 'x' } }; },
  'value that is an object': (policy, statement) => { statement.Condition = { StringEquals: { 'aws:username': { is: 'x' } } }; },
  'unknown operator': (policy, statement) => { statement.Condition = { StringLooksLike: { 'aws:username': 'x' } }; },
  'principal that is a pattern': (policy, statement) => { statement.Principal = { AWS: `arn:aws:iam::${ACCOUNT}:role/*` }; delete statement.NotPrincipal; },
  'NotPrincipal with Allow': (policy, statement) => { statement.Effect = 'Allow'; delete statement.Principal; statement.NotPrincipal = { AWS: ROLE }; },
};

class Maker {
  constructor(random) {
    this.random = random;
    this.features = new Set();
  }

  has(feature) { this.features.add(feature); }

  action({ action: asked }) {
    const [service, name] = asked.split(':');
    return this.random.pick(['*', `${service}:*`, `${service}:${name.slice(0, 3)}*`, asked.toUpperCase(), 'ec2:*',
      `${service}:${name.slice(0, -1)}?`, asked, asked, asked]);
  }

  condition(chance) {
    if (!this.random.chance(chance)) return undefined;
    const condition = {};
    for (let left = this.random.chance(0.7) ? 1 : 2; left > 0; --left) {
      const kind = this.random.pick(KINDS);
      const [names, keys] = OPERATORS[kind];
      const name = this.random.pick(names);
      const key = this.random.pick(keys);
      const operator = this.decorated(name, key);
      const written = this.random.chance(0.1) ? key.toUpperCase() : key;
      condition[operator] = { ...condition[operator], [written]: this.random.oneOrSome(VALUES[kind]) };
      this.has(`operator ${name}`);
      if (written !== key) this.has('key in another case');
      if (/\$\{[^*?$]/.test(JSON.stringify(condition[operator][written]))) this.has('variable in a condition');
    }
    this.has('Condition');
    return condition;
  }

  decorated(name, key) {
    if (name === 'Null') return name;
    let operator = name;
    if (this.random.chance(key in MANY_VALUED_KEYS ? 0.75 : 0.12)) {
      const set = this.random.pick(['ForAnyValue', 'ForAllValues']);
      this.has(`set operator ${set}`);
      operator = `${set}:${operator}`;
    }
    if (this.random.chance(0.2)) {
      this.has('IfExists');
      operator += 'IfExists';
    }
    return operator;
  }

  principal() {
    return this.random.pick(['*', { AWS: '*' }, { AWS: ACCOUNT }, { AWS: ROOT }, { AWS: ROLE }, { AWS: ROLE }, { AWS: ROLE_IN_PATH },
      { AWS: SESSION }, { AWS: OTHER_SESSION }, { AWS: USER }, { AWS: [OTHER_ACCOUNT, ROLE] }, { AWS: OTHER_ACCOUNT },
      { Service: SERVICE }, { Service: [SERVICE, 'lambda.amazonaws.com'], AWS: USER }, { AWS: FEDERATED_USER },
      { Federated: 'accounts.google.com' }]);
  }

  statement(target, { effect, principal, resource = true, notAction = true } = {}) {
    const statement = { Effect: effect ?? (this.random.chance(0.75) ? 'Allow' : 'Deny') };
    if (notAction && this.random.chance(0.1)) {
      statement.NotAction = this.random.chance(0.5) ? this.action(target) : [this.action(target), this.action(target)];
      this.has('NotAction');
    } else {
      statement.Action = this.random.chance(0.7) ? this.action(target) : [this.action(target), this.action(target)];
      this.has('Action');
    }
    if (resource) this.resource(statement, target);
    if (principal === 'everyone') {
      statement.Principal = '*';
    } else if (principal && statement.Effect === 'Deny' && !target.trust && this.random.chance(0.25)) {
      statement.NotPrincipal = { AWS: this.random.some([ROOT, ROLE, SESSION, USER, FEDERATED_USER], 4) };
      this.has('NotPrincipal');
    } else if (principal) {
      statement.Principal = this.principal();
      this.has('Principal');
    }
    const condition = this.condition(0.45);
    if (condition) statement.Condition = condition;
    return statement;
  }

  resource(statement, { patterns }) {
    if (this.random.chance(0.12)) {
      statement.NotResource = this.random.oneOrSome(patterns);
      this.has('NotResource');
    } else {
      statement.Resource = this.random.chance(0.5) ? '*' : this.random.oneOrSome(patterns);
      this.has('Resource');
    }
    if (/\$\{[^*?$]/.test(JSON.stringify(statement.Resource ?? statement.NotResource))) this.has('variable in a resource');
  }

  policy(type, target, options) {
    const count = this.random.chance(0.65) ? 1 : 2;
    const policy = { Statement: Array.from({ length: count }, () => this.statement(target, options)) };
    if (this.random.chance(0.92)) {
      policy.Version = '2012-10-17';
    } else {
      if (this.random.chance(0.5)) policy.Version = '2008-10-17';
      this.has('Version before 2012-10-17');
    }
    if (count === 1 && this.random.chance(0.3)) policy.Statement = policy.Statement[0];
    this.has(`policy ${type}`);
    return policy;
  }

  // Root, organisational unit, account: each with what is always attached and, at times, another.
  levels(type, always, make) {
    const targets = ['r-1', 'ou-1', ACCOUNT].slice(0, 1 + this.random.below(3));
    this.has(`${targets.length} levels of ${type}`);
    return targets.map((orgIdentifier) => {
      const policies = [];
      if (always && this.random.chance(0.85)) policies.push(always);
      if (this.random.chance(0.35)) policies.push(make());
      return { orgIdentifier, policies: named(policies) };
    });
  }

  context(principal) {
    const context = {};
    for (const [key, values] of Object.entries({ ...KEYS, ...MANY_VALUED_KEYS })) {
      if (this.random.chance(0.5)) context[key] = this.random.pick(values);
    }
    if (principal.self && this.random.chance(0.6)) {
      // A session's ARN does not tell the path of its role; the key does.
      context['aws:PrincipalArn'] = principal.kind === 'role session' && this.random.chance(0.3) ? ROLE_IN_PATH : principal.self;
    }
    return context;
  }

  simulation() {
    const random = this.random;
    const target = random.pick(TARGETS);
    const principal = random.pick(PRINCIPALS);
    const resource = random.pick(target.resources);
    // A bucket's ARN has no account; a model and a service's list have none at all.
    const owner = target.action === 's3:GetObject' ? random.pick([ACCOUNT, OTHER_ACCOUNT]) : ACCOUNT;
    const accountId = resource.split(':')[4] || owner;
    const own = principal.kind !== 'service' && principal.kind !== 'root';
    this.has(`principal ${principal.kind}`);
    this.has(`action ${target.action}`);
    this.has(accountId === ACCOUNT ? 'same account' : 'cross account');
    const simulation = {
      request: {
        action: target.action,
        principal: principal.arn,
        resource: { resource, accountId },
        contextVariables: this.context(principal),
      },
      identityPolicies: own ? named(Array.from({ length: random.below(3) }, () => this.policy('identity', target))) : [],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    };
    if (principal.kind !== 'service' && random.chance(0.3)) {
      simulation.serviceControlPolicies = this.levels('SCP', EVERYTHING, () => this.policy('SCP', target));
    }
    if (random.chance(0.2)) simulation.resourceControlPolicies = this.levels('RCP', null, () => this.rcp(target));
    if (random.chance(target.trust ? 0.9 : 0.55)) {
      simulation.resourcePolicy = this.policy('resource', target, { principal: 'any', resource: !target.trust });
      if (target.trust) this.has('policy trust');
    }
    if (own && random.chance(0.2)) simulation.permissionBoundaryPolicies = named([this.policy('boundary', target)]);
    // iam-simulate takes a session policy for a role, a session and a federated user.
    if (own && principal.kind !== 'user' && random.chance(0.25)) simulation.sessionPolicy = this.policy('session', target);
    if (random.chance(0.2)) {
      const principals = random.chance(0.25) ? 'any' : 'everyone';
      simulation.vpcEndpointPolicies = named([this.policy('endpoint', target, { principal: principals })]);
    }
    if (random.chance(0.03)) this.spoil(simulation);
    return simulation;
  }

  // RCPs deny, for everyone, what they name; a lone `*` as the action is RCPFullAWSAccess's alone.
  rcp(target) {
    const policy = this.policy('RCP', target, { effect: 'Deny', principal: 'everyone', notAction: false });
    policy.Version = '2012-10-17';
    for (const statement of [policy.Statement].flat()) {
      if ([statement.Action].flat().includes('*')) statement.Action = target.action;
      for (const element of ['Resource', 'NotResource']) {
        if (statement[element]) statement[element] = [statement[element]].flat().map((text) => (text === 'arn:aws:s3:*' ? 'arn:aws:s3:::*' : text));
      }
    }
    return policy;
  }

  spoil(simulation) {
    const policies = [...simulation.identityPolicies.map(({ policy }) => policy), simulation.resourcePolicy, simulation.sessionPolicy]
      .filter((policy) => policy !== undefined);
    if (policies.length === 0) return;
    const fault = this.random.pick(Object.keys(FAULTS));
    const policy = /rincipal/.test(fault) ? simulation.resourcePolicy : this.random.pick(policies);
    if (policy === undefined) return;
    FAULTS[fault](policy, [policy.Statement].flat()[0]);
    this.has(`fault: ${fault}`);
  }
}

const named = (policies) => policies.map((policy, index) => ({ name: `p${index}`, policy }));

// {name, simulation, features}
export function makeCase(seed, number) {
  const maker = new Maker(new Random(seed, number));
  const simulation = JSON.parse(JSON.stringify(maker.simulation()));
  return { name: `${seed}/${number}`, simulation, features: maker.features };
}

// What every run must have met; the test asks for a number of each.
export const ALL_FEATURES = [
  ...ALL_OPERATORS.map((name) => `operator ${name}`),
  ...Object.keys(FAULTS).map((fault) => `fault: ${fault}`),
  ...TARGETS.map(({ action }) => `action ${action}`),
  ...new Set(PRINCIPALS.map(({ kind }) => `principal ${kind}`)),
  ...['identity', 'boundary', 'session', 'resource', 'trust', 'endpoint', 'SCP', 'RCP'].map((type) => `policy ${type}`),
  ...['SCP', 'RCP'].flatMap((type) => [1, 2, 3].map((count) => `${count} levels of ${type}`)),
  'set operator ForAnyValue', 'set operator ForAllValues', 'IfExists', 'Condition', 'key in another case', 'Action', 'NotAction',
  'Resource', 'NotResource', 'Principal', 'NotPrincipal', 'variable in a condition', 'variable in a resource',
  'Version before 2012-10-17', 'same account', 'cross account',
];
