/**
 * Policies of Cilium: which rule decides, by the words of cilium/cilium:Documentation/security/policy and pkg/policy/api, and
 * what the agent makes of selectors (pkg/k8s/apis/cilium.io/utils/utils.go).
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
  '---\napiVersion: v1\nkind: Service\nmetadata: {name: db, namespace: shop, labels: {env: staging}}',
  'spec: {selector: {app: db}, ports: [{port: 80, targetPort: 5432}]}',
].join('\n');

const DB = 'endpointSelector: {matchLabels: {app: db}}';
const WEB = 'endpointSelector: {matchLabels: {app: web}}';

function cnp(spec: string, name = 'shop/p'): string {
  const [namespace, own] = name.split('/');
  return `---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: ${own}, namespace: ${namespace}}\nspec: {${spec}}`;
}
function ccnp(spec: string): string {
  return `---\napiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: {name: all}\nspec: {${spec}}`;
}
const load = (...texts: readonly string[]) => world([PODS, ...texts].join('\n'), ['cni.name=cilium']);

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
const WEB_OUT = ['shop/web', '203.0.113.5'] as const;
const NOBODY = 'deny ingress isolated-no-rule-matches';

describe('isolation', () => {
  test('a rule that selects a pod isolates it in the directions that it has', () => {
    expect(verdict([], WEB_DB)).toBe('allow');
    expect(verdict([cnp(`${DB}, ingress: [{}]`)], WEB_DB)).toBe(NOBODY);
    expect(verdict([cnp(`${DB}, ingress: []`)], WEB_DB)).toBe('allow');
    expect(verdict([cnp(`${DB}, egress: [{}]`)], WEB_DB)).toBe('allow');
    expect(verdict([cnp(`${WEB}, egress: [{}]`)], WEB_DB)).toBe('deny egress isolated-no-rule-matches');
  });

  test('not where enableDefaultDeny says so; its rules count where others isolate', () => {
    const soft = `${DB}, enableDefaultDeny: {ingress: false}, ingress: [{fromEntities: [world]}]`;
    expect(verdict([cnp(soft)], WEB_DB)).toBe('allow');
    expect(verdict([cnp(soft), cnp(`${DB}, ingress: [{}]`, 'shop/q')], WEB_DB)).toBe(NOBODY);
    expect(verdict([cnp(soft), cnp(`${DB}, ingress: [{}]`, 'shop/q')], OUT_DB)).toBe('allow');
  });

  test('a policy of a namespace is about its pods, one of the cluster about all', () => {
    expect(verdict([cnp('endpointSelector: {}, ingress: [{}]', 'ops/p')], WEB_DB)).toBe('allow');
    expect(verdict([ccnp('endpointSelector: {}, ingress: [{}]')], WEB_DB)).toBe(NOBODY);
    const red = 'endpointSelector: {matchLabels: {io.cilium.k8s.namespace.labels.team: red}}';
    expect(verdict([ccnp(`${red}, ingress: [{}]`)], WEB_DB)).toBe(NOBODY);
    expect(verdict([ccnp(`${red.replace('red', 'blue')}, ingress: [{}]`)], WEB_DB)).toBe('allow');
  });

  test('what NetworkPolicies allow and what these allow adds up', () => {
    const kubernetes = policyYaml(
      'shop/np',
      'podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]',
    );
    expect(verdict([kubernetes, cnp(`${DB}, ingress: [{fromEntities: [world]}]`)], WEB_DB)).toBe('allow');
    expect(verdict([kubernetes, cnp(`${DB}, ingress: [{fromEntities: [world]}]`)], OUT_DB)).toBe('allow');
    expect(verdict([kubernetes], OUT_DB)).toBe(NOBODY);
  });
});

describe('peers', () => {
  const from = (rule: string) => [cnp(`${DB}, ingress: [{${rule}}]`)];

  test('endpoints of the own namespace, unless the selector names one', () => {
    expect(verdict(from('fromEndpoints: [{}]'), WEB_DB)).toBe('allow');
    expect(verdict(from('fromEndpoints: [{}]'), OPS_DB)).toBe(NOBODY);
    expect(verdict(from('fromEndpoints: [{matchLabels: {"k8s:app": web}}]'), WEB_DB)).toBe('allow');
    expect(
      verdict(from('fromEndpoints: [{matchLabels: {"k8s:io.kubernetes.pod.namespace": ops}}]'), OPS_DB),
    ).toBe('allow');
    expect(
      verdict(from('fromEndpoints: [{matchLabels: {io.cilium.k8s.namespace.labels.team: blue}}]'), OPS_DB),
    ).toBe('allow');
    const any =
      'fromEndpoints: [{matchExpressions: [{key: "k8s:io.kubernetes.pod.namespace", operator: Exists}]}]';
    expect(verdict(from(any), OPS_DB)).toBe('allow');
    expect(verdict(from(any), OUT_DB)).toBe(NOBODY);
    expect(verdict(from('fromEndpoints: []'), WEB_DB)).toBe(NOBODY);
    const account = (name: string) =>
      from(
        `fromEndpoints: [{matchLabels: {"k8s:io.kubernetes.pod.namespace": ops, io.cilium.k8s.policy.serviceaccount: ${name}}}]`,
      );
    expect(verdict(account('robot'), OPS_DB)).toBe('allow');
    expect(verdict(account('other'), OPS_DB)).toBe(NOBODY);
  });

  test('of a policy of the cluster: everywhere', () => {
    const all = (rule: string) => [ccnp(`endpointSelector: {}, ingress: [{${rule}}]`)];
    expect(verdict(all('fromEndpoints: [{}]'), OPS_DB)).toBe('allow');
    expect(verdict(all('fromEndpoints: [{}]'), OUT_DB)).toBe(NOBODY);
    expect(verdict(all('fromEndpoints: [{matchLabels: {app: probe}}]'), OPS_DB)).toBe('allow');
  });

  test('entities', () => {
    for (const entity of ['all', 'cluster'])
      expect(verdict(from(`fromEntities: [${entity}]`), OPS_DB)).toBe('allow');
    for (const entity of ['all', 'world'])
      expect(verdict(from(`fromEntities: [${entity}]`), OUT_DB)).toBe('allow');
    expect(verdict(from('fromEntities: [cluster]'), OUT_DB)).toBe(NOBODY);
    expect(verdict(from('fromEntities: [world]'), OPS_DB)).toBe(NOBODY);
    expect(verdict(from('fromEndpoints: [{matchLabels: {"reserved:world": ""}}]'), OUT_DB)).toBe('allow');
    expect(verdict(from('fromEntities: [health]'), WEB_DB)).toBe(NOBODY);
  });

  test('CIDRs mean hosts outside, never pods', () => {
    expect(verdict(from('fromCIDR: [203.0.113.0/24]'), OUT_DB)).toBe('allow');
    expect(verdict(from('fromCIDR: [203.0.113.5]'), OUT_DB)).toBe('allow');
    expect(verdict(from('fromCIDR: [0.0.0.0/0]'), WEB_DB)).toBe(NOBODY);
    expect(verdict(from('fromCIDRSet: [{cidr: 203.0.113.0/24, except: [203.0.113.0/28]}]'), OUT_DB)).toBe(
      NOBODY,
    );
  });

  test('Services by name and by label are the pods that they select', () => {
    const to = (rule: string) => [cnp(`${WEB}, egress: [{toServices: [${rule}]}]`)];
    expect(verdict(to('{k8sService: {serviceName: db, namespace: shop}}'), WEB_DB)).toBe('allow');
    expect(verdict(to('{k8sService: {serviceName: other, namespace: shop}}'), WEB_DB)).toBe(
      'deny egress isolated-no-rule-matches',
    );
    expect(
      verdict(to('{k8sServiceSelector: {selector: {matchLabels: {env: staging}}, namespace: shop}}'), WEB_DB),
    ).toBe('allow');
  });
});

describe('ports', () => {
  const at = (ports: string) => [cnp(`${DB}, ingress: [{toPorts: [{ports: [${ports}]}]}]`)];
  test.each([
    ['{port: "5432", protocol: TCP}', 'allow'],
    ['{port: "5432"}', 'allow'],
    ['{port: "5432", protocol: ANY}', 'allow'],
    ['{port: "5432", protocol: UDP}', NOBODY],
    ['{port: "5000", endPort: 6000, protocol: TCP}', 'allow'],
    ['{port: "0", protocol: TCP}', 'allow'],
    ['{port: sql, protocol: TCP}', 'allow'],
    ['{port: "80"}, {port: "5432"}', 'allow'],
  ])('%s', (ports, expected) => {
    expect(verdict(at(ports), WEB_DB)).toBe(expected);
    expect(verdict(at(ports), OUT_DB)).toBe(expected);
  });

  test('rules of ICMP allow nothing else', () => {
    expect(verdict([cnp(`${DB}, ingress: [{icmps: [{fields: [{type: 8}]}]}]`)], WEB_DB)).toBe(NOBODY);
  });
});

describe('denials', () => {
  test('come before whatever allows, of any policy, and isolate', () => {
    const allow = cnp(`${DB}, ingress: [{fromEntities: [all]}]`);
    const deny = cnp(`${DB}, ingressDeny: [{fromEndpoints: [{matchLabels: {app: web}}]}]`, 'shop/deny');
    expect(verdict([allow, deny], WEB_DB)).toBe('deny ingress policy-deny');
    expect(verdict([allow, deny], OPS_DB)).toBe('allow');
    expect(verdict([deny], OPS_DB)).toBe(NOBODY);
    expect(verdict([policyYaml('shop/np', 'podSelector: {}, ingress: [{}]'), deny], WEB_DB)).toBe(
      'deny ingress policy-deny',
    );
  });

  test('of ports alone', () => {
    const allow = cnp(`${DB}, ingress: [{fromEntities: [all]}]`);
    const deny = cnp(
      `${DB}, ingressDeny: [{toPorts: [{ports: [{port: "80", protocol: TCP}]}]}]`,
      'shop/deny',
    );
    expect(verdict([allow, deny], WEB_DB)).toBe('allow');
    expect(verdict([allow, deny], WEB_DB, 80)).toBe('deny ingress policy-deny');
  });
});

describe('what is not modelled', () => {
  const ask = (text: string, to = 'shop/db:5432', strict = false) =>
    traceQuestion(load(text), { from: 'shop/web', to, dns: false, strict });

  test('requests: the connection is allowed, and that is as far as it goes', () => {
    const http = `${DB}, ingress: [{fromEntities: [all], toPorts: [{ports: [{port: "5432", protocol: TCP}], rules: {http: [{method: GET}]}}]}]`;
    const answer = ask(cnp(http));
    expect(answer.result).toBe('reachable');
    expect(answer.diagnostics.map(({ text }) => text)).toEqual([
      'CiliumNetworkPolicy shop/p ingress[0] allows this connection only as far as `rules.http` goes, which is not modelled',
    ]);
    expect(ask(cnp(http), 'shop/db:5432', true).result).toBe('undetermined');
  });

  test.each([
    ['toFQDNs', `${WEB}, egress: [{toFQDNs: [{matchName: example.com}]}]`, '203.0.113.5:443'],
    ['kube-apiserver', `${WEB}, egress: [{toEntities: [kube-apiserver]}]`, '203.0.113.5:443'],
    ['toGroups', `${WEB}, egress: [{toGroups: [{aws: {}}]}]`, '203.0.113.5:443'],
    ['fromRequires', `${DB}, ingress: [{fromRequires: [{}]}]`, 'shop/db:5432'],
  ])('%s: the answer depends on it', (_, spec, to) => {
    const answer = ask(cnp(spec), to);
    expect(answer.paths[0]?.disposition).toMatch(/^denied/);
    expect(answer.assumptions.some(({ code, decisive }) => code === 'A_UNMODELLED' && decisive)).toBe(true);
  });

  test('what can only mean hosts outside says nothing of pods', () => {
    const answer = ask(cnp(`${WEB}, egress: [{toFQDNs: [{matchName: example.com}]}]`));
    expect(answer.assumptions.filter(({ code }) => code === 'A_UNMODELLED')).toEqual([]);
  });

  test('egress to hosts of the cluster', () => {
    expect(verdict([cnp(`${WEB}, egress: [{toEntities: [cluster]}]`)], WEB_OUT)).toBe(
      'deny egress isolated-no-rule-matches',
    );
  });
});

describe('bad input', () => {
  test.each([
    ['ingress: [{}]', 'spec'],
    [`${DB}, ingress: [{fromEntities: [moon]}]`, 'spec.ingress[0].fromEntities[0]'],
    [`${DB}, ingress: [{fromCIDR: [10.0.0.0/40]}]`, 'spec.ingress[0].fromCIDR[0]'],
    [`${DB}, ingress: [{toPorts: [{ports: [{port: "70000"}]}]}]`, 'spec.ingress[0].toPorts[0].ports[0].port'],
    [
      `${DB}, ingress: [{toPorts: [{ports: [{port: "80", protocol: QUIC}]}]}]`,
      'spec.ingress[0].toPorts[0].ports[0].protocol',
    ],
    [
      `${DB}, ingress: [{fromEndpoints: [{matchExpressions: [{key: app, operator: Is}]}]}]`,
      'spec.ingress[0].fromEndpoints[0].matchExpressions[0].operator',
    ],
    [`${DB}, ingress: [{fromEntities: all}]`, 'spec.ingress[0].fromEntities'],
    [`${DB}, ingress: [{fromCIDR: 10.0.0.0/8}]`, 'spec.ingress[0].fromCIDR'],
    [`${DB}, ingress: [{fromCIDR: [{a: b}]}]`, 'spec.ingress[0].fromCIDR[0]'],
    [
      `${DB}, ingress: [{fromCIDRSet: [{cidr: 10.0.0.0/8, except: 10.1.0.0/16}]}]`,
      'spec.ingress[0].fromCIDRSet[0].except',
    ],
    [`${DB}, ingress: [{toPorts: [{ports: [{port: {a: b}}]}]}]`, 'spec.ingress[0].toPorts[0].ports[0].port'],
    [`${DB}, ingress: [{toPorts: [{ports: [{port: 80}]}]}]`, 'spec.ingress[0].toPorts[0].ports[0].port'],
    [`${DB}, ingress: [{toPorts: [{ports: [{protocol: TCP}]}]}]`, 'spec.ingress[0].toPorts[0].ports[0].port'],
    [
      `${DB}, ingress: [{toPorts: [{ports: [{port: "80", protocol: [TCP]}]}]}]`,
      'spec.ingress[0].toPorts[0].ports[0].protocol',
    ],
    [
      `${DB}, ingress: [{toPorts: [{ports: [{port: "80", endPort: "90"}]}]}]`,
      'spec.ingress[0].toPorts[0].ports[0].endPort',
    ],
  ])('%s: reported at %s; the policy is left out', (spec, path) => {
    const snapshot = load(cnp(spec));
    expect(decide(snapshot.policies, flow(snapshot, WEB_DB, [5432])).action).toBe('allow');
    expect(snapshot.diagnostics.map(({ text }) => text.split(': ')[0])).toEqual([path]);
  });
});
