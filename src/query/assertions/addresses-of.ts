/** The addresses that an expectation means: written out, or those of a Service, a pod, a node. */

import { parseIp } from '../../net/ip.ts';
import { parseReference } from '../reference.ts';
import type { Snapshot } from '../snapshot.ts';
import { resolveTarget, type Source } from '../target.ts';
import { UsageError } from '../usage-error.ts';

const FROM_NOWHERE: Source = { kind: 'external', name: '', address: '' };

/**
 * The addresses of a text. A headless Service has those of its endpoints.
 * @throws UsageError for what is no reference, or fits nothing.
 */
export function addressesOf(snapshot: Snapshot, text: string): readonly string[] {
  const written = parseIp(text);
  if (written !== undefined) return [written.text];
  const { kind } = parseReference(text);
  if (kind !== 'object')
    throw new UsageError(`"${text}" is no address and no reference to a pod, Service or node`);
  const target = resolveTarget(snapshot.cluster, text, FROM_NOWHERE);
  switch (target.kind) {
    case 'pods':
      return target.pods.flatMap(({ ips }) => ips.map((ip) => ip.text));
    case 'node':
      return target.node.addresses.map((ip) => ip.text);
    case 'service': {
      const { service } = target;
      if (!service.body.headless) return service.clusterIps.map((ip) => ip.text);
      const entries = snapshot.control.slicesOf(service.key).flatMap(({ endpoints }) => endpoints);
      const ready = entries.filter((entry) => entry.ready);
      return [...new Set(ready.flatMap(({ addresses }) => addresses.map((ip) => ip.text)))];
    }
    default:
      return [];
  }
}
