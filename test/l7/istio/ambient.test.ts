/**
 * What ztunnel says of connections, by policies. Expected values are of istio/ztunnel:src/rbac.rs (tests rbac_*),
 * istio/istio:pilot/pkg/serviceregistry/ambient/authorization.go and its testdata (TestRBACConvert), istio/istio#61126.
 */

import { expect, test } from 'vitest';
import { loadSnapshot } from '../../../src/index.ts';
import { plaintextDenials } from '../../../src/l7/istio/ambient/plaintext-denial.ts';
import { ztunnelPolicies } from '../../../src/l7/istio/ambient/ztunnel-policies.ts';
import { meshSettings } from '../../../src/l7/istio/settings.ts';
import { parseIp } from '../../../src/net/ip.ts';

function clusterOf(text: string) {
  const { cluster } = loadSnapshot({ files: [{ name: 'all.yaml', text }], profile: { flags: { set: [] } } });
  return { objects: cluster.objects, settings: meshSettings(cluster, () => {}) };
}

const WORKLOAD = { namespace: 'shop', labels: new Map([['app', 'web']]) };
const PEER = { trustDomain: 'cluster.local', namespace: 'shop', serviceAccount: 'client' };

function policy(action: string, rules: string): string {
  return `{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: p, namespace: shop}, spec: {selector: {matchLabels: {app: web}}, action: ${action}, rules: ${rules}}}`;
}

function verdict(text: string, by: 'peer' | 'plaintext' = 'peer'): string {
  const { objects, settings } = clusterOf(text);
  const connection = { sourceIp: parseIp('10.244.1.5'), destinationIp: parseIp('10.244.2.7'), port: 8080 };
  return ztunnelPolicies(objects, settings)(WORKLOAD, {
    ...connection,
    ...(by === 'peer' ? { peer: PEER } : {}),
  }).kind;
}

test.each([
  ['no policy', '', 'allowed'],
  ['ALLOW without rules allows nothing', policy('ALLOW', '[]'), 'denied'],
  ['an empty rule matches everything', policy('ALLOW', '[{}]'), 'allowed'],
  ['an empty part matches nothing', policy('ALLOW', '[{from: [{source: {}}]}]'), 'denied'],
  [
    'identity',
    policy('ALLOW', '[{from: [{source: {principals: [cluster.local/ns/shop/sa/client]}}]}]'),
    'allowed',
  ],
  [
    'a prefix of it',
    policy('ALLOW', '[{from: [{source: {principals: ["cluster.local/ns/shop/*"]}}]}]'),
    'allowed',
  ],
  [
    'a service account of the namespace',
    policy('ALLOW', '[{from: [{source: {serviceAccounts: [client]}}]}]'),
    'allowed',
  ],
  ['and of another one', policy('ALLOW', '[{from: [{source: {serviceAccounts: [old/client]}}]}]'), 'denied'],
  ['the port of the application', policy('ALLOW', '[{to: [{operation: {ports: ["8080"]}}]}]'), 'allowed'],
  ['not that of HBONE', policy('ALLOW', '[{to: [{operation: {ports: ["15008"]}}]}]'), 'denied'],
  ['addresses', policy('ALLOW', '[{from: [{source: {ipBlocks: [10.244.1.0/24]}}]}]'), 'allowed'],
  ['a condition', policy('ALLOW', '[{when: [{key: source.namespace, values: [shop]}]}]'), 'allowed'],
  [
    'ALLOW with HTTP never matches',
    policy('ALLOW', '[{to: [{operation: {methods: [GET], ports: ["8080"]}}]}]'),
    'denied',
  ],
  [
    'of several rules the one without HTTP counts',
    policy('ALLOW', '[{to: [{operation: {methods: [GET]}}]}, {to: [{operation: {ports: ["8080"]}}]}]'),
    'allowed',
  ],
  [
    'DENY with HTTP beside a port is wider',
    policy('DENY', '[{to: [{operation: {methods: [GET], ports: ["8080"]}}]}]'),
    'denied',
  ],
  ['DENY with HTTP alone does nothing', policy('DENY', '[{to: [{operation: {methods: [GET]}}]}]'), 'allowed'],
  [
    'nor with a part of HTTP alone',
    policy('DENY', '[{from: [{source: {namespaces: [shop]}}], to: [{operation: {methods: [GET]}}]}]'),
    'allowed',
  ],
  [
    'nor with a condition of HTTP',
    policy(
      'DENY',
      '[{from: [{source: {namespaces: [shop]}}], when: [{key: "request.headers[x]", values: [y]}]}]',
    ),
    'allowed',
  ],
  ['DENY by identity', policy('DENY', '[{from: [{source: {namespaces: [shop]}}]}]'), 'denied'],
  ['CUSTOM is not for ztunnel', policy('CUSTOM', '[{}]'), 'allowed'],
  ['AUDIT neither', policy('AUDIT', '[{}]'), 'allowed'],
])('%s', (_title, text, expected) => {
  expect(verdict(text)).toBe(expected);
});

test('plaintext has no identity: positive fields never match, negated ones do', () => {
  const allow = (source: string) => policy('ALLOW', `[{from: [{source: {${source}}}]}]`);
  expect(verdict(allow('namespaces: ["*"]'), 'plaintext')).toBe('denied');
  expect(verdict(allow('notNamespaces: [other]'), 'plaintext')).toBe('allowed');
  expect(verdict(allow('notPrincipals: ["*"]'), 'plaintext')).toBe('allowed');
});

function peerAuthentication(name: string, namespace: string, spec: string): string {
  return `{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: ${name}, namespace: ${namespace}}, spec: ${spec}}`;
}

const own = (spec: string) =>
  peerAuthentication('own', 'shop', `{selector: {matchLabels: {app: web}}, ${spec}}`);
const wide = (mode: string) => peerAuthentication('wide', 'shop', `{mtls: {mode: ${mode}}}`);
const mesh = (mode: string) => peerAuthentication('mesh', 'istio-system', `{mtls: {mode: ${mode}}}`);

test.each([
  { title: 'nothing', objects: [], denied: [] },
  { title: 'mesh STRICT', objects: [mesh('STRICT')], denied: [8080, 9090] },
  {
    title: 'namespace PERMISSIVE in a strict mesh',
    objects: [mesh('STRICT'), wide('PERMISSIVE')],
    denied: [],
  },
  { title: 'DISABLE is as PERMISSIVE', objects: [mesh('STRICT'), wide('DISABLE')], denied: [] },
  {
    title: 'peer-authn-strict-and-permissive-port-mtls',
    objects: [own('mtls: {mode: STRICT}, portLevelMtls: {9090: {mode: PERMISSIVE}}')],
    denied: [8080],
  },
  {
    title: 'peer-authn-strict-and-disable-port-mtls',
    objects: [own('mtls: {mode: STRICT}, portLevelMtls: {9090: {mode: DISABLE}}')],
    denied: [8080],
  },
  {
    title: 'peer-authn-permissive-port-mtls-strict',
    objects: [own('mtls: {mode: PERMISSIVE}, portLevelMtls: {9090: {mode: STRICT}}')],
    denied: [9090],
  },
  {
    title: 'peer-authn-unset-port-mtls-strict',
    objects: [own('portLevelMtls: {9090: {mode: STRICT}}')],
    denied: [9090],
  },
  {
    title: 'an inherited STRICT with a PERMISSIVE port',
    objects: [wide('STRICT'), own('portLevelMtls: {9090: {mode: PERMISSIVE}}')],
    denied: [8080],
  },
  {
    title: 'an inherited STRICT with a DISABLE port: no exception',
    objects: [wide('STRICT'), own('portLevelMtls: {9090: {mode: DISABLE}}')],
    denied: [8080, 9090],
  },
  {
    title: 'a STRICT port of a PERMISSIVE workload in a strict mesh is left out',
    objects: [mesh('STRICT'), own('mtls: {mode: PERMISSIVE}, portLevelMtls: {9090: {mode: STRICT}}')],
    denied: [],
  },
])('plaintext: $title', ({ objects, denied }) => {
  const { objects: read, settings } = clusterOf(objects.join('\n---\n'));
  const denial = plaintextDenials(read, settings);
  expect([8080, 9090].filter((port) => denial(WORKLOAD, port) !== undefined)).toEqual(denied);
});
