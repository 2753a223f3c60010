/** A Service with thousands of endpoints. */

import { expect, test } from 'vitest';
import { namespaceIdOf } from '../../src/dataplane/cni.ts';
import { loadSnapshot, traceQuestion } from '../../src/index.ts';
import { addFractions, type Fraction } from '../../src/net/fraction.ts';
import { traceFlow } from '../../src/trace/tracer.ts';

const ENDPOINTS = 5000;
const NODES = 50;

const pod = (name: string, node: number, labels = '') => `apiVersion: v1
kind: Pod
metadata: {name: ${name}${labels}}
spec: {nodeName: n${node}, containers: [{name: c, image: x}]}
`;
const service = `apiVersion: v1
kind: Service
metadata: {name: big}
spec: {selector: {app: a}, ports: [{port: 80}]}
`;
const pods = Array.from({ length: ENDPOINTS }, (_, at) => pod(`p${at}`, at % NODES, ', labels: {app: a}'));
const files = [{ name: 'big.yaml', text: [service, pod('client', 0), ...pods].join('---\n') }];
const snapshot = loadSnapshot({ files, profile: { flags: { set: [] } } });

function fractionOf(text: string): Fraction {
  const [numerator = 1, denominator = 1] = text.split('/').map(Number);
  return { numerator, denominator };
}

const ONE = { numerator: 1, denominator: 1 };
const sumOf = (weights: readonly string[]) => weights.map(fractionOf).reduce(addFractions);

test('5,000 replicas on 50 nodes: one of each node is walked, all are named, shares are exact', () => {
  expect(snapshot.control.servicePorts.find(({ key }) => key === 'default/big')?.endpoints).toHaveLength(
    ENDPOINTS,
  );
  const client = snapshot.cluster.podByKey.get('default/client');
  const [dst] = snapshot.control.servicePorts.find(({ key }) => key === 'default/big')?.clusterIps ?? [];
  if (client === undefined || dst === undefined) throw new Error('the manifests have changed');
  const flow = { from: namespaceIdOf(client), protocol: 'tcp', srcPort: 40000, dst, dstPort: 80 } as const;
  const { serviceCidrs, podCidrs } = snapshot.profile;
  const walks = traceFlow({ dataplane: snapshot.dataplane, serviceCidrs, podCidrs }, flow);
  // On the client's own node each pod has a device of its own, and is reached by it.
  expect(walks).toHaveLength(NODES - 1 + ENDPOINTS / NODES);
  expect(walks.reduce((sum, { alike = [] }) => sum + alike.length, walks.length)).toBe(ENDPOINTS);
  const answer = traceQuestion(snapshot, { from: 'client', to: 'svc/big', dns: false });
  expect(answer.result).toBe('reachable');
  expect(answer.paths).toHaveLength(NODES);
  expect(new Set(answer.paths.map(({ weight }) => weight))).toEqual(new Set([`1/${NODES}`]));
  expect(sumOf(answer.paths.map(({ weight }) => weight))).toEqual(ONE);
  expect(new Set(answer.paths.flatMap(({ backends }) => backends)).size).toBe(ENDPOINTS);
  expect(answer.diagnostics.filter(({ code }) => code === 'paths-capped')).toEqual([]);
});

test('replicas that policies tell apart are not walked for each other, however many there are', () => {
  const odd = Array.from({ length: ENDPOINTS }, (_, at) =>
    pod(`p${at}`, at % NODES, `, labels: {app: a, part: ${at % 100 < 98 ? 'open' : 'shut'}}`),
  );
  const policy = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: shut}
spec: {podSelector: {matchLabels: {part: shut}}}
`;
  const text = [service, pod('client', 0), policy, ...odd].join('---\n');
  const policed = loadSnapshot({ files: [{ name: 'odd.yaml', text }], profile: { flags: { set: [] } } });
  const answer = traceQuestion(policed, { from: 'client', to: 'svc/big', dns: false });
  expect(answer.result).toBe('ambiguous');
  const denied = answer.paths.filter(({ disposition }) => disposition === 'denied-ingress');
  expect(sumOf(denied.map(({ weight }) => weight))).toEqual({ numerator: 1, denominator: 50 });
  expect(denied.flatMap(({ backends }) => backends)).toHaveLength(ENDPOINTS / 50);
});

test('5,000 endpoints that are no pods: some are walked, the rest is counted', () => {
  const addresses = Array.from({ length: ENDPOINTS }, (_, at) => `198.51.${at >> 8}.${at & 255}`);
  const slices = Array.from(
    { length: 5 },
    (_, at) => `apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: big-${at}, labels: {kubernetes.io/service-name: big}}
addressType: IPv4
ports: [{port: 80}]
endpoints: [${addresses.slice(at * 1000, at * 1000 + 1000).map((ip) => `{addresses: [${ip}]}`)}]
`,
  );
  const alone = 'apiVersion: v1\nkind: Service\nmetadata: {name: big}\nspec: {ports: [{port: 80}]}\n';
  const text = [alone, pod('client', 0), ...slices].join('---\n');
  const outside = loadSnapshot({ files: [{ name: 'out.yaml', text }], profile: { flags: { set: [] } } });
  const answer = traceQuestion(outside, { from: 'client', to: 'svc/big', dns: false });
  const walked = answer.paths.flatMap(({ backends }) => backends).length;
  expect(walked).toBe(1000);
  expect(sumOf(answer.paths.map(({ weight }) => weight))).toEqual(ONE);
  const [note] = answer.diagnostics.filter(({ code }) => code === 'paths-capped');
  expect(note?.severity).toBe('info');
  expect(note?.text).toContain(
    `${walked} of ${ENDPOINTS} paths were walked; the other ${ENDPOINTS - walked} `,
  );
});

test('a backend that is asked for is walked', { timeout: 60_000 }, () => {
  const backend = 'p4999';
  const answer = traceQuestion(snapshot, { from: 'client', to: 'svc/big', dns: false, backend });
  expect(answer.paths.map(({ backends, weight }) => [backends, weight])).toEqual([
    [[`default/${backend}`], '1/1'],
  ]);
  expect(answer.diagnostics.filter(({ code }) => code === 'paths-capped')).toEqual([]);
});
