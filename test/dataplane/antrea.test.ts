/**
 * Antrea's datapath, point by point: expected values are read in antrea-io/antrea (docs/design/ovs-pipeline.md, whose
 * tables are named here, docs/design/architecture.md "Traffic walk", pkg/agent/route/route_linux.go).
 */

import { describe, expect, test } from 'vitest';
import { loadSnapshot, traceQuestion } from '../../src/index.ts';
import { askWorld, devicesOf, type World, worldInput } from './two-nodes.ts';

const CLIENT = '203.0.113.9';
const GENEVE = '{name: antrea}';
const OUTER = 'geneve 10.0.0.11:51000 > 10.0.0.12:6081';

const withMore = (
  world: World,
  objects: string,
  question: { readonly from: string; readonly to: string },
) => {
  const input = worldInput(world);
  const files = [...input.files, { name: 'more.yaml', text: objects }];
  return traceQuestion(loadSnapshot({ ...input, files }), { ...question, dns: false });
};

/** Pod b1 lets in what the rule says. */
const policy = (from: string, pod = 'b1') => `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: in, namespace: default}
spec: {podSelector: {matchLabels: {app: ${pod}}}, policyTypes: [Ingress], ingress: [${from}]}
`;

describe('between pods', () => {
  test('on one node the bridge switches: no hop, no TTL, no hook (L3Forwarding flow 3)', () => {
    const answer = askWorld({ cni: GENEVE }, { from: 'pod/a1', to: '10.244.1.6:8080' });
    const flow = '10.244.1.5:40000 > 10.244.1.6:8080 ttl 64';
    expect(devicesOf(answer)).toEqual([
      `a1 eth0 out ${flow}`,
      `node-a veth~a1 in ${flow}`,
      `node-a veth~a2 out ${flow}`,
      `a2 eth0 in ${flow}`,
    ]);
    const steps = answer.paths[0]?.legs[0]?.hops.flatMap((hop) => hop.steps) ?? [];
    expect(steps.flatMap(({ where }) => where?.hook ?? [])).toEqual([]);
  });

  test('to another node: Geneve to its address, a TTL at either bridge (L3DecTTL flow 2), no translation', () => {
    const answer = askWorld({ cni: GENEVE }, { from: 'pod/a1', to: '10.244.2.7:8080' });
    const flow = '10.244.1.5:40000 > 10.244.2.7:8080';
    expect(devicesOf(answer)).toEqual([
      `a1 eth0 out ${flow} ttl 64`,
      `node-a veth~a1 in ${flow} ttl 64`,
      `node-a genev_sys_6081 out ${flow} ttl 63`,
      `node-a eth0 out ${flow} ttl 63 in ${OUTER}`,
      `node-b eth0 in ${flow} ttl 63 in ${OUTER}`,
      `node-b genev_sys_6081 in ${flow} ttl 63`,
      `node-b veth~b1 out ${flow} ttl 62`,
      `b1 eth0 in ${flow} ttl 62`,
    ]);
    expect(devicesOf(answer, 'reply').at(-1)).toBe('a1 eth0 in 10.244.2.7:8080 > 10.244.1.5:40000 ttl 62');
  });

  test.each([
    ['{name: antrea, backend: vxlan}', '10.0.0.12', 'vxlan_sys_4789', 1450],
    ['{name: antrea, backend: hybrid}', '10.0.0.12', 'antrea-gw0', 1450],
    ['{name: antrea, backend: hybrid}', '10.0.1.12', 'genev_sys_6081', 1450],
    ['{name: antrea, backend: noencap}', '10.0.0.12', 'antrea-gw0', 1500],
    ['{name: antrea, options: {tunnelPort: 7000}}', '10.0.0.12', 'genev_sys_7000', 1450],
  ])('%s, node-b %s: by %s', (cni, nodeB, device, mtu) => {
    const answer = askWorld({ cni, nodeB }, { from: 'pod/a1', to: '10.244.2.7:8080' });
    expect(answer.paths[0]?.disposition).toBe('accepted');
    expect(devicesOf(answer)[2]).toContain(`node-a ${device} `);
    const sent = answer.paths[0]?.legs[0]?.hops[0]?.steps.find(({ kind }) => kind === 'transmit');
    expect(sent?.detail).toMatchObject({ mtu });
  });

  test('not encapsulated: the bridge takes a TTL and the node another one (l3FwdFlowToRemoteViaGW to L3DecTTL)', () => {
    const cni = '{name: antrea, backend: noencap}';
    const answer = askWorld({ cni }, { from: 'pod/a1', to: '10.244.2.7:8080' });
    expect(devicesOf(answer).slice(2, 4)).toEqual([
      'node-a antrea-gw0 in 10.244.1.5:40000 > 10.244.2.7:8080 ttl 63',
      'node-a eth0 out 10.244.1.5:40000 > 10.244.2.7:8080 ttl 62',
    ]);
    expect(answer.paths[0]?.serverSees).toMatchObject({ peer: '10.244.1.5' });
  });

  test('an address of the node’s range that no pod has is answered by nobody', () => {
    const [path] = askWorld({ cni: GENEVE }, { from: 'pod/a1', to: '10.244.1.99:8080' }).paths;
    expect(path).toMatchObject({ disposition: 'neighbor-unreachable', symptom: 'host-unreachable' });
  });
});

describe('a Service', () => {
  const TO = { from: 'pod/a1', to: '10.96.0.50:80' };

  test('its cluster address is translated by flows, and routed: one TTL also on the node (flow 5)', () => {
    const answer = askWorld({ cni: GENEVE, backend: 'a2' }, TO);
    expect(devicesOf(answer).at(-1)).toBe('a2 eth0 in 10.244.1.5:40000 > 10.244.1.6:8080 ttl 63');
    const step = answer.paths[0]?.legs[0]?.hops[1]?.steps.find(({ kind }) => kind === 'translate');
    expect(step).toMatchObject({
      text: '10.96.0.50:80 ⇒ 10.244.1.6:8080',
      where: { table: 'openflow', chain: ['EndpointDNAT'], in: 'veth~a1' },
    });
    expect(devicesOf(answer, 'reply').at(-1)).toBe('a1 eth0 in 10.96.0.50:80 > 10.244.1.5:40000 ttl 63');
  });

  test('a pod that is its own endpoint sees the gateway (SNAT flow 2)', () => {
    const answer = askWorld({ cni: GENEVE, backend: 'a1' }, TO);
    expect(answer.paths[0]).toMatchObject({ disposition: 'accepted', serverSees: { peer: '10.244.1.1' } });
  });

  test('without an endpoint the agent answers (EndpointDNAT flow 1)', () => {
    const empty = `
apiVersion: v1
kind: Service
metadata: {name: x, namespace: default}
spec: {clusterIP: 10.96.0.60, clusterIPs: [10.96.0.60], ports: [{port: 80}]}
`;
    const [path] = withMore({ cni: GENEVE }, empty, { from: 'pod/a1', to: '10.96.0.60:80' }).paths;
    expect(path).toMatchObject({ disposition: 'no-endpoints', symptom: 'refused' });
  });

  test('the node itself asks kube-proxy, and pods see its gateway', () => {
    const [path] = askWorld(
      { cni: GENEVE, backend: 'b1' },
      { from: 'node/node-a', to: '10.96.0.50:80' },
    ).paths;
    expect(path).toMatchObject({ disposition: 'accepted', serverSees: { peer: '10.244.1.1' } });
  });
});

describe('node ports, which kube-proxy serves', () => {
  const OUTSIDE = { from: CLIENT, to: '10.0.0.11:30080' };

  test('the server on another node sees the gateway of the node that was asked', () => {
    const answer = askWorld({ cni: GENEVE, backend: 'b1' }, OUTSIDE);
    expect(answer.paths[0]).toMatchObject({ disposition: 'accepted', serverSees: { peer: '10.244.1.1' } });
    // From the gateway no TTL is taken: the node has taken one (L3DecTTL flow 1).
    expect(devicesOf(answer)).toContain(
      'node-a genev_sys_6081 out 10.244.1.1:61000 > 10.244.2.7:8080 ttl 63',
    );
  });

  test('Local: the client is seen, and the answer goes back by the gateway (L3Forwarding flow 2)', () => {
    const local = { cni: GENEVE, backend: 'a2', externalTrafficPolicy: 'Local' } as const;
    expect(askWorld(local, OUTSIDE).paths[0]).toMatchObject({
      disposition: 'accepted',
      serverSees: { peer: CLIENT },
    });
    // From a pod of the node, which is its neighbour: the answer must not be switched to it.
    const answer = askWorld(local, { from: 'pod/a1', to: '10.0.0.11:30080' });
    expect(answer.paths[0]?.disposition).toBe('accepted');
    expect(devicesOf(answer, 'reply').filter((line) => line.includes('antrea-gw0'))).toHaveLength(2);
  });

  test('policies see the gateway where kube-proxy masquerades, the client where it does not', () => {
    const client = policy(`{from: [{ipBlock: {cidr: ${CLIENT}/32}}]}`, 'a2');
    const asked = (externalTrafficPolicy: 'Cluster' | 'Local') =>
      withMore({ cni: GENEVE, backend: 'a2', externalTrafficPolicy }, client, OUTSIDE).paths[0]?.disposition;
    expect([asked('Cluster'), asked('Local')]).toEqual(['denied-ingress', 'accepted']);
    const gateway = policy('{from: [{ipBlock: {cidr: 10.244.1.1/32}}]}', 'b1');
    const [path] = withMore({ cni: GENEVE, backend: 'b1' }, gateway, OUTSIDE).paths;
    expect(path?.disposition).toBe('accepted');
  });
});

describe('policies', () => {
  const DENY = `${policy('', 'a1')}---${policy('', 'b1').replace('name: in', 'name: other')}`;
  const asked = (from: string, to: string) =>
    withMore({ cni: GENEVE }, DENY, { from, to }).paths[0]?.disposition;

  test('the node reaches its own pods, others’ not (IngressSecurityClassifier flow 1)', () => {
    expect(asked('node/node-a', '10.244.1.5:8080')).toBe('accepted');
    expect(asked('node/node-a', '10.244.2.7:8080')).toBe('denied-ingress');
  });

  test('pods are denied on one node and across', () => {
    expect(asked('pod/a2', '10.244.1.5:8080')).toBe('denied-ingress');
    expect(asked('pod/a1', '10.244.2.7:8080')).toBe('denied-ingress');
  });

  test('an answer is never judged: of a pod that may send nothing, to a node and to a pod', () => {
    const silent = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: silent, namespace: default}
spec: {podSelector: {matchLabels: {app: a2}}, policyTypes: [Egress]}
`;
    const from = (source: string) =>
      withMore({ cni: GENEVE }, silent, { from: source, to: '10.244.1.6:8080' }).paths[0]?.disposition;
    expect(['node/node-a', 'node/node-b', 'pod/a1', 'pod/b1'].map(from)).toEqual(
      Array.from({ length: 4 }, () => 'accepted'),
    );
    const [out] = withMore({ cni: GENEVE }, silent, { from: 'pod/a2', to: '8.8.8.8:53' }).paths;
    expect(out?.disposition).toBe('denied-egress');
  });
});

test('outside, pods have the node’s address; with noSNAT their own', () => {
  const peer = (cni: string) =>
    askWorld({ cni }, { from: 'pod/a1', to: '8.8.8.8:53' }).paths[0]?.serverSees?.peer;
  expect(peer(GENEVE)).toBe('10.0.0.11');
  expect(peer('{name: antrea, backend: noencap, options: {noSNAT: true}}')).toBe('10.244.1.5');
  expect(peer('{name: antrea, backend: noencap}')).toBe('10.0.0.11');
});

describe('what manifests show', () => {
  const config = (lines: readonly string[]) => `
apiVersion: v1
kind: ConfigMap
metadata: {name: antrea-config, namespace: kube-system}
data:
  antrea-agent.conf: |
${lines.map((line) => `    ${line}`).join('\n')}
`;
  const detected = (lines: readonly string[]) => {
    const snapshot = loadSnapshot({
      files: [{ name: 'antrea.yaml', text: config(lines) }],
      profile: { flags: { set: [] } },
    });
    const { facets, unmodelled, source } = snapshot.dataplane.cni;
    return [source, facets.label, unmodelled?.name];
  };

  test.each([
    [['trafficEncapMode: "encap"', 'tunnelType: "geneve"'], 'antrea-geneve'],
    [['tunnelType: vxlan', 'tunnelPort: 0'], 'antrea-vxlan'],
    [['trafficEncapMode: noEncap'], 'antrea-noencap'],
    [['trafficEncapMode: hybrid', 'defaultMTU: 1400'], 'antrea-hybrid'],
    [['# nothing is set'], 'antrea-geneve'],
  ])('%j', (lines, label) => {
    expect(detected(lines)).toEqual(['detected', label, undefined]);
  });

  test.each([
    [['trafficEncryptionMode: wireGuard'], 'antrea with wireGuard'],
    [['trafficEncapMode: networkPolicyOnly'], 'antrea networkpolicyonly'],
    [['tunnelType: gre'], 'antrea gre'],
    [['antreaProxy:', '  proxyAll: true'], 'antrea with proxyAll'],
    [['featureGates:', '  AntreaProxy: false'], 'antrea without AntreaProxy'],
  ])('%j is another road, and said', (lines, name) => {
    expect(detected(lines).at(-1)).toBe(name);
  });
});
