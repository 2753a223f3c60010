/** Names that the manifests mean to have in the public DNS: what an answer that uses one rests on. */

import { PUBLIC } from '../control/dns/plugin/forward.ts';
import type { DnsReply } from '../control/dns/record.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { SourceRef } from '../source/ref.ts';
import type { Asking } from './asking.ts';

/** Notes that a name is taken to lead to the load balancer, and what is not followed behind it. */
export function assumePublicName(asking: Asking, host: string, { by, origin }: DnsReply): void {
  if (by !== PUBLIC) return;
  asking.assumptions.add('A_EXTERNAL_DNS', { values: [host], decisive: true });
  // An annotation of external-dns is a Service's: nothing is routed behind it.
  if (origin === undefined || origin.path.includes('annotations')) return;
  if (asking.request === undefined) asking.report(askForUrl(host, origin));
  else if (asking.door === undefined && !isIngress(asking, origin)) asking.report(notRouted(host, origin));
}

function isIngress({ namer }: Asking, origin: SourceRef): boolean {
  return namer(origin)?.object.startsWith('ingress/') === true;
}

function askForUrl(host: string, at: SourceRef): Diagnostic {
  return {
    code: 'request-not-asked',
    severity: 'info',
    text: `traced is the connection to the load balancer of ${host}; https://${host}/ as the target follows a request to its Service`,
    sources: [{ at, role: 'context' }],
  };
}

function notRouted(host: string, at: SourceRef): Diagnostic {
  return {
    code: 'unmodelled',
    severity: 'warning',
    text: `traced is the connection to the load balancer of ${host}; which Service gets a request there is not told by the manifests`,
    sources: [{ at, role: 'context' }],
  };
}
