/**
 * Does one rule of a policy match all that another one matches? Judged by what is written, not by the pods that are
 * there today; where it is not plain, the answer is no.
 */

import type { LabelSelector } from '../k8s/selector.ts';
import { type Cidr, cidrContains, cidrsOverlap } from '../net/cidr.ts';
import type { Peer, PodSet, PolicyRule, PortItem, Selection } from '../policy/policy.ts';

/** Peers and ports; actions are not looked at. */
export function ruleCovers(wide: PolicyRule, narrow: PolicyRule): boolean {
  return peersCover(wide.peers, narrow.peers) && portsCover(wide.ports, narrow.ports);
}

/** Are all pods of the narrow set in the wide one? */
export function podsCover(wide: PodSet, narrow: PodSet): boolean {
  if (wide.accounts !== undefined || narrow.accounts !== undefined) return false;
  if (!selectionCovers(wide.pods, narrow.pods)) return false;
  if (wide.namespace !== undefined) return wide.namespace === narrow.namespace;
  if (wide.namespaces === undefined || isOpen(wide.namespaces.selector)) return true;
  return narrow.namespace === undefined && selectionCovers(wide.namespaces, narrow.namespaces);
}

function peersCover(wide: PolicyRule['peers'], narrow: PolicyRule['peers']): boolean {
  if (wide === undefined) return true;
  return narrow?.every((each) => wide.some((peer) => peerCovers(peer, each))) ?? false;
}

function peerCovers(wide: Peer, narrow: Peer): boolean {
  if (wide.kind === 'pods') return narrow.kind === 'pods' && podsCover(wide.pods, narrow.pods);
  return wide.kind === 'block' && narrow.kind === 'block' && blockCovers(wide, narrow);
}

type Block = Extract<Peer, { readonly kind: 'block' }>;

function blockCovers(wide: Block, narrow: Block): boolean {
  if (!contains(wide.cidr, narrow.cidr)) return false;
  return wide.except.every(
    ({ cidr }) => !cidrsOverlap(cidr, narrow.cidr) || narrow.except.some((hole) => contains(hole.cidr, cidr)),
  );
}

function contains(wide: Cidr, narrow: Cidr): boolean {
  return wide.length <= narrow.length && cidrContains(wide, narrow.base);
}

/** undefined selects everything. */
function selectionCovers(wide: Selection | undefined, narrow: Selection | undefined): boolean {
  if (wide === undefined || isOpen(wide.selector)) return true;
  return narrow !== undefined && implies(narrow.selector, wide.selector);
}

function isOpen({ matchLabels, matchExpressions }: LabelSelector): boolean {
  return matchLabels.size === 0 && matchExpressions.length === 0;
}

/** Is every requirement of the wide selector one of the narrow? */
function implies(narrow: LabelSelector, wide: LabelSelector): boolean {
  const texts = new Set(narrow.matchExpressions.map((each) => JSON.stringify(each)));
  return (
    [...wide.matchLabels].every(([key, value]) => narrow.matchLabels.get(key) === value) &&
    wide.matchExpressions.every((each) => texts.has(JSON.stringify(each)))
  );
}

function portsCover(wide: PolicyRule['ports'], narrow: PolicyRule['ports']): boolean {
  if (wide === undefined) return true;
  return narrow?.every((each) => wide.some((item) => itemCovers(item, each))) ?? false;
}

function itemCovers(wide: PortItem, narrow: PortItem): boolean {
  if (wide.kind === 'range') {
    return (
      narrow.kind === 'range' &&
      wide.protocol === narrow.protocol &&
      wide.from <= narrow.from &&
      wide.to >= narrow.to
    );
  }
  if (wide.kind !== 'named' || narrow.kind !== 'named') return false;
  return wide.name === narrow.name && (wide.protocol === undefined || wide.protocol === narrow.protocol);
}
