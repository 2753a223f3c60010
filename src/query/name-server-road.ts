/** The road to a pod's name servers: the questions go through the same network as any other packet. */

import type { Pod } from '../cluster/cluster.ts';
import { DNS_UPSTREAM_NAME } from '../cluster/implied-services.ts';
import { type NameServer, podNameServers } from '../control/dns/pod-name-servers.ts';
import { explainNoEndpoints } from '../control/missing-endpoints.ts';
import type { Dataplane } from '../dataplane/build.ts';
import { nodeNamespaceId } from '../dataplane/cni.ts';
import type { Diagnostic, Help } from '../diagnostics/diagnostic.ts';
import { type Ip, isLoopback } from '../net/ip.ts';
import { isSuccess } from '../trace/disposition.ts';
import type { Flow, Walk } from '../trace/trace.ts';
import { traceFlow } from '../trace/tracer.ts';
import type { Asking } from './asking.ts';
import { flowOf } from './dial.ts';
import { denialOf, explainDenial } from './policy-cause.ts';

/** Outside the cluster everybody listens there. */
const DNS_PORT = 53;

export interface NameServerRoad {
  /** The first server that a question gets to; undefined: there is none. */
  readonly server?: NameServer;
  /** The way to it, else to the first one; undefined where the server is invented, or on the pod's own loopback. */
  readonly walk?: Walk;
  /** Why those before it, or all, were not reached. */
  readonly misses: readonly Diagnostic[];
}

/** A resolver library asks the servers in order, and each again: one way to one of them is enough. */
export function nameServerRoad(asking: Asking, pod: Pod): NameServerRoad {
  const servers = podNameServers(asking.snapshot.cluster, pod);
  const misses: Diagnostic[] = [];
  let first: Walk | undefined;
  for (const server of servers) {
    if (server.assumed) return { server, misses };
    if (isLoopback(server.ip)) {
      if (pod.hostNetwork) return { server, misses };
      misses.push(ownLoopback(pod, server));
      continue;
    }
    const walks = walksTo(asking, server);
    const walk = walks.find(({ disposition }) => isSuccess(disposition)) ?? walks[0];
    if (walk !== undefined && isSuccess(walk.disposition)) return { server, walk, misses };
    misses.push(...notReached(asking, server, walk));
    first ??= walk;
  }
  if (servers.length === 0) misses.push(noServer(pod));
  return { misses, ...(first === undefined ? {} : { walk: first }) };
}

/**
 * The cache's own question, of a name of the cluster that it does not know yet: over TCP to the Service behind which the
 * cluster DNS is (`forward . … force_tcp`). undefined: no cache took the question, or the Service is not known.
 */
export function cacheRoad(asking: Asking, walk: Walk): { readonly walk: Walk; readonly ip: Ip } | undefined {
  const { snapshot, family, world, clientPort } = asking;
  const { dns } = snapshot.profile;
  const node = walk.taker?.place.kind === 'node' ? walk.taker.place.name : undefined;
  const upstream = snapshot.control.serviceByKey.get(`${dns.namespace}/${DNS_UPSTREAM_NAME}`);
  const ip = upstream?.clusterIps.find((own) => own.family === family) ?? upstream?.clusterIps[0];
  if (!dns.nodeLocal || node === undefined || ip === undefined) return undefined;
  const flow: Flow = {
    from: nodeNamespaceId(node),
    protocol: 'tcp',
    srcPort: clientPort,
    dst: ip,
    dstPort: dns.port,
  };
  const walks = traceFlow(world, flow);
  const found = walks.find(({ disposition }) => isSuccess(disposition)) ?? walks[0];
  return found === undefined ? undefined : { walk: found, ip };
}

/** Why the cache gets no answer: a program is told to try again (SERVFAIL). */
export function cacheMiss(
  asking: Asking,
  { walk, ip }: { readonly walk: Walk; readonly ip: Ip },
): readonly Diagnostic[] {
  return notReached(asking, { ip, kind: 'cluster', assumed: false }, walk);
}

/** Walks to name servers, by what they depend on. Whoever asks many things of a cluster asks them from few pods. */
const knownWalks = new WeakMap<Dataplane, Map<string, readonly Walk[]>>();
const MOST_KNOWN_WALKS = 1000;

function walksTo(asking: Asking, { ip, kind }: NameServer): readonly Walk[] {
  const { world, from, clientPort } = asking;
  const { dataplane, serviceCidrs: _, podCidrs: __, ...options } = world;
  const flow = questionFlow(asking, { ip, kind });
  const key = JSON.stringify([from, clientPort, ip.text, flow.dstPort, options]);
  const known = knownWalks.get(dataplane) ?? new Map<string, readonly Walk[]>();
  if (known.size >= MOST_KNOWN_WALKS) known.clear();
  knownWalks.set(dataplane, known);
  const walks = known.get(key) ?? traceFlow(world, flow);
  known.set(key, walks);
  return walks;
}

function questionFlow(asking: Asking, { ip, kind }: Pick<NameServer, 'ip' | 'kind'>): Flow {
  const port = kind === 'cluster' ? asking.snapshot.profile.dns.port : DNS_PORT;
  return flowOf(asking, { ip, port, protocol: 'udp' });
}

/** Nobody answers; where the DNS Service has no pods, that is why. */
function notReached(asking: Asking, server: NameServer, walk: Walk | undefined): readonly Diagnostic[] {
  const { control } = asking.snapshot;
  const { ip } = server;
  const denial = walk === undefined ? undefined : denialOf(walk);
  if (denial !== undefined) {
    const causes = explainDenial(asking, { ...denial, flow: questionFlow(asking, server) });
    const isEgress = denial.look.verdict.direction === 'egress';
    return causes.map((why, index) =>
      isEgress && index === 0 ? { ...why, code: 'dns-denied-egress' } : why,
    );
  }
  const why = walk === undefined ? '' : ` (${walk.disposition})`;
  const cause: Diagnostic = {
    code: 'name-unavailable',
    severity: 'error',
    text: `nobody answers at the name server ${ip.text}${why}`,
    sources: [],
    help: withoutDnsService(asking, ip),
  };
  if (walk?.disposition !== 'no-endpoints') return [cause];
  const [servicePort] = control.servicePortsAt(ip).filter(({ protocol }) => protocol === 'udp');
  if (servicePort === undefined) return [cause];
  return [cause, explainNoEndpoints(control, servicePort).diagnostic];
}

/** A closed world without the Service of the cluster DNS: its address is only the usual one. */
function withoutDnsService({ snapshot }: Asking, ip: Ip): readonly Help[] {
  const { control, profile } = snapshot;
  const isUsual = profile.dns.clusterIps.includes(ip) && !profile.given.has('dns.clusterIPs');
  if (!isUsual || control.servicePortsAt(ip).length > 0) return [];
  const text = `no Service has ${ip.text}, the usual address of the cluster DNS: read kube-system too, or set dns.clusterIPs, or ask with --no-dns`;
  return [{ text, applicability: 'has-placeholders' }];
}

function ownLoopback(pod: Pod, { ip }: NameServer): Diagnostic {
  return {
    code: 'name-unavailable',
    severity: 'error',
    text: `the name server ${ip.text} is the loopback of ${pod.key} itself, where nobody answers: it comes from the node's resolv.conf`,
    sources: [],
    help: [
      {
        text: 'point the kubelet at the file behind the stub, as --resolv-conf=/run/systemd/resolve/resolv.conf',
        applicability: 'likely',
      },
    ],
  };
}

function noServer(pod: Pod): Diagnostic {
  return {
    code: 'name-unavailable',
    severity: 'error',
    text: `${pod.key} has no name server (dnsPolicy ${pod.spec.dnsPolicy})`,
    sources: [],
  };
}
