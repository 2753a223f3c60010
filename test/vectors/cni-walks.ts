/**
 * Walks measured with real kernels: the world of each is built as manifests and a profile, and the
 * tracer is asked as the command asks it. Compared are the devices that the first packet and its answer
 * pass, in order, with addresses, TTL and outer header.
 */

import { hostDeviceName, loadSnapshot, type TraceAnswer, traceQuestion } from '../../src/index.ts';
import type { VectorResult } from './result.ts';

interface Point {
  readonly ns: string;
  readonly dev: string;
  readonly dir: string;
  readonly src: string;
  readonly dst: string;
  readonly ttl: number;
  readonly outer?: {
    readonly src: string;
    readonly dst: string;
    readonly ttl: number;
    readonly vni?: number;
  };
}

interface Walk {
  readonly what: string;
  readonly from: string;
  readonly to: string;
  readonly backend: string | null;
  readonly syn: readonly Point[];
  readonly synack: readonly Point[];
  readonly serverSees: string | null;
  readonly portPreserved: boolean | null;
  readonly result: string;
}

interface Topology {
  readonly nodes: Readonly<Record<string, { readonly ip: string; readonly podCIDR: string }>>;
  readonly pods: Readonly<Record<string, { readonly ip: string; readonly node: string }>>;
  readonly clusterCIDR: string;
  readonly service: Readonly<Record<'port' | 'targetPort' | 'nodePort', number>> & {
    readonly clusterIP: string;
  };
  readonly external: { readonly client: string };
}

export interface CniWalksFile {
  readonly topology: Topology;
  readonly profiles: Readonly<Record<string, Readonly<Record<string, Walk>>>>;
}

/** The profile file of each measured datapath that is modelled. */
const CNIS: Readonly<Record<string, string>> = {
  'flannel-vxlan': 'cni: {name: flannel, backend: vxlan}',
  'flannel-vxlan-nobrnf': 'cni: {name: flannel, backend: vxlan}',
  'flannel-hostgw': 'cni: {name: flannel, backend: host-gw}',
  kind: 'cni: {name: kindnet, backend: ptp}',
  kindnet: 'cni: {name: kindnet, backend: knet}',
  'calico-noencap': `cni: {name: calico, backend: bgp, options: {natOutgoing: true}}`,
  'calico-vxlan': `cni: {name: calico, backend: vxlan, options: {natOutgoing: true, tunnelAddresses: {node-a: 10.244.1.64, node-b: 10.244.2.64}}}`,
  aws: 'cni: {name: aws-vpc, options: {vpcCIDRs: [10.0.0.0/24, 10.244.0.0/16]}}',
};

/** The host port of pod a2 in scenario S16. */
const HOST_PORT = { containerPort: 8080, hostPort: 8443, protocol: 'TCP' };

/** Runs every walk of a file; one result each, `flannel-vxlan.S4`. */
export function* runCniWalks(file: CniWalksFile): Generator<VectorResult> {
  for (const [profile, walks] of Object.entries(file.profiles)) {
    for (const [scenario, walk] of Object.entries(walks)) {
      const id = `${profile}.${scenario}`;
      if (CNIS[profile] === undefined) {
        yield { id, status: 'skip', detail: `datapath ${profile} is not modelled yet` };
      } else yield { id, ...compareWalk(walk, ask(file.topology, { profile, scenario, walk })) };
    }
  }
}

interface Asked {
  readonly profile: string;
  readonly scenario: string;
  readonly walk: Walk;
}

function ask(topology: Topology, { profile, scenario, walk }: Asked): TraceAnswer {
  const files = [
    {
      name: 'world.json',
      text: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: world(topology, scenario, walk) }),
    },
  ];
  const bridgeNetfilter = profile.endsWith('nobrnf') ? 0 : 1;
  const nodes = Object.entries(topology.nodes).map(
    ([name, { ip, podCIDR }]) =>
      `- {name: ${nodeName(name)}, addresses: [${ip}], podCIDRs: [${podCIDR}], sysctls: {net.bridge.bridge-nf-call-iptables: ${bridgeNetfilter}}}`,
  );
  const profileText = [
    'apiVersion: k8snet.dev/v1',
    'kind: Profile',
    'input: stored',
    CNIS[profile],
    `podCIDRs: [${topology.clusterCIDR}]`,
    `proxy: {mode: iptables, detectLocal: ${scenario === 'S8b' ? 'none' : 'ClusterCIDR'}, clusterCIDR: [${topology.clusterCIDR}]}`,
    'nodes:',
    ...nodes,
  ].join('\n');
  const snapshot = loadSnapshot({
    files,
    profile: { file: { name: 'k8snet.yaml', text: profileText }, flags: { set: [] } },
  });
  return traceQuestion(snapshot, { from: sourceOf(topology, walk.from), to: walk.to, dns: false });
}

function nodeName(name: string): string {
  return name === 'nodeA' ? 'node-a' : 'node-b';
}

function sourceOf(topology: Topology, from: string): string {
  if (from === 'ext') return topology.external.client;
  return from.startsWith('node') ? `node/${nodeName(from)}` : `pod/${from}`;
}

function world(topology: Topology, scenario: string, walk: Walk): readonly unknown[] {
  const pods = Object.entries(topology.pods).map(([name, { ip, node }]) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {
      nodeName: nodeName(node),
      containers: [{ name: 'main', ports: scenario === 'S16' && name === 'a2' ? [HOST_PORT] : [] }],
    },
    status: {
      phase: 'Running',
      podIP: ip,
      podIPs: [{ ip }],
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  }));
  return [
    ...pods,
    ...(walk.backend === null || scenario === 'S16' ? [] : service(topology, walk, walk.backend)),
  ];
}

function service({ service: spec, pods }: Topology, walk: Walk, backend: string): readonly unknown[] {
  const pod = pods[backend];
  const externalTrafficPolicy = walk.what.includes('eTP=Local') ? 'Local' : 'Cluster';
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'api', namespace: 'default' },
      spec: {
        type: 'NodePort',
        clusterIP: spec.clusterIP,
        clusterIPs: [spec.clusterIP],
        ports: [{ protocol: 'TCP', port: spec.port, targetPort: spec.targetPort, nodePort: spec.nodePort }],
        externalTrafficPolicy,
        internalTrafficPolicy: 'Cluster',
      },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'api-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'api' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [pod?.ip], conditions: { ready: true }, nodeName: nodeName(pod?.node ?? '') }],
      ports: [{ name: '', protocol: 'TCP', port: spec.targetPort }],
    },
  ];
}

function compareWalk(walk: Walk, answer: TraceAnswer): Pick<VectorResult, 'status' | 'detail'> {
  const problems = [...differences(walk, answer)];
  return problems.length === 0 ? { status: 'pass' } : { status: 'fail', detail: problems.join('; ') };
}

function* differences(walk: Walk, answer: TraceAnswer): Generator<string> {
  const [path] = answer.paths;
  const leg = path?.legs.find(({ purpose }) => purpose === 'request');
  if (path === undefined || leg === undefined) return yield 'no path';
  yield* pointDifferences('syn', walk.syn, points(leg.hops));
  yield* pointDifferences('synack', walk.synack, points(leg.reply?.hops ?? []));
  const ok = answer.result === 'reachable';
  if (ok !== (walk.result === 'ok')) yield `result: expected ${walk.result}, got ${answer.result}`;
  if (walk.result !== 'ok' && path.symptom !== 'timeout')
    yield `symptom: expected timeout, got ${path.symptom}`;
  if (walk.serverSees !== null && path.serverSees?.peer !== walk.serverSees) {
    yield `serverSees: expected ${walk.serverSees}, got ${path.serverSees?.peer}`;
  }
  const arrived = points(leg.hops).at(-1);
  const preserved = arrived?.src.endsWith(':40000') ?? false;
  if (walk.portPreserved !== null && preserved !== walk.portPreserved) {
    yield `portPreserved: expected ${walk.portPreserved}, got ${preserved}`;
  }
}

function* pointDifferences(
  list: string,
  expected: readonly Point[],
  got: readonly Point[],
): Generator<string> {
  for (let i = 0; i < Math.max(expected.length, got.length); i++) {
    const [want, have] = [expected[i], got[i]];
    if (want !== undefined && have !== undefined && samePoint(want, have)) continue;
    yield `${list}[${i}]: expected ${printPoint(want)}, got ${printPoint(have)}`;
  }
}

function samePoint(want: Point, have: Point): boolean {
  return sameDevice(want, have.dev) && printPoint({ ...want, dev: '' }) === printPoint({ ...have, dev: '' });
}

/**
 * The lab calls a pod's host end by a prefix and the pod (`vetha1`, `calia1`). Random names are `veth~a1` in k8snet;
 * hashed ones are those of the pods in namespace default.
 */
function sameDevice({ dev }: Point, have: string): boolean {
  const [, prefix = '', pod = ''] = /^(veth|knet|cali|eni)(\w+)$/.exec(dev) ?? [];
  return dev === have || `${prefix}~${pod}` === have || hostDeviceName(prefix, 'default', pod) === have;
}

function printPoint(point: Point | undefined): string {
  if (point === undefined) return 'nothing';
  const { ns, dev, dir, src, dst, ttl, outer } = point;
  const around = outer === undefined ? '' : ` in ${outer.src}>${outer.dst} ttl ${outer.ttl} vni ${outer.vni}`;
  return `${ns} ${dev} ${dir} ${src}>${dst} ttl ${ttl}${around}`;
}

type Hops = TraceAnswer['paths'][number]['legs'][number]['hops'];

/** The devices of a walk: every step that enters or leaves one. */
function points(hops: Hops): readonly Point[] {
  return hops.flatMap(({ place, steps }) => {
    const ns = placeName(place);
    return steps.flatMap((step) => {
      const point = pointOf(step);
      return point === undefined ? [] : [{ ns, ...point }];
    });
  });
}

function placeName({ kind, name }: Hops[number]['place']): string {
  if (kind === 'external') return 'ext';
  return { 'node-a': 'nodeA', 'node-b': 'nodeB' }[name] ?? name;
}

function pointOf({ kind, where, packet }: Hops[number]['steps'][number]): Omit<Point, 'ns'> | undefined {
  if ((kind !== 'receive' && kind !== 'transmit') || packet === undefined) return undefined;
  const { src, dst, ttl, outer } = packet;
  const at = kind === 'receive' ? { dir: 'in', dev: where?.in ?? '' } : { dir: 'out', dev: where?.out ?? '' };
  return { ...at, src, dst, ttl, ...(outer === undefined ? {} : { outer }) };
}
