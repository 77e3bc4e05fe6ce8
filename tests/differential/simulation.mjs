// Walks over a simulation, for those who change one.

// Calls `change(statement, policy)` for every statement, or those of one list ("identityPolicies").
export function eachStatement(simulation, change, only) {
  const lists = {
    identityPolicies: simulation.identityPolicies,
    sessionPolicy: simulation.sessionPolicy && [{ policy: simulation.sessionPolicy }],
    permissionBoundaryPolicies: simulation.permissionBoundaryPolicies,
    resourcePolicy: simulation.resourcePolicy && [{ policy: simulation.resourcePolicy }],
    vpcEndpointPolicies: simulation.vpcEndpointPolicies,
    serviceControlPolicies: simulation.serviceControlPolicies.flatMap(({ policies }) => policies),
    resourceControlPolicies: simulation.resourceControlPolicies.flatMap(({ policies }) => policies),
  };
  for (const [name, list] of Object.entries(lists)) {
    if (list === undefined || (only !== undefined && name !== only)) continue;
    for (const { policy } of list) {
      policy.Statement = [policy.Statement].flat();
      for (const statement of policy.Statement) change(statement, policy);
    }
  }
}

export const always = Symbol('a condition that holds');

// Calls `change(condition)` with {set, name, negated, ifExists, key, values, asked, policy} for each operator and key; `asked`
// is what the request has. The answer is `always`, or new values, or {operator, key, values} for another condition.
export function eachCondition(simulation, change) {
  const context = Object.fromEntries(
    Object.entries(simulation.request.contextVariables).map(([key, value]) => [key.toLowerCase(), value]));
  eachStatement(simulation, (statement, policy) => {
    const condition = {};
    for (const [operator, keys] of Object.entries(statement.Condition ?? {})) {
      const [, set, name, ifExists] = /^(?:(For\w+):)?(\w+?)(IfExists)?$/.exec(operator);
      for (const [key, written] of Object.entries(keys)) {
        const values = [written].flat();
        const said = change({ set, name, negated: name.includes('Not'), ifExists: ifExists !== undefined, key, values,
          asked: context[key.toLowerCase()], operator, policy });
        if (said === always) continue;
        const other = Array.isArray(said) ? { operator, key, values: said } : { operator, key, values: written, ...said };
        condition[other.operator] = { ...condition[other.operator], [other.key]: other.values };
      }
    }
    if (statement.Condition !== undefined) statement.Condition = condition;
  });
  return simulation;
}

export const everything = () => ({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] });
export const NEVER_SET = 'aws:PrincipalTag/never-set';

// Who a request's principal is, and what may name it in a policy.
export function caller({ request: { principal, contextVariables } }) {
  if (!principal.startsWith('arn:')) return { kind: 'service', names: [principal], accounts: [], isParent: () => false };
  const [, partition, , , account, resource] = principal.split(':');
  const [kind, name] = resource.split('/');
  // What a session is a session of. aws:PrincipalArn tells a role's path, which the session's ARN does not.
  const role = contextVariables['aws:PrincipalArn'];
  const inAccount = `arn:${partition}:iam::${account}:`;
  const isParent = {
    'assumed-role': (text) => (role ? text === role : text.startsWith(`${inAccount}role/`) && text.endsWith(`/${name}`)),
    'federated-user': (text) => text === `${inAccount}user/${name}`,
  }[kind];
  return { kind, account, names: [principal], accounts: [account, `${inAccount}root`], isParent: isParent ?? (() => false),
    isSession: isParent !== undefined };
}

// The texts of a Principal or NotPrincipal element, `*` for everyone.
export const principalsOf = (element) => (typeof element === 'string' ? [element] : Object.values(element).flat());
