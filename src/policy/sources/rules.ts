/** Rules as objects write them, to compiled ones: field paths get their document. */

import type { K8sObject } from '../../k8s/object.ts';
import type { PeerPart, PlacedSelector, PodsPart, PortPart, RulePart } from '../../k8s/policy-parts/parts.ts';
import { refTo, type SourceRef } from '../../source/ref.ts';
import type { Peer, PodSet, PolicyRule, PortItem, Selection } from '../policy.ts';

/** The object that rules are of. */
export interface RuleOwner {
  readonly origin: SourceRef;
  /** Where a podSelector without a namespaceSelector looks; undefined: everywhere. */
  readonly namespace?: string;
}

/** An object as the owner of rules. */
export function ownerOf({ metadata, origin }: K8sObject<string, unknown>): RuleOwner {
  return metadata.namespace === '' ? { origin } : { origin, namespace: metadata.namespace };
}

/**
 * The rules of a direction. What cannot be read fails closed: an allowing rule matches nothing there, a
 * denying or passing one denies every peer and port.
 */
export function compileRules(parts: readonly RulePart[], owner: RuleOwner): readonly PolicyRule[] {
  return parts.map((part, index) => {
    const { action, name, peers, ports, path } = part;
    const shared = { index, origin: refTo(owner.origin, ...path), ...(name === undefined ? {} : { name }) };
    if (action !== 'allow' && (hasUnreadable(peers) || hasUnreadable(ports))) {
      return { ...shared, action: 'deny' };
    }
    return {
      ...shared,
      action,
      ...(peers === undefined ? {} : { peers: peers.map((peer) => compilePeer(peer, owner)) }),
      ...(ports === undefined ? {} : { ports: ports.map((port) => compilePort(port, owner)) }),
    };
  });
}

/** A set of pods; without a namespace selector those of the owner's namespace. */
export function compilePods(part: PodsPart, owner: RuleOwner): PodSet {
  return {
    ...(part.namespaces === undefined
      ? owner.namespace === undefined
        ? {}
        : { namespace: owner.namespace }
      : { namespaces: selection(part.namespaces, owner) }),
    ...(part.pods === undefined ? {} : { pods: selection(part.pods, owner) }),
  };
}

/** A selector with its place in a document. */
function selection({ selector, path }: PlacedSelector, { origin }: RuleOwner): Selection {
  return { selector, origin: refTo(origin, ...path) };
}

/** Could every requirement of the set be read? */
export function isReadable({ namespaces, pods }: PodsPart): boolean {
  return namespaces?.readable !== false && pods?.readable !== false;
}

function hasUnreadable(parts: readonly (PeerPart | PortPart)[] | undefined): boolean {
  return parts?.some(isUnreadable) === true;
}

function isUnreadable(part: PeerPart | PortPart): boolean {
  if (part.kind === 'pods') return !isReadable(part);
  return part.kind === 'unreadable' || (part.kind === 'nodes' && !part.nodes.readable);
}

function compilePeer(part: PeerPart, owner: RuleOwner): Peer {
  const origin = refTo(owner.origin, ...part.path);
  if (isUnreadable(part)) return { kind: 'unreadable', origin };
  switch (part.kind) {
    case 'pods':
      return { kind: 'pods', pods: compilePods(part, owner), origin };
    case 'block': {
      const except = part.except.map(({ cidr, path }) => ({ cidr, origin: refTo(owner.origin, ...path) }));
      return { kind: 'block', cidr: part.cidr, except, origin };
    }
    case 'nodes':
      return { kind: 'nodes', nodes: selection(part.nodes, owner), origin };
    case 'domains':
      return { kind: 'domains', names: part.names, origin };
    case 'unreadable':
      return { kind: 'unreadable', origin };
  }
}

function compilePort(part: PortPart, owner: RuleOwner): PortItem {
  const { path, ...port } = part;
  return { ...port, origin: refTo(owner.origin, ...path) };
}
