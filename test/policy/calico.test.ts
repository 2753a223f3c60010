/**
 * Policies of Calico: which rule decides, by the words of projectcalico/calico:api/pkg/apis/projectcalico/v3 and what Felix
 * makes of them (felix/rules/endpoints.go, felix/rules/policy.go, felix/calc/policy_sorter.go).
 */

import { describe, expect, test } from 'vitest';
import { traceQuestion } from '../../src/index.ts';
import { decide } from '../../src/policy/decide.ts';
import { flow, podYaml, policyYaml, world } from './world.ts';

const PODS = [
  '---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: red}}',
  '---\napiVersion: v1\nkind: Namespace\nmetadata: {name: ops, labels: {team: blue}}',
  podYaml('shop/web', 'app=web tier=front'),
  podYaml('shop/db', 'app=db', ', ports: [{name: sql, containerPort: 5432}]'),
  podYaml('ops/probe', 'app=probe').replace('spec: {', 'spec: {serviceAccountName: robot, '),
].join('\n');

function calico(kind: string, name: string, spec: string, group = 'projectcalico.org/v3'): string {
  const [namespace, own] = name.includes('/') ? name.split('/') : [undefined, name];
  const at = namespace === undefined ? '' : `, namespace: ${namespace}`;
  return `---\napiVersion: ${group}\nkind: ${kind}\nmetadata: {name: ${own}${at}}\nspec: {${spec}}`;
}
const np = (name: string, spec: string) => calico('NetworkPolicy', name, spec);
const gnp = (name: string, spec: string) => calico('GlobalNetworkPolicy', name, spec);
const tier = (name: string, spec: string) => calico('Tier', name, spec);

function load(...texts: readonly string[]) {
  return world([PODS, ...texts].join('\n'), ['cni.name=calico']);
}

/** `allow` or `deny` with its reason, of a connection. */
function verdict(texts: readonly string[], ends: readonly [string, string], port = 5432) {
  const snapshot = load(...texts);
  expect(snapshot.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const { action, egress, ingress } = decide(snapshot.policies, flow(snapshot, ends, [port]));
  const [side] = [egress, ingress].filter((each) => each.action === 'deny');
  return side === undefined ? action : `${action} ${side.direction} ${side.reason}`;
}

const WEB_DB = ['shop/web', 'shop/db'] as const;
const OPS_DB = ['ops/probe', 'shop/db'] as const;
const OUT_DB = ['203.0.113.5', 'shop/db'] as const;
const ALLOW = '{action: Allow}';
const NOBODY = 'deny ingress isolated-no-rule-matches';

describe('a policy', () => {
  test('isolates the pods that it selects; without one they are open', () => {
    expect(verdict([], WEB_DB)).toBe('allow');
    expect(verdict([np('shop/deny', 'selector: "app == \'db\'"')], WEB_DB)).toBe(NOBODY);
    expect(verdict([np('shop/deny', 'selector: "app == \'web\'"')], WEB_DB)).toBe('allow');
  });

  test('without types: ingress, unless there are egress rules alone', () => {
    const egress = np('shop/out', `selector: "app == 'web'", egress: [{action: Deny}]`);
    expect(verdict([egress], WEB_DB)).toBe('deny egress policy-deny');
    expect(verdict([np('shop/out', `selector: "app == 'db'", egress: [{action: Deny}]`)], WEB_DB)).toBe(
      'allow',
    );
  });

  test('without types, written as it is stored: both directions', () => {
    const stored = (spec: string) => calico('NetworkPolicy', 'shop/a', spec, 'crd.projectcalico.org/v1');
    expect(verdict([stored(`selector: "app == 'web'", ingress: [${ALLOW}]`)], WEB_DB)).toBe(
      'deny egress isolated-no-rule-matches',
    );
  });

  test('of its own namespace; a global one of those that namespaceSelector selects', () => {
    expect(verdict([np('ops/deny', 'selector: all()')], WEB_DB)).toBe('allow');
    expect(verdict([gnp('deny', 'selector: all(), types: [Ingress]')], WEB_DB)).toBe(NOBODY);
    const kept = `namespaceSelector: "projectcalico.org/name not in {'shop'}", types: [Ingress]`;
    expect(verdict([gnp('deny', kept)], WEB_DB)).toBe('allow');
    const red = `namespaceSelector: "team == 'red'", types: [Ingress]`;
    expect(verdict([gnp('deny', red)], WEB_DB)).toBe(NOBODY);
  });

  test('before DNAT or without tracking is about hosts', () => {
    const spec = 'selector: all(), preDNAT: true, applyOnForward: true, ingress: [{action: Deny}]';
    expect(verdict([gnp('hosts', spec)], WEB_DB)).toBe('allow');
  });
});

describe('rules', () => {
  const rules = (...all: readonly string[]) => [
    np('shop/db', `selector: "app == 'db'", ingress: [${all.join(', ')}]`),
  ];

  test('the first that matches decides; Log decides nothing', () => {
    expect(verdict(rules('{action: Deny}', ALLOW), WEB_DB)).toBe('deny ingress policy-deny');
    expect(verdict(rules('{action: Log}', ALLOW, '{action: Deny}'), WEB_DB)).toBe('allow');
  });

  test('a selector looks in the namespace of the policy, with namespaceSelector in others', () => {
    expect(verdict(rules(`{action: Allow, source: {selector: "app == 'probe'"}}`), OPS_DB)).toBe(NOBODY);
    const named = `{action: Allow, source: {selector: "app == 'probe'", namespaceSelector: "team == 'blue'"}}`;
    expect(verdict(rules(named), OPS_DB)).toBe('allow');
    expect(verdict(rules('{action: Allow, source: {namespaceSelector: all()}}'), OPS_DB)).toBe('allow');
    expect(verdict(rules('{action: Allow, source: {namespaceSelector: all()}}'), OUT_DB)).toBe(NOBODY);
  });

  test('labels that Calico gives to pods', () => {
    const own = (expression: string) => [
      gnp('db', `types: [Ingress], ingress: [{action: Allow, source: {selector: "${expression}"}}]`),
    ];
    expect(verdict(own("projectcalico.org/namespace == 'ops'"), OPS_DB)).toBe('allow');
    expect(verdict(own("projectcalico.org/namespace == 'ops'"), WEB_DB)).toBe(NOBODY);
    expect(verdict(own("pcns.team == 'blue' || pcns.team == 'red' && tier == 'front'"), WEB_DB)).toBe(
      'allow',
    );
    expect(verdict(own("projectcalico.org/serviceaccount == 'robot'"), OPS_DB)).toBe('allow');
    expect(verdict(own("projectcalico.org/serviceaccount == 'robot'"), WEB_DB)).toBe(NOBODY);
    expect(verdict(own("projectcalico.org/orchestrator == 'k8s'"), WEB_DB)).toBe('allow');
  });

  test('service accounts by name', () => {
    const named = (name: string) =>
      rules(`{action: Allow, source: {serviceAccounts: {names: [${name}]}, namespaceSelector: all()}}`);
    expect(verdict(named('robot'), OPS_DB)).toBe('allow');
    expect(verdict(named('default'), OPS_DB)).toBe(NOBODY);
    expect(verdict(named('default'), WEB_DB)).toBe('allow');
  });

  test('notSelector takes pods of the namespace away', () => {
    const but = (expression: string) =>
      rules(`{action: Allow, source: {selector: all(), notSelector: "${expression}"}}`);
    expect(verdict(but("app == 'web'"), WEB_DB)).toBe(NOBODY);
    expect(verdict(but("app == 'other'"), WEB_DB)).toBe('allow');
  });

  test('nets and notNets; a rule is about the families of its nets alone', () => {
    const from = (source: string) => rules(`{action: Allow, source: {${source}}}`);
    expect(verdict(from('nets: [203.0.113.0/24]'), OUT_DB)).toBe('allow');
    expect(verdict(from('nets: [203.0.113.5]'), OUT_DB)).toBe('allow');
    expect(verdict(from('nets: [203.0.113.0/24], notNets: [203.0.113.0/28]'), OUT_DB)).toBe(NOBODY);
    expect(verdict(from('notNets: [192.0.2.0/24]'), OUT_DB)).toBe('allow');
    expect(verdict(from('notNets: ["2001:db8::/32"]'), OUT_DB)).toBe(NOBODY);
    expect(verdict(from('notNets: [0.0.0.0/0]'), OUT_DB)).toBe(NOBODY);
  });

  test('ports: numbers, ranges, names, and those that must not be', () => {
    const at = (more: string) => rules(`{action: Allow, ${more}}`);
    expect(verdict(at('protocol: TCP, destination: {ports: [5432]}'), WEB_DB)).toBe('allow');
    expect(verdict(at('protocol: TCP, destination: {ports: ["5000:6000"]}'), WEB_DB)).toBe('allow');
    expect(verdict(at('protocol: TCP, destination: {ports: [sql]}'), WEB_DB)).toBe('allow');
    expect(verdict(at('protocol: UDP, destination: {ports: [5432]}'), WEB_DB)).toBe(NOBODY);
    expect(verdict(at('protocol: 6, destination: {ports: [5432]}'), WEB_DB)).toBe('allow');
    expect(verdict(at('protocol: TCP, destination: {notPorts: [5432]}'), WEB_DB)).toBe(NOBODY);
    expect(verdict(at('protocol: TCP, destination: {notPorts: [80, "1:79"]}'), WEB_DB)).toBe('allow');
    expect(verdict(at('notProtocol: UDP'), WEB_DB)).toBe('allow');
    expect(verdict(at('protocol: ICMP'), WEB_DB)).toBe(NOBODY);
  });

  test('network sets are what their labels say', () => {
    const sets = [
      calico('NetworkSet', 'shop/partners', 'nets: [203.0.113.0/24]').replace(
        'partners,',
        'partners, labels: {who: partner},',
      ),
      calico('GlobalNetworkSet', 'bad', 'nets: [198.51.100.0/24]').replace(
        'bad}',
        'bad, labels: {who: bad}}',
      ),
    ];
    const from = (source: string) => [...sets, ...rules(`{action: Allow, source: {${source}}}`)];
    expect(verdict(from(`selector: "who == 'partner'"`), OUT_DB)).toBe('allow');
    expect(verdict(from(`selector: "who == 'bad'"`), ['198.51.100.1', 'shop/db'])).toBe(NOBODY);
    expect(
      verdict(from(`selector: "who == 'bad'", namespaceSelector: global()`), ['198.51.100.1', 'shop/db']),
    ).toBe('allow');
    expect(
      verdict(
        [...sets, gnp('in', `types: [Ingress], ingress: [{action: Allow, source: {selector: "has(who)"}}]`)],
        OUT_DB,
      ),
    ).toBe('allow');
  });
});

describe('order', () => {
  const all = 'selector: all(), types: [Ingress]';

  test('by order, then by name; without one last', () => {
    const deny = (name: string, more = '') => gnp(name, `${more}${all}, ingress: [{action: Deny}]`);
    const allow = (name: string, more = '') => gnp(name, `${more}${all}, ingress: [{action: Allow}]`);
    expect(verdict([deny('a', 'order: 20, '), allow('b', 'order: 10, ')], WEB_DB)).toBe('allow');
    expect(verdict([deny('a', 'order: 20, '), allow('b')], WEB_DB)).toBe('deny ingress policy-deny');
    expect(verdict([deny('b'), allow('a')], WEB_DB)).toBe('allow');
  });

  test('NetworkPolicies of Kubernetes stand at 1000, and what they leave goes on', () => {
    const kubernetes = policyYaml(
      'shop/np',
      'podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]',
    );
    const deny = (order: number) => gnp('deny', `order: ${order}, ${all}, ingress: [{action: Deny}]`);
    const allow = gnp('allow', `order: 2000, ${all}, ingress: [{action: Allow}]`);
    expect(verdict([kubernetes, deny(500)], WEB_DB)).toBe('deny ingress policy-deny');
    expect(verdict([kubernetes, deny(1500)], WEB_DB)).toBe('allow');
    expect(verdict([kubernetes], OPS_DB)).toBe(NOBODY);
    expect(verdict([kubernetes, allow], OPS_DB)).toBe('allow');
  });

  test('tiers by order; Pass goes to the next, what nothing matches is denied at its end', () => {
    const security = tier('security', 'order: 100');
    const inTier = (rules: string) => gnp('security.a', `tier: security, ${all}, ingress: [${rules}]`);
    const open = gnp('open', `${all}, ingress: [{action: Allow}]`);
    expect(verdict([security, inTier('{action: Pass}'), open], WEB_DB)).toBe('allow');
    expect(verdict([security, inTier('{action: Pass}')], WEB_DB)).toBe('allow');
    expect(verdict([security, inTier(''), open], WEB_DB)).toBe(NOBODY);
    expect(verdict([tier('security', 'order: 100, defaultAction: Pass'), inTier(''), open], WEB_DB)).toBe(
      'allow',
    );
    expect(verdict([security, inTier('{action: Deny}'), open], WEB_DB)).toBe('deny ingress policy-deny');
  });

  test('a tier that is about other pods is passed over', () => {
    const security = tier('security', 'order: 100');
    const other = gnp('security.a', `tier: security, selector: "app == 'other'", ingress: [{action: Deny}]`);
    expect(verdict([security, other], WEB_DB)).toBe('allow');
  });
});

describe('what is not modelled', () => {
  const ask = (...texts: readonly string[]) =>
    traceQuestion(load(...texts), { from: 'shop/web', to: 'shop/db:5432', dns: false });
  const rule = (text: string) => np('shop/db', `selector: "app == 'db'", ingress: [${text}]`);

  test.each([
    ['HTTP', '{action: Allow, http: {methods: [GET]}}', '`http`'],
    ['Services', '{action: Allow, source: {services: {name: web}}}', '`services`'],
    ['source ports', '{action: Allow, protocol: TCP, source: {ports: [1000]}}', '`ports`'],
    [
      'a condition on the pod itself',
      '{action: Allow, destination: {selector: "app == \'db\'"}}',
      '`selector`',
    ],
    [
      'labels of service accounts',
      '{action: Allow, source: {serviceAccounts: {selector: "a == \'b\'"}}}',
      '`selector`',
    ],
  ])('%s: the answer says so, and depends on it', (_, text, what) => {
    const answer = ask(rule(text));
    expect(answer.paths[0]?.disposition).toBe('denied-ingress');
    const note = answer.diagnostics.find(({ code }) => code === 'unmodelled');
    expect(note?.text).toContain(`may allow this connection: ${what} is not modelled`);
    expect(answer.assumptions.find(({ code }) => code === 'A_UNMODELLED')?.decisive).toBe(true);
    expect(
      traceQuestion(load(rule(text)), { from: 'shop/web', to: 'shop/db:5432', dns: false, strict: true })
        .result,
    ).toBe('undetermined');
  });

  test('a rule that comes before decides without it', () => {
    const answer = ask(rule('{action: Allow}, {action: Deny, http: {methods: [GET]}}'));
    expect(answer.result).toBe('reachable');
    expect(answer.diagnostics.filter(({ code }) => code === 'unmodelled')).toEqual([]);
  });
});

describe('bad input', () => {
  test.each([
    ['selector: "app =="', 'spec.selector'],
    ['selector: all(), ingress: [{action: Permit}]', 'spec.ingress[0].action'],
    [
      'selector: all(), ingress: [{action: Allow, protocol: TCP, destination: {ports: [70000]}}]',
      'spec.ingress[0].destination.ports[0]',
    ],
    ['selector: all(), ingress: [{action: Allow, destination: {ports: [80]}}]', 'spec.ingress[0].protocol'],
    [
      'selector: all(), ingress: [{action: Allow, source: {nets: [10.0.0.0/33]}}]',
      'spec.ingress[0].source.nets[0]',
    ],
    ['selector: all(), order: first', 'spec.order'],
    [
      'selector: all(), ingress: [{action: Allow, source: {nets: 10.0.0.0/8}}]',
      'spec.ingress[0].source.nets',
    ],
    [
      'selector: all(), ingress: [{action: Allow, source: {nets: [{a: b}]}}]',
      'spec.ingress[0].source.nets[0]',
    ],
    [
      'selector: all(), ingress: [{action: Allow, protocol: TCP, destination: {ports: 80}}]',
      'spec.ingress[0].destination.ports',
    ],
    [
      'selector: all(), ingress: [{action: Allow, protocol: TCP, destination: {ports: [{a: b}]}}]',
      'spec.ingress[0].destination.ports[0]',
    ],
    ['selector: all(), ingress: [{action: Allow, protocol: {a: b}}]', 'spec.ingress[0].protocol'],
    ['selector: all(), ingress: [{action: Allow, ipVersion: "4"}]', 'spec.ingress[0].ipVersion'],
    [
      'selector: all(), ingress: [{action: Allow, source: {serviceAccounts: {names: robot}}}]',
      'spec.ingress[0].source.serviceAccounts.names',
    ],
  ])('%s: reported at %s; the policy is left out', (spec, path) => {
    const snapshot = load(np('shop/bad', spec));
    expect(decide(snapshot.policies, flow(snapshot, WEB_DB, [5432])).action).toBe('allow');
    expect(snapshot.diagnostics.map(({ text }) => text.split(': ')[0])).toEqual([path]);
  });
});

describe('under another CNI', () => {
  const deny = np('shop/deny', 'selector: all()');
  const ask = (set: readonly string[]) =>
    traceQuestion(world([PODS, deny].join('\n'), set), { from: 'shop/web', to: 'shop/db:5432', dns: false });

  test('that is named, it changes nothing, and the answer says so', () => {
    const answer = ask(['cni.name=cilium']);
    expect(answer.result).toBe('reachable');
    expect(answer.diagnostics.map(({ code, text }) => [code, text])).toEqual([
      ['policy-not-enforced', expect.stringContaining('caliconetworkpolicy/shop/deny')],
    ]);
  });

  test('that nobody names, it may decide', () => {
    const answer = ask([]);
    expect(answer.diagnostics.map(({ code }) => code)).toEqual(['unmodelled']);
    expect(answer.assumptions.some(({ code, decisive }) => code === 'A_UNMODELLED' && decisive)).toBe(true);
  });
});
