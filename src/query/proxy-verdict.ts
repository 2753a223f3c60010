/** The question to a node's service proxy alone: what do its rules do with a packet? */

import type { ProxyMode } from '../cluster/profile.ts';
import { type ServiceVerdict, serviceVerdict } from '../dataplane/service-verdict.ts';
import { parseIp } from '../net/ip.ts';
import { newPacket, type Protocol } from '../net/packet.ts';
import type { Snapshot } from './snapshot.ts';
import { UsageError } from './usage-error.ts';

export interface ProxyQuestion {
  /** The node whose rules are asked. */
  readonly node: string;
  /** Addresses as text; they need not belong to a pod or node. */
  readonly source: string;
  readonly destination: string;
  /** Destination port. */
  readonly port: number;
  readonly protocol: Protocol;
  /** undefined: the profile's. */
  readonly mode?: ProxyMode;
}

/** The source port of the packet; no rule of a service proxy looks at it. */
const SOURCE_PORT = 40000;

/**
 * What the node's service proxy does with the first packet of a connection.
 * @throws UsageError for an unknown node or a text that is no address.
 */
export function proxyVerdict({ cluster, dataplane }: Snapshot, question: ProxyQuestion): ServiceVerdict {
  const node = cluster.nodeByName.get(question.node);
  const [src, dst] = [parseIp(question.source), parseIp(question.destination)];
  if (node === undefined) throw new UsageError(`no node ${question.node}`, [...cluster.nodeByName.keys()]);
  if (src === undefined) throw new UsageError(`"${question.source}" is no address`);
  if (dst === undefined) throw new UsageError(`"${question.destination}" is no address`);
  const { protocol, port, mode } = question;
  return serviceVerdict({
    ruleset:
      mode === undefined
        ? dataplane.proxyRulesetOf(node, dst.family)
        : dataplane.compileProxy(node, dst.family, { mode }),
    addresses: node.addresses,
    packet: newPacket({ protocol, src, srcPort: SOURCE_PORT, dst, dstPort: port }),
  });
}
