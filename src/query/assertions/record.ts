/**
 * The present state as assertions: what becomes of a packet from each workload and from outside to each port of each
 * Service, what the names of Services resolve to, and where each rule of an Ingress lands.
 */

import type { Cluster, ClusterService } from '../../cluster/cluster.ts';
import { groupBy } from '../../collections/grouping.ts';
import type { Protocol } from '../../net/packet.ts';
import { dnsLookupQuestion } from '../dns-lookup.ts';
import { explainIngress } from '../explain-ingress.ts';
import { unitId } from '../matrix/units.ts';
import type { Snapshot } from '../snapshot.ts';
import { traceQuestion } from '../trace.ts';
import { UsageError } from '../usage-error.ts';
import { addressesOf } from './addresses-of.ts';

/** As a test file writes it. */
export interface RecordedTest {
  readonly [key: string]: string | readonly string[];
}

export interface Recording {
  readonly tests: readonly RecordedTest[];
  /** Packets were recorded only inside namespaces, and from outside. */
  readonly isPartial: boolean;
}

/** A trace takes about a millisecond. */
const MOST_TRACES = 20_000;

/** Records a snapshot. What nobody wrote (the implied Services of every cluster) is left out. */
export function recordTests(snapshot: Snapshot): Recording {
  const { cluster } = snapshot;
  const services = cluster.services.filter(({ origin }) => origin !== undefined);
  const sources = sourcesOf(cluster);
  const ports = services.reduce((sum, { body }) => sum + body.ports.length, 0);
  const isPartial = ports * (sources.length + 1) > MOST_TRACES;
  return {
    isPartial,
    tests: [
      ...services.flatMap((service) =>
        packetTests(
          snapshot,
          service,
          isPartial ? sources.filter(({ namespace }) => namespace === service.namespace) : sources,
        ),
      ),
      ...services.map((service) => lookupTest(snapshot, service)),
      ...requestTests(snapshot),
    ],
  };
}

interface RecordedSource {
  readonly namespace: string;
  readonly text: string;
}

/** Workloads and single pods that somebody wrote, by their references. */
function sourcesOf({ pods }: Cluster): readonly RecordedSource[] {
  const written = pods.filter(({ origin, finished }) => origin !== undefined && !finished);
  const units = new Map(written.map((pod) => [unitId(pod), pod.namespace]));
  return [...units].map(([text, namespace]) => ({ text, namespace }));
}

/** One test for each port and what becomes of its packets, with all the sources that it becomes of. */
function packetTests(
  snapshot: Snapshot,
  service: ClusterService,
  sources: readonly RecordedSource[],
): readonly RecordedTest[] {
  const from = [...sources.map(({ text }) => text), 'internet'];
  return service.body.ports.flatMap(({ port, protocol }) => {
    const to = `${service.namespace}/svc/${service.name}:${port}`;
    const bySort = groupBy(from, (source) => endOf(snapshot, { from: source, to, protocol }));
    return [...bySort].map(([expect, group]) => ({
      from: group,
      to,
      ...(protocol === 'tcp' ? {} : { protocol }),
      expect,
    }));
  });
}

/** The narrowest word that holds; undefined where the packet cannot be sent. */
function endOf(
  snapshot: Snapshot,
  question: { readonly from: string; readonly to: string; readonly protocol: Protocol },
): string | undefined {
  try {
    const { result, paths } = traceQuestion(snapshot, { ...question, dns: true });
    if (result !== 'unreachable') return result === 'undetermined' ? undefined : result;
    const endings = new Set(paths.map(({ disposition }) => disposition));
    const [ending] = endings;
    return endings.size === 1 ? ending : result;
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

/** Its own addresses, whatever they are in this cluster; else what the program is told. */
function lookupTest(snapshot: Snapshot, { namespace, name }: ClusterService): RecordedTest {
  const question = { name: `${name}.${namespace}` };
  const service = `${namespace}/svc/${name}`;
  const { addresses, status } = dnsLookupQuestion(snapshot, question).result;
  const own = addressesOf(snapshot, service);
  const isOwn = addresses.length > 0 && addresses.every((address) => own.includes(address));
  if (isOwn) return { lookup: question.name, expect: service };
  return { lookup: question.name, expect: addresses.length === 0 ? status : addresses };
}

function requestTests(snapshot: Snapshot): readonly RecordedTest[] {
  const { ingresses } = explainIngress(snapshot, {});
  const urls = new Set(
    ingresses.flatMap(({ rules, tls }) =>
      rules.flatMap(({ host, path }) => {
        if (host === '*' || host.startsWith('*.')) return [];
        const scheme = tls.some(({ hosts }) => hosts.includes(host)) ? 'https' : 'http';
        const isPlain = path === undefined || /^[\w/.~-]*$/.test(path);
        return isPlain ? [`${scheme}://${host}${path ?? '/'}`] : [];
      }),
    ),
  );
  return [...urls].flatMap((url): readonly RecordedTest[] => {
    const { request } = explainIngress(snapshot, { url });
    // Without a connection there is no status to hold it to.
    if (request === undefined || request.status === 0) return [];
    if (request.redirect !== undefined) return [{ url, expect: request.redirect }];
    const backends = request.weights === undefined ? [request.backend ?? ''] : Object.keys(request.weights);
    const isBackend = request.status < 400 && backends.every((backend) => backend !== '');
    return [{ url, expect: isBackend ? backends.map(withKind) : String(request.status) }];
  });
}

/** `shop/api:80` as a reference: `shop/svc/api:80`. */
function withKind(backend: string): string {
  return backend.replace('/', '/svc/');
}
