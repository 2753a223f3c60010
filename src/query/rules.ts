/** The question of `k8snet rules`: the rule set that a node's service proxy would program. */

import type { ClusterService, Node } from '../cluster/cluster.ts';
import type { ProxyMode } from '../cluster/profile.ts';
import { type Facets, nodeNamespaceId } from '../dataplane/cni.ts';
import { type DatapathLines, datapathLines } from '../dataplane/print-datapath.ts';
import { MODELLED_MODES, serviceProxyOf } from '../dataplane/proxies.ts';
import type { IpFamily } from '../net/ip.ts';
import type { Ruleset } from '../netfilter/ruleset.ts';
import { objectNamer } from './namer.ts';
import type { Snapshot } from './snapshot.ts';
import type { ObjectNamer } from './source-answer.ts';
import { findNode, findServiceNamed } from './target.ts';
import { UsageError } from './usage-error.ts';

export interface RulesQuestion {
  /** Its name; `node/` may stand before it. */
  readonly node: string;
  /** undefined: the profile's. */
  readonly mode?: ProxyMode;
  /** undefined: every family of the cluster. */
  readonly family?: IpFamily;
  /** `[NAMESPACE/]NAME`: only what this Service asks for, with the chains that every node has. */
  readonly service?: string;
  /** kube-proxy counts some packets where the kernel has nfacct. */
  readonly countsPackets?: boolean;
  /** With the node's links, addresses, routes, neighbours and forwarding entries. */
  readonly wiring?: boolean;
}

/** Lines for `ip -batch`, `bridge -batch` and `sysctl -w`, and what none of them can say. */
export type WiringLines = DatapathLines;

/** Rules that are made while they are printed: a node of 10,000 Services has more than fit into memory. */
export interface NodeRules {
  readonly node: string;
  /** kube-proxy's, or whose programs take its place. */
  readonly mode: ProxyMode | Facets['services'];
  readonly service?: string;
  /** There is nothing to print: the node has no rules, or the Service that was asked for. */
  readonly isEmpty: boolean;
  /** Why the node has no rules at all. */
  readonly absent?: string;
  /** One for each family, the primary one first. */
  readonly rulesets: readonly Ruleset[];
  /** Where it is asked for: what the CNI makes on the node. */
  readonly wiring?: WiringLines;
  readonly namer: ObjectNamer;
}

/**
 * The rules of a node.
 * @throws UsageError for an unknown node or Service, or a mode whose rules are not known.
 */
export function nodeRules(snapshot: Snapshot, question: RulesQuestion): NodeRules {
  const { cluster, dataplane, objects, profile } = snapshot;
  const node = nodeOf(snapshot, question.node);
  const absent = question.mode === undefined ? absentRules(snapshot) : undefined;
  if (absent !== undefined) return withoutRules(snapshot, { question, node, absent });
  const mode = modelledMode(question.mode ?? profile.proxy.mode);
  const service = question.service === undefined ? undefined : findServiceNamed(cluster, question.service);
  const families = question.family === undefined ? profile.ipFamilies : [question.family];
  return {
    node: node.name,
    mode,
    ...(service === undefined ? {} : { service: service.key }),
    isEmpty: service !== undefined && portsOf(snapshot, service).length === 0,
    rulesets: families.map((family) =>
      dataplane.compileProxy(node, family, {
        mode,
        countsPackets: question.countsPackets ?? false,
        ...(service === undefined ? {} : { servicePorts: portsOf(snapshot, service) }),
      }),
    ),
    ...(question.wiring === true ? { wiring: wiringOf(snapshot, node) } : {}),
    namer: objectNamer(objects),
  };
}

/** Why nodes have no rules of kube-proxy; undefined: they have. */
export function absentRules({ dataplane }: Snapshot): string | undefined {
  const { services, label } = dataplane.cni.facets;
  return services === 'kube-proxy'
    ? undefined
    : `no kube-proxy: programs of ${label} translate Service addresses, and no rule does`;
}

/** What the CNI makes is there all the same. */
function withoutRules(
  snapshot: Snapshot,
  {
    question,
    node,
    absent,
  }: { readonly question: RulesQuestion; readonly node: Node; readonly absent: string },
): NodeRules {
  const hasWiring = question.wiring === true;
  return {
    node: node.name,
    mode: snapshot.dataplane.cni.facets.services,
    isEmpty: !hasWiring,
    absent,
    rulesets: [],
    ...(hasWiring ? { wiring: wiringOf(snapshot, node) } : {}),
    namer: objectNamer(snapshot.objects),
  };
}

/** Pods' ends of a link are named after the pod: `shop/web-0` is the network namespace `shop_web-0`. */
function wiringOf({ dataplane }: Snapshot, node: Node): WiringLines {
  const namespace = dataplane.namespace(nodeNamespaceId(node.name));
  if (namespace === undefined) return { ip: [], bridge: [], sysctl: [], notes: [] };
  const netns = (id: string) => id.slice(id.indexOf('/') + 1).replaceAll('/', '_');
  return datapathLines(namespace, { netns });
}

/** The node that a question names. @throws UsageError */
export function nodeOf({ cluster }: Snapshot, text: string): Node {
  const name = text.replace(/^(nodes?|no)\//, '');
  return findNode(cluster, text, { kind: 'object', name });
}

/** The mode, if its rules are known. @throws UsageError */
export function modelledMode(mode: ProxyMode): ProxyMode {
  if (serviceProxyOf(mode) !== undefined) return mode;
  const why = mode === 'none' ? 'the cluster has no kube-proxy' : `proxy mode ${mode} is not modelled`;
  throw new UsageError(
    why,
    MODELLED_MODES.map((known) => `--proxy ${known}`),
  );
}

function portsOf({ control }: Snapshot, service: ClusterService) {
  return control.servicePortsOf(service.key);
}
