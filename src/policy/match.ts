/** Does a peer or a port of a rule match an end of a flow? */

import type { Pod } from '../cluster/cluster.ts';
import { selectorMatches } from '../k8s/selector.ts';
import { cidrContains } from '../net/cidr.ts';
import type { Ip } from '../net/ip.ts';
import type { Party } from './party.ts';
import type { Peer, PortItem } from './policy.ts';
import { type PolicyIndex, type PolicySettings, selectsPod } from './policy-index.ts';

export type Block = Extract<Peer, { readonly kind: 'block' }>;

/** Selectors match pods alone, node peers nodes alone, and address blocks what the CNI compares with them. */
export function peerMatches({ settings, namespaces }: PolicyIndex, peer: Peer, party: Party): boolean {
  switch (peer.kind) {
    case 'pods':
      return party.kind === 'pod' && selectsPod(peer.pods, party.pod, namespaces);
    case 'block':
      return blockSees(settings, party) && party.ip !== undefined && blockHolds(peer, party.ip);
    case 'nodes':
      return party.kind === 'node' && selectorMatches(peer.nodes.selector, party.node.labels);
    case 'outside':
      return party.kind === 'address';
    case 'domains':
    case 'unmodelled':
    case 'unreadable':
      return false;
  }
}

/** Does nobody know here whom the peer means? */
export function isUnknown({ kind }: Peer): boolean {
  return kind === 'domains' || kind === 'unmodelled';
}

/** May a peer, of which nobody knows whom it means, mean the party? A name means hosts outside. */
export function mayMean(peer: Peer, party: Party): boolean {
  if (peer.kind === 'domains') return party.kind === 'address';
  return peer.kind === 'unmodelled' && (peer.among?.includes(party.kind) ?? true);
}

/** Are the party's addresses compared with address blocks? Outside addresses always are. */
export function blockSees({ blocksMatch }: PolicySettings, { kind }: Party): boolean {
  if (kind === 'address') return true;
  return kind === 'pod' ? blocksMatch.pods : blocksMatch.nodes;
}

/** Is the address in the block, and in none of its exceptions? */
function blockHolds({ cidr, except }: Block, ip: Ip): boolean {
  return cidrContains(cidr, ip) && !except.some((hole) => cidrContains(hole.cidr, ip));
}

type NamedPort = Extract<PortItem, { readonly kind: 'named' }>;

/** The ports of a pod that a name means; a name means nothing anywhere else. */
export function portsNamed({ name, protocol }: NamedPort, destination: Party): Pod['ports'] {
  if (destination.kind !== 'pod') return [];
  return destination.pod.ports.filter(
    (port) => port.name === name && (protocol === undefined || port.protocol === protocol),
  );
}
