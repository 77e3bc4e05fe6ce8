// What iam-simulate 0.1.173 decides otherwise than AWS documents, as far as the cases of cases.mjs meet it; reviewed 2026-11-24.
// differences.json has, under the same id, the sentence of AWS's documentation that decides.
//
// An entry is no excuse for a whole kind of case: it says in other words, which iam-simulate understands, what AWS's rule means. Only
// when iam-simulate then answers as we do does the entry explain the difference. `rewrite(simulation, theirs)` may change
// what it is given; `theirs(simulation)` is iam-simulate's answer.
import { always, caller, eachCondition, eachStatement, everything, NEVER_SET, principalsOf } from './simulation.mjs';

const NOBODY = { AWS: '999999999999' };
const NEVER = { Bool: { [NEVER_SET]: 'true' } };
// Of those that cases.mjs asks for.
const SERVICES_WITH_RCPS = ['s3', 'sts', 'sqs', 'secretsmanager', 'codeartifact'];

const isNumber = (text) => /^-?\d+(\.\d+)?$/.test(text);
const isDate = (text) => isNumber(text) || !Number.isNaN(Date.parse(text));
const isAddress = (text) => /^[\da-f.:]+(\/\d+)?$/i.test(text) && /[.:]/.test(text);
const isArn = (text) => text.split(':').length >= 6;
const READABLE = { Numeric: isNumber, Date: isDate, NotIp: isAddress, Arn: isArn };

// The Allow statements of the resource policy that name the caller itself or everyone, not its account or role.
function directGrants(simulation) {
  const { names } = caller(simulation);
  const statements = [simulation.resourcePolicy?.Statement ?? []].flat();
  return statements.filter(({ Effect, Principal }) =>
    Effect === 'Allow' && principalsOf(Principal).some((text) => text === '*' || names.includes(text)));
}

// The same policies with `Allow everything` beside: what they deny, they still deny.
function denyingOnly(policy) {
  return { ...policy, Statement: [...[policy.Statement].flat().filter(({ Effect }) => Effect === 'Deny'), ...everything().Statement] };
}

export const DIFFERENCES = [
  {
    id: 'rcp-services',
    rewrite(simulation) {
      const service = simulation.request.action.split(':')[0];
      return SERVICES_WITH_RCPS.includes(service) ? undefined : { ...simulation, resourceControlPolicies: [] };
    },
  },
  {
    id: 'root-user',
    rewrite(simulation) {
      return caller(simulation).kind === 'root' ? { ...simulation, identityPolicies: [{ name: 'root', policy: everything() }] } : undefined;
    },
  },
  {
    id: 'endpoint-principal',
    rewrite(simulation) {
      const { names, accounts, isParent } = caller(simulation);
      const listed = ['*', ...names, ...accounts];
      eachStatement(simulation, (statement) => {
        if (statement.Principal === undefined) return;
        if (!principalsOf(statement.Principal).some((text) => listed.includes(text) || isParent(text))) statement.Condition = NEVER;
        statement.Principal = '*';
      }, 'vpcEndpointPolicies');
      return simulation;
    },
  },
  {
    id: 'not-principal',
    rewrite(simulation) {
      const { kind, names, accounts, isParent, isSession } = caller(simulation);
      const bounded = (simulation.permissionBoundaryPolicies ?? []).length > 0;
      const change = (statement) => {
        if (statement.NotPrincipal === undefined) return;
        const listed = principalsOf(statement.NotPrincipal);
        const has = (list) => list.some((text) => listed.includes(text));
        const spared = kind === 'service' ? has(names) :
          has(accounts) && (kind === 'root' || has(names)) && (!isSession || listed.some(isParent));
        delete statement.NotPrincipal;
        statement.Principal = '*';
        if (spared && !bounded) statement.Condition = NEVER;
      };
      eachStatement(simulation, change, 'resourcePolicy');
      eachStatement(simulation, change, 'vpcEndpointPolicies');
      return simulation;
    },
  },
  {
    id: 'path-of-a-role',
    rewrite(simulation) {
      const { kind, isParent } = caller(simulation);
      if (kind !== 'assumed-role') return undefined;
      eachStatement(simulation, (statement) => {
        for (const text of [statement.Principal?.AWS ?? []].flat()) {
          if (!text.includes(':role/') || isParent(text)) continue;
          statement.Principal.AWS = [statement.Principal.AWS].flat().map((one) => (one === text ? NOBODY.AWS : one));
        }
      }, 'resourcePolicy');
      return simulation;
    },
  },
  {
    id: 'networks',
    rewrite(simulation) {
      return eachCondition(simulation, ({ name, values }) => (name.endsWith('IpAddress') ? values.flatMap((text) => {
        if (text === '0.0.0.0/0') return ['0.0.0.0/1', '128.0.0.0/1'];
        if (!isAddress(text) || text.includes('/')) return [text];
        return [text + (text.includes(':') ? '/128' : '/32')];
      }) : {}));
    },
  },
  {
    id: 'unreadable-values',
    rewrite(simulation) {
      return eachCondition(simulation, ({ name, negated, values, asked }) => {
        const readable = Object.entries(READABLE).find(([prefix]) => name.startsWith(prefix))?.[1];
        if (!negated || readable === undefined || asked === undefined) return {};
        const left = values.filter(readable);
        return readable(asked) && left.length > 0 ? left : always;
      });
    },
  },
  {
    id: 'epoch-time',
    rewrite(simulation) {
      const said = (text) => (isNumber(text) ? new Date(Number(text) * 1000).toISOString() : text);
      eachCondition(simulation, ({ name, values }) => (name.startsWith('Date') ? values.map(said) : {}));
      const context = simulation.request.contextVariables;
      if (context['aws:EpochTime'] !== undefined) context['aws:EpochTime'] = said(context['aws:EpochTime']);
      return simulation;
    },
  },
  {
    id: 'variables-before-2012',
    rewrite(simulation) {
      eachCondition(simulation, ({ name, values, policy }) => {
        if (policy.Version === '2012-10-17') return {};
        // No request here has a value with `${` in it, so a whole text that has it equals none.
        if (/^String.*Equals/.test(name)) return values.map((text) => (text.includes('${') ? 'equal to no value' : text));
        return /Like$|^Arn/.test(name) ? values.map((text) => text.replaceAll('${', '${$}{')) : {};
      });
      eachStatement(simulation, (statement, policy) => {
        if (policy.Version === '2012-10-17') return;
        for (const element of ['Resource', 'NotResource']) {
          if (statement[element] === undefined) continue;
          statement[element] = [statement[element]].flat().map((text) => text.replaceAll('${', '${$}{'));
        }
      });
      return simulation;
    },
  },
  {
    id: 'variable-as-whole-resource',
    rewrite(simulation) {
      eachStatement(simulation, (statement, policy) => {
        for (const element of ['Resource', 'NotResource']) {
          if (statement[element] === undefined || policy.Version !== '2012-10-17') continue;
          statement[element] = [statement[element]].flat().map((text) => {
            const variable = /^(arn:(?:[^:]*:){4})\$\{([^}]*)\}$/.exec(text);
            if (variable === null) return text;
            const value = simulation.request.contextVariables[variable[2]];
            if (value === undefined && element === 'NotResource') statement.Condition = NEVER;
            return variable[1] + (value ?? 'never').replaceAll('*', '${*}');
          });
        }
      });
      return simulation;
    },
  },
  {
    id: 'escaped-wildcards',
    rewrite(simulation) {
      return eachCondition(simulation, ({ name, values }) =>
        (/^String(Not)?Equals/.test(name) ? values.map((text) => text.replaceAll('${*}', '*').replaceAll('${?}', '?')) : {}));
    },
  },
  {
    id: 'empty-set',
    rewrite(simulation) {
      return eachCondition(simulation, ({ name, ifExists, asked }) => {
        if (!Array.isArray(asked) || asked.length > 0) return {};
        if (name === 'Null') return { key: NEVER_SET };
        return ifExists ? always : {};
      });
    },
  },
  {
    id: 'any-value-if-exists',
    rewrite(simulation) {
      return eachCondition(simulation, ({ set, ifExists, asked }) =>
        (set === 'ForAnyValue' && ifExists && asked === undefined ? always : {}));
    },
  },
  {
    id: 'direct-grant',
    async rewrite(simulation, theirs) {
      const { account } = caller(simulation);
      if (simulation.sessionPolicy === undefined || account !== simulation.request.resource.accountId) return undefined;
      const grants = directGrants(simulation);
      if (grants.length === 0) return undefined;
      // Whether one of them applies is iam-simulate's to say.
      const alone = { request: simulation.request, identityPolicies: [], serviceControlPolicies: [], resourceControlPolicies: [],
        resourcePolicy: { ...simulation.resourcePolicy, Statement: grants } };
      if (await theirs(alone) !== 'Allowed') return undefined;
      return { ...simulation, sessionPolicy: denyingOnly(simulation.sessionPolicy) };
    },
  },
];

const someStatement = (simulation, found) => {
  let any = false;
  eachStatement(structuredClone(simulation), (statement) => { any = any || found(statement); });
  return any;
};

// What we refuse to read and iam-simulate does not.
export const REFUSALS = [
  {
    id: 'refused-not-principal-allow',
    applies: (simulation) => someStatement(simulation, ({ Effect, NotPrincipal }) => Effect === 'Allow' && NotPrincipal !== undefined),
  },
  {
    id: 'refused-operator',
    applies: (simulation) => someStatement(simulation, ({ Condition = {} }) => 'StringLooksLike' in Condition),
  },
  {
    id: 'refused-principal-pattern',
    applies: (simulation) => someStatement(simulation, ({ Principal }) => Principal?.AWS?.includes?.('*') && Principal.AWS !== '*'),
  },
  {
    id: 'refused-resource',
    applies: (simulation) => someStatement(simulation, ({ Resource }) => Resource === 'box/key'),
  },
];
