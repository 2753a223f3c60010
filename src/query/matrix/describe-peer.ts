/** Peers of policies in words. */

import type { Peer, PodSet } from '../../policy/policy.ts';
import { printSelector } from '../print-selector.ts';

/** `pods app=web of shop`, `any pod of namespaces team=a`. */
export function describePods({ namespace, namespaces, pods, accounts }: PodSet): string {
  const own = [pods, accounts].flatMap((each) => (each && printSelector(each.selector)) || []).join(',');
  const which = own === '' ? 'any pod' : `pods ${own}`;
  if (namespace !== undefined) return `${which} of ${namespace}`;
  const of = namespaces === undefined ? '' : printSelector(namespaces.selector);
  return of === '' ? `${which} of any namespace` : `${which} of namespaces ${of}`;
}

/** A peer of any sort. */
export function describePeer(peer: Peer): string {
  switch (peer.kind) {
    case 'pods':
      return describePods(peer.pods);
    case 'block': {
      const holes = peer.except.map(({ cidr }) => cidr.text);
      return holes.length === 0 ? peer.cidr.text : `${peer.cidr.text} except ${holes.join(', ')}`;
    }
    case 'nodes':
      return `nodes ${printSelector(peer.nodes.selector)}`.trim();
    case 'domains':
      return `hosts named ${peer.names.join(', ')}`;
    case 'outside':
      return 'hosts outside';
    case 'unmodelled':
      return `nobody knows whom: ${peer.what} is not modelled`;
    case 'unreadable':
      return 'nobody: it cannot be read';
  }
}
