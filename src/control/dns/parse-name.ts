/** A name below a zone of the cluster, read from right to left. Source: coredns/coredns:plugin/kubernetes/parse.go. */

/** Which topology zone the endpoints are to be in (`zonal`, CoreDNS 1.14.7). */
export interface TopologyChoice {
  readonly zone: string;
  /** All endpoints, where the zone has none. */
  readonly isPreference: boolean;
}

export interface ParsedName {
  readonly branch: 'svc' | 'pod';
  readonly namespace: string;
  /** The Service, or in the branch `pod` the address; undefined: the namespace itself is meant. */
  readonly own?: string | undefined;
  readonly endpoint?: string;
  /** The cluster that an endpoint is in, in a zone of several clusters. */
  readonly clusterId?: string;
  /** Without the first underscore; empty: any. */
  readonly port: string;
  readonly protocol: string;
  readonly topology?: TopologyChoice;
}

export interface NameGrammar {
  readonly multicluster: boolean;
  readonly zonal: boolean;
}

const TOPOLOGY_LABEL = '_zone';
const DIRECTIVES: ReadonlyMap<string, boolean> = new Map([
  ['pin', false],
  ['prefer', true],
]);

/**
 * Reads the labels before the zone.
 * @param labels lower case.
 * @returns `branch`: a name that exists for its own sake (the zone, `svc`, `pod`); `invalid`: nothing can be there.
 */
export function parseName(
  labels: readonly string[],
  grammar: NameGrammar,
): ParsedName | 'branch' | 'invalid' {
  const branch = labels.at(-1);
  if (branch === undefined) return 'branch';
  if (branch !== 'svc' && branch !== 'pod') return 'invalid';
  const [own, namespace] = [labels.at(-3), labels.at(-2)];
  if (namespace === undefined) return 'branch';
  const start: ParsedName = { branch, namespace, own, port: '', protocol: '' };
  if (labels.length <= 3) return start;
  const narrowed = narrow(labels.slice(0, -3), grammar);
  const isUndefinedShape = narrowed === undefined || (narrowed.topology !== undefined && branch === 'pod');
  return isUndefinedShape ? 'invalid' : { ...start, ...narrowed };
}

/** @param before the labels before the Service's, or the pod's. */
function narrow(
  before: readonly string[],
  { multicluster, zonal }: NameGrammar,
): Partial<ParsedName> | undefined {
  const [first = '', second] = before;
  if (second === undefined) return { endpoint: first };
  if (before.length > 2) return zonal && !multicluster ? topologyOf(before) : undefined;
  if (multicluster && !first.startsWith('_') && !second.startsWith('_')) {
    return { endpoint: first, clusterId: second };
  }
  return { port: stripUnderscore(first), protocol: stripUnderscore(second) };
}

/** `<topology zone>.pin|prefer._zone`, where the zone may have dots. */
function topologyOf(before: readonly string[]): Partial<ParsedName> | undefined {
  const isPreference = DIRECTIVES.get(before.at(-2) ?? '');
  if (before.at(-1) !== TOPOLOGY_LABEL || isPreference === undefined) return undefined;
  return { topology: { zone: before.slice(0, -2).join('.'), isPreference } };
}

function stripUnderscore(label: string): string {
  return label.startsWith('_') ? label.slice(1) : label;
}
