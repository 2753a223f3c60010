/** Traces against the naive evaluator (naive-policy.ts): what policies say on the way, and where walks end. */

import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { type Snapshot, type TraceAnswer, traceQuestion } from '../../src/index.ts';
import {
  endOfNode,
  endOfPod,
  type NaiveEnd,
  type NaiveFlow,
  type NaiveWorld,
  naiveAllows,
  naiveTargets,
  type Raw,
} from './naive-policy.ts';
import { clusterObjects, clusterPolicies } from './policy-clusters.ts';
import {
  type NamedEnd,
  namedEnds,
  namedOutside,
  namedPods,
  PORTS_ASKED,
  snapshotOfWorld,
} from './policy-questions.ts';

vi.setConfig({ testTimeout: 120_000 });

const worlds: fc.Arbitrary<NaiveWorld> = fc
  .record({ objects: clusterObjects, policies: clusterPolicies })
  .map(({ objects, policies }) => ({
    objects: [...objects, ...policies],
    blocks: { pods: true, nodes: true },
  }));

const families = fc.constantFrom<4 | 6>(4, 6);

interface Outcome {
  readonly egress: string;
  readonly ingress: string;
  readonly disposition: string;
}

/** What the two ends say of a flow, and where that lets it end. */
function expected(world: NaiveWorld, flow: NaiveFlow): Outcome {
  const word = (side: 'egress' | 'ingress') => (naiveAllows(world, flow, side) ? 'allow' : 'deny');
  const sides = { egress: word('egress'), ingress: word('ingress') };
  const denied = (['egress', 'ingress'] as const).find((side) => sides[side] === 'deny');
  const open = flow.to.kind === 'address' ? 'exits-cluster' : 'accepted';
  return { ...sides, disposition: denied === undefined ? open : `denied-${denied}` };
}

/** What a path of an answer says of that; nothing where there is no policy. */
function told({ policy, disposition }: TraceAnswer['paths'][number]): Outcome {
  return { ...(policy ?? { egress: 'allow', ingress: 'allow' }), disposition };
}

const lower = (protocol: NaiveFlow['protocol']) => protocol.toLowerCase() as 'tcp' | 'udp' | 'sctp';

function target({ reference, end }: NamedEnd, port: number): string {
  return end.kind === 'address' && reference.includes(':')
    ? `[${reference}]:${port}`
    : `${reference}:${port}`;
}

/**
 * As it is where nobody says what the network is: flannel's VXLAN, on whose device a node has the address that its own
 * connections to pods elsewhere come from.
 */
function comesFrom(from: NaiveEnd, to: NaiveEnd, family: 4 | 6): NaiveEnd {
  if (from.kind !== 'node' || to.kind !== 'pod') return from;
  const number = from.node.metadata.name === 'node-a' ? 0 : 1;
  return { ...from, ip: family === 4 ? `10.244.${number}.0` : `fd00:10:244:${number}::` };
}

test('from everyone to pods, nodes and hosts outside', () => {
  fc.assert(
    fc.property(worlds, families, fc.nat(), (world, family, start) => {
      const snapshot = snapshotOfWorld(world);
      const ends = namedEnds(world, family);
      const wrong = ends.flatMap((from, row) =>
        ends.flatMap((to, column) => {
          // Nothing leads from outside to addresses of pods; between two hosts outside there is no cluster.
          if (from === to || (from.end.kind === 'address' && to.end.kind !== 'node')) return [];
          const asked = PORTS_ASKED[(start + row * 7 + column * 5) % PORTS_ASKED.length] ?? PORTS_ASKED[0];
          if (asked === undefined) return [];
          const question = {
            from: from.reference,
            to: target(to, asked.port),
            protocol: lower(asked.protocol),
            family,
            dns: false,
          };
          const got = traceQuestion(snapshot, question).paths.map(told);
          const flow = { from: comesFrom(from.end, to.end, family), to: to.end, ...asked };
          const want = [expected(world, flow)];
          return JSON.stringify(got) === JSON.stringify(want) ? [] : [{ question, got, want }];
        }),
      );
      expect(wrong.slice(0, 3)).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

interface ServiceCase {
  readonly question: Parameters<typeof traceQuestion>[1];
  readonly service: Raw;
  /** From whom a connection to a backend comes to its node. */
  readonly comesFrom: (backend: NaiveEnd) => NaiveEnd;
}

/** What is wrong with the paths to a Service's backends; nothing is asked of one without backends. */
function wrongPaths(world: NaiveWorld, snapshot: Snapshot, asked: ServiceCase): readonly object[] {
  const { question, service } = asked;
  const want = naiveTargets(world, service).map(({ pod, port }) => {
    const to = endOfPod(world, pod, question.family ?? 4);
    const { protocol } = service.spec.ports[0];
    const backend = `${pod.metadata.namespace}/${pod.metadata.name}`;
    return { backend, ...expected(world, { from: asked.comesFrom(to), to, protocol, port }) };
  });
  if (want.length === 0) return [];
  const got = traceQuestion(snapshot, question).paths.flatMap((path) =>
    path.backends.map((backend) => ({ backend, ...told(path) })),
  );
  const inOrder = (rows: typeof want | typeof got) => JSON.stringify([...rows].sort(byBackend));
  return inOrder(got) === inOrder(want) ? [] : [{ question, got, want }];
}

function byBackend(a: { readonly backend: string }, b: { readonly backend: string }): number {
  return a.backend < b.backend ? -1 : 1;
}

function servicesOf({ objects }: NaiveWorld): readonly Raw[] {
  return objects.filter(({ kind }) => kind === 'Service');
}

test('to Services: each backend is judged behind the translation, and a pod reaches itself', () => {
  fc.assert(
    fc.property(worlds, families, (world, family) => {
      const snapshot = snapshotOfWorld(world);
      const sources = namedEnds(world, family).filter(({ end }) => end.kind !== 'address');
      const wrong = servicesOf(world).flatMap((service) =>
        sources.flatMap((from) => {
          const { name, namespace } = service.metadata;
          const to = `${namespace}/svc/${name}:80`;
          return wrongPaths(world, snapshot, {
            question: { from: from.reference, to, family, dns: false },
            service,
            comesFrom: (backend) => comesFrom(from.end, backend, family),
          });
        }),
      );
      expect(wrong.slice(0, 3)).toEqual([]);
    }),
    { numRuns: 50 },
  );
});

test('to node ports: the address of the client counts on the node it comes to, the address of that node behind it', () => {
  fc.assert(
    fc.property(worlds, families, (world, family) => {
      const snapshot = snapshotOfWorld(world);
      const clients = namedOutside(family);
      const entrance = endOfNode(world, 'node-a', family);
      const wrong = servicesOf(world).flatMap((service) =>
        clients.flatMap((client) => {
          const [{ nodePort, protocol }] = service.spec.ports;
          return wrongPaths(world, snapshot, {
            question: {
              from: client.reference,
              to: `node/node-a:${nodePort}`,
              protocol: lower(protocol),
              family,
              dns: false,
            },
            service,
            comesFrom: (backend) =>
              isOnNode(backend, 'node-a') ? client.end : comesFrom(entrance, backend, family),
          });
        }),
      );
      expect(wrong.slice(0, 3)).toEqual([]);
    }),
    { numRuns: 50 },
  );
});

/** What differs: engines that go by identities compare no pod and no node with blocks. */
test.each([
  { cni: 'calico', blocks: { pods: true, nodes: true } },
  { cni: 'calico-ebpf', blocks: { pods: true, nodes: true } },
  { cni: 'kindnet', blocks: { pods: true, nodes: true } },
  { cni: 'cilium', blocks: { pods: false, nodes: false } },
])('from pods to pods and Services under $cni', ({ cni, blocks }) => {
  fc.assert(
    fc.property(worlds, families, fc.nat(), (generated, family, start) => {
      const world = { ...generated, blocks };
      const snapshot = snapshotOfWorld(world, [`cni.name=${cni}`]);
      const pods = namedPods(world, family).filter(({ end }) => end.kind === 'pod');
      const direct = pods.flatMap((from, row) =>
        pods.flatMap((to, column) => {
          const asked = PORTS_ASKED[(start + row * 7 + column * 5) % PORTS_ASKED.length];
          if (from === to || asked === undefined) return [];
          const question = {
            from: from.reference,
            to: target(to, asked.port),
            protocol: lower(asked.protocol),
            family,
            dns: false,
          };
          const got = traceQuestion(snapshot, question).paths.map(told);
          const want = [expected(world, { from: from.end, to: to.end, ...asked })];
          return JSON.stringify(got) === JSON.stringify(want) ? [] : [{ question, got, want }];
        }),
      );
      // Programs translate Services of TCP and UDP alone.
      const translated = servicesOf(world).filter(({ spec }) => spec.ports[0].protocol !== 'SCTP');
      const services = translated.flatMap((service) =>
        pods.flatMap((from) => {
          const { name, namespace } = service.metadata;
          const question = { from: from.reference, to: `${namespace}/svc/${name}:80`, family, dns: false };
          return wrongPaths(world, snapshot, { question, service, comesFrom: () => from.end });
        }),
      );
      expect([...direct, ...services].slice(0, 3)).toEqual([]);
    }),
    { numRuns: 20 },
  );
});

function isOnNode(end: NaiveEnd, node: string): boolean {
  return end.kind === 'pod' && end.pod.spec.nodeName === node;
}
