/** Rules about policies, where one example does not show what they must tell apart. */

import { expect, test } from 'vitest';
import { manifests, object, service, workload } from '../../src/checks/example-manifests.ts';
import { clusterPolicy, policyOf } from '../../src/checks/example-policies.ts';
import { check } from './check-text.ts';
import { found } from './found.ts';

const WEB = workload('web', { ports: '[{containerPort: 8080}]' });

test('an open block is no pod where the CNI goes by identities', () => {
  const text = manifests(WEB, policyOf('web', 'ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]'));
  const place = 'NetworkPolicy default/web spec.ingress[0].from[0].ipBlock.cidr';
  expect(found('netpol-pod-ip-block', text, ['cni.name=cilium'])).toEqual([place]);
  expect(found('netpol-pod-ip-block', text, ['cni.name=calico'])).toEqual([]);
});

test('a peer that is in the network of its node only is the node', () => {
  const agent = (pod: string) => workload('agent', { pod: [pod] });
  const policy = policyOf('web', 'ingress: [{from: [{podSelector: {matchLabels: {app: agent}}}]}]');
  expect(found('pod-host-network-policy', manifests(WEB, policy, agent('hostNetwork: true')))).toEqual([
    'NetworkPolicy default/web spec.ingress[0].from[0]',
  ]);
  expect(found('pod-host-network-policy', manifests(WEB, policy, agent('hostNetwork: false')))).toEqual([]);
});

const SHOP = service('web', 'selector: {app: web}', 'ports: [{port: 80, targetPort: 8080}]');
const GATEWAY = (name: string) =>
  object('gateway.networking.k8s.io/v1', 'Gateway', name, [
    'spec:',
    '  gatewayClassName: example',
    '  listeners: [{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}]',
  ]);
const ROUTE = object('gateway.networking.k8s.io/v1', 'HTTPRoute', 'web', [
  'spec: {parentRefs: [{name: edge, namespace: infra}], rules: [{backendRefs: [{name: web, port: 80}]}]}',
]);
const OWN_PODS = policyOf('web', 'ingress: [{from: [{podSelector: {}}]}]');

test('the data plane of a Gateway of another namespace is shut out by a rule for the own pods', () => {
  const text = manifests(WEB, SHOP, GATEWAY('infra/edge'), ROUTE, OWN_PODS);
  expect(found('netpol-blocks-ingress', text)).toEqual(['NetworkPolicy default/web spec.ingress']);
});

test('a Gateway of the same namespace has its data plane there, which the rule may mean', () => {
  const text = manifests(WEB, SHOP, GATEWAY('edge'), ROUTE.replace(', namespace: infra', ''), OWN_PODS);
  expect(found('netpol-blocks-ingress', text)).toEqual([]);
});

const CONTROLLER = workload('ingress-nginx-controller', {
  namespace: 'ingress-nginx',
  labels: 'app.kubernetes.io/name: ingress-nginx, app.kubernetes.io/component: controller',
});
const INGRESS = object('networking.k8s.io/v1', 'Ingress', 'shop', [
  'spec:',
  '  ingressClassName: nginx',
  '  rules: [{host: a.example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]',
]);
const FROM = (name: string) =>
  policyOf(
    'web',
    `ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ${name}}}}]}]`,
  );

test('a controller that is in the input is judged by its labels', () => {
  const text = (policy: string) => manifests(WEB, SHOP, INGRESS, CONTROLLER, policy);
  expect(found('netpol-blocks-ingress', text(FROM('monitoring')))).toEqual([
    'NetworkPolicy default/web spec.ingress',
  ]);
  expect(found('netpol-blocks-ingress', text(FROM('ingress-nginx')))).toEqual([]);
});

test('that no port is common is told below the finding that nothing gets through', () => {
  const text = manifests(
    WEB,
    workload('db'),
    policyOf(
      'web',
      'policyTypes: [Egress]',
      'egress: [{to: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: 5432}]}]',
    ),
    policyOf('db', 'ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 3306}]}]'),
  );
  const [first] = check(text).findings.filter(({ rule }) => rule === 'netpol-one-sided');
  expect(first?.related.find(({ role }) => role === 'effect')?.message).toContain('TCP 3306');
  expect(found('netpol-no-common-port', text)).toEqual([]);
});

test('clients are admitted by address where they keep it', () => {
  const policy = (cidr: string) => policyOf('web', `ingress: [{from: [{ipBlock: {cidr: ${cidr}}}]}]`);
  const open = (type: string, more = '') => SHOP.replace('spec:', `spec:\n  type: ${type}${more}`);
  const rule = 'netpol-client-ip-block';
  expect(found(rule, manifests(WEB, policy('198.51.100.0/24'), open('NodePort')))).toHaveLength(1);
  // Those inside the cluster, or of an address range of nodes, may be meant.
  expect(found(rule, manifests(WEB, policy('198.51.100.0/24'), SHOP))).toEqual([]);
  expect(found(rule, manifests(WEB, policy('10.0.0.0/8'), open('NodePort')))).toEqual([]);
  const dsr = ['cni.name=cilium', 'cni.options.loadBalancerMode=dsr'];
  expect(found(rule, manifests(WEB, policy('198.51.100.0/24'), open('NodePort')), dsr)).toEqual([]);
});

test('a role that only lets a pod use a security constraint asks nothing of the API server', () => {
  const text = (verb: string) =>
    manifests(
      workload('web', { pod: ['serviceAccountName: web'] }),
      object('rbac.authorization.k8s.io/v1', 'Role', 'web', [
        `rules: [{apiGroups: [security.openshift.io], resources: [securitycontextconstraints], verbs: [${verb}]}]`,
      ]),
      object('rbac.authorization.k8s.io/v1', 'RoleBinding', 'web', [
        'roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: web}',
        'subjects: [{kind: ServiceAccount, name: web}]',
      ]),
      policyOf('web', 'policyTypes: [Egress]'),
    );
  expect(found('netpol-blocks-api-server', text('use'))).toEqual([]);
  expect(found('netpol-blocks-api-server', text('list'))).toEqual(['Deployment default/web metadata.name']);
});

test('of two equal rules the one of the later policy is redundant, and only within the same pods', () => {
  const rule = 'ingress: [{ports: [{port: 8080}]}]';
  const named = (name: string, app: string) =>
    policyOf(app, rule).replace(`{name: ${app}}`, `{name: ${name}}`);
  const of = 'netpol-redundant';
  expect(found(of, manifests(WEB, named('a', 'web'), named('b', 'web')))).toEqual([
    'NetworkPolicy default/b spec.ingress[0]',
  ]);
  expect(found(of, manifests(WEB, workload('db'), named('a', 'web'), named('b', 'db')))).toEqual([]);
});

test('rules of tiers: an exception before what it is an exception from has an effect', () => {
  const from = (name: string) =>
    `from: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: ${name}}}}]`;
  const rules = (first: string) =>
    clusterPolicy(
      'rules',
      {},
      `ingress: [{action: ${first}, ${from('test')}}, {action: Deny, from: [{namespaces: {}}]}]`,
    );
  const text = manifests(WEB, workload('tester', { namespace: 'test' }), rules('Pass'));
  expect(found('netpol-admin-pass-without-effect', text)).toEqual([]);
  expect(found('netpol-admin-shadowed-rule', text)).toEqual([]);
});

test('a block for the world outside is no harm behind a rule for all pods', () => {
  const deny = '{action: Deny, to: [{networks: [0.0.0.0/0]}]}';
  const policy = (rules: string) => clusterPolicy('world', {}, `egress: [${rules}]`);
  const rule = 'netpol-admin-networks-hit-pods';
  expect(found(rule, manifests(WEB, policy(deny)))).toHaveLength(1);
  expect(found(rule, manifests(WEB, policy(`{action: Pass, to: [{namespaces: {}}]}, ${deny}`)))).toEqual([]);
});
