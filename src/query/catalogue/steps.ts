/** What each kind of step is, and the word that a line of the walk begins with. */

import type { StepKind } from '../answer.ts';

export interface StepPage {
  /** The words in the text view. */
  readonly verbs: readonly string[];
  readonly means: string;
  /** Shown from this level on. */
  readonly from: 'default' | '-v';
}

export const STEP_PAGES: Readonly<Record<StepKind, StepPage>> = {
  resolve: { verbs: ['resolve'], means: 'a name is asked for, and what came back', from: 'default' },
  originate: {
    verbs: ['send'],
    means: 'a program sends: source and destination as it sees them',
    from: 'default',
  },
  receive: { verbs: ['enter'], means: 'the packet arrives on a device', from: '-v' },
  match: {
    verbs: ['raw', 'mangle', 'nat', 'filter'],
    means: 'rules of a table matched, or ended it with its policy; the address of the packet stays',
    from: '-v',
  },
  translate: {
    verbs: ['dnat', 'snat', 'masquerade', 'redirect', 'reverse'],
    means:
      'an address or port is rewritten, by a rule for the first packet of a connection, by conntrack (reverse) for its answers',
    from: 'default',
  },
  track: {
    verbs: ['conntrack'],
    means: 'the connection that the packet belongs to, new or known',
    from: '-v',
  },
  route: {
    verbs: ['route'],
    means: 'the route that was chosen, its device, and the TTL that forwarding leaves',
    from: 'default',
  },
  neighbor: {
    verbs: ['neighbor'],
    means: 'who has the next hop: the neighbour entry, and for a tunnel its remote end',
    from: '-v',
  },
  bridge: { verbs: ['bridge'], means: 'a bridge switches the frame to one of its ports', from: '-v' },
  encapsulate: {
    verbs: ['encap'],
    means: 'the packet is put into another one, to the node of the pod',
    from: 'default',
  },
  decapsulate: { verbs: ['decap'], means: 'the inner packet is taken out', from: 'default' },
  policy: { verbs: ['policy'], means: 'what NetworkPolicies say of the connection', from: 'default' },
  balance: {
    verbs: ['balance'],
    means: 'a load balancer chooses a node, and may send the packet to its node port',
    from: 'default',
  },
  'terminate-tls': {
    verbs: ['tls'],
    means: 'a proxy ends TLS: which certificate it serves for the name that the client asks for',
    from: 'default',
  },
  'l7-route': {
    verbs: ['l7'],
    means: 'the rule that a proxy picks for the request, and where it leads',
    from: 'default',
  },
  'l7-rewrite': {
    verbs: ['rewrite'],
    means: 'a proxy changes the path or the Host before it passes the request on',
    from: 'default',
  },
  proxy: {
    verbs: ['proxy'],
    means: 'a proxy answers the request itself, or takes a connection on behalf of a pod',
    from: 'default',
  },
  transmit: { verbs: ['leave'], means: 'the packet leaves by a device', from: '-v' },
  accept: { verbs: ['accept'], means: 'a socket of this pod or host takes the packet', from: 'default' },
  end: {
    verbs: ['end', 'drop', 'reject'],
    means: 'the path ends here: the rule, or the lack of a way, that stops the packet',
    from: 'default',
  },
};
