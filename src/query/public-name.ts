/** Names that the manifests mean to have in the public DNS: what an answer that uses one rests on. */

import { PUBLIC } from '../control/dns/plugin/forward.ts';
import type { DnsReply } from '../control/dns/record.ts';
import type { Asking } from './asking.ts';

/**
 * Notes that a name is taken to lead to the load balancer, and that what stands behind it is chosen by rules which
 * are not modelled.
 */
export function assumePublicName(asking: Asking, host: string, { by, origin }: DnsReply): void {
  if (by !== PUBLIC) return;
  asking.assumptions.add('A_EXTERNAL_DNS', { values: [host], decisive: true });
  // An annotation of external-dns is a Service's: nothing is routed behind it.
  if (origin === undefined || origin.path.includes('annotations')) return;
  asking.report({
    code: 'unmodelled',
    severity: 'warning',
    text: `traced is the connection to the load balancer of ${host}; which Service gets a request there is not modelled yet`,
    sources: [{ at: origin, role: 'context' }],
  });
}
