/**
 * The connections of a cluster as np-guard's netpol-analyzer lists them, under its assumptions: address blocks
 * match no pod, pods in a node's network are pods like others, there are no nodes, and a workload stands for all
 * its pods. For people who come from it, and to compare with it.
 */

import type { Pod } from '../../cluster/cluster.ts';
import { WORKLOAD_KINDS } from '../../cluster/owners.ts';
import { compareText } from '../../collections/order.ts';
import type { OwnerReference } from '../../k8s/object.ts';
import { holdsAllPorts, PORT_PROTOCOLS, type PortSet, printRanges } from '../../net/port-set.ts';
import { listAtoms } from '../../policy/matrix/atom-set.ts';
import { policyMatrix } from '../../policy/matrix/matrix.ts';
import type { Universe } from '../../policy/matrix/universe.ts';
import { indexPolicies } from '../../policy/policy-index.ts';
import type { Snapshot } from '../snapshot.ts';
import { ingressConnections } from './ingress-controller.ts';

export interface AnalyzerAnswer {
  /** `SRC => DST : CONN`, in the order of the texts. */
  readonly lines: readonly string[];
}

const SETTINGS = { blocksMatch: { pods: false, nodes: false } };

/** Lists the connections; IPv4 alone, as there. */
export function netpolAnalyzerAnswer(snapshot: Snapshot): AnalyzerAnswer {
  const { cluster } = snapshot;
  // Nodes are not known there: peers by node match nothing.
  const index = indexPolicies(snapshot.policies.policies, cluster, SETTINGS);
  const pods = cluster.pods.filter(({ origin, finished }) => origin !== undefined && !finished);
  const matrix = policyMatrix({ cluster, pods, index, settings: SETTINGS, family: 4, hostNetwork: 'pods' });
  const peerName = peerNames(snapshot);
  const names = namesOf(matrix.universe, peerName);
  const lines = new Map<string, PortSet>();
  for (const { from, to, ports } of matrix.blocks()) {
    const destinations = listAtoms(to).flatMap((atom) => names[atom] ?? []);
    for (const source of listAtoms(from).flatMap((atom) => names[atom] ?? [])) {
      for (const destination of destinations) {
        if (source !== destination) lines.set(`${source} => ${destination}`, ports);
      }
    }
  }
  const ofController = ingressConnections(snapshot, index, pods).map(
    ({ pod, ports }) => [`{ingress-controller} => ${peerName(pod)}`, ports] as const,
  );
  const all = [...lines, ...ofController].map(([pair, ports]) => `${pair} : ${connectionText(ports)}`);
  return { lines: all.sort(compareText) };
}

/** The names of each atom's peers; the first atom that has a workload's pods speaks for it. */
function namesOf({ atoms }: Universe, peerName: (pod: Pod) => string): readonly (readonly string[])[] {
  const named = new Set<string>();
  return atoms.map((atom) => {
    if (!('pods' in atom)) return [`${atom.first.text}-${atom.last.text}[External]`];
    const own = [...new Set(atom.pods.map(peerName))].filter((name) => !named.has(name));
    for (const name of own) named.add(name);
    return own;
  });
}

/**
 * `shop/web[Deployment]`. A pod that somebody wrote, without its workload, is its own controller's: `[ReplicaSet]`,
 * whatever stands above that; a node, which owns static pods, is none.
 * Source: np-guard/netpol-analyzer: PodFromCoreObject.
 */
function peerNames({ objects }: Snapshot): (pod: Pod) => string {
  const owners = new Map<string, OwnerReference>();
  for (const { metadata } of objects.ofKind('Pod')) {
    const owner = metadata.owners.find(({ controller, kind }) => controller && kind !== 'Node');
    if (owner !== undefined) owners.set(`${metadata.namespace}/${metadata.name}`, owner);
  }
  const written = new Set(
    WORKLOAD_KINDS.flatMap((kind) =>
      objects.ofKind(kind).map(({ metadata }) => `${metadata.namespace}/${metadata.name}[${kind}]`),
    ),
  );
  return ({ key, namespace, name, workload }) => {
    const top = `${namespace}/${workload?.name ?? name}[${workload?.kind ?? 'Pod'}]`;
    const owner = owners.get(key);
    return owner === undefined || written.has(top) ? top : `${namespace}/${owner.name}[${owner.kind}]`;
  };
}

/** `All Connections`, or `SCTP 1-65535,TCP 80,443,UDP 53`. */
function connectionText(ports: PortSet): string {
  if (holdsAllPorts(ports)) return 'All Connections';
  return [...PORT_PROTOCOLS]
    .sort(compareText)
    .filter((protocol) => ports[protocol].length > 0)
    .map((protocol) => `${protocol.toUpperCase()} ${printRanges(ports[protocol])}`)
    .join();
}
