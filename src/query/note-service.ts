/** What is wrong with a Service, as far as the asked door is concerned. */

import { type Concern, serviceFindings } from '../control/service-findings.ts';
import type { Asking } from './asking.ts';
import type { Dial } from './dial.ts';
import { askedServicePort } from './explain-failure.ts';

/** Adds the findings about the Service port that is dialled; once for each dial, whatever its paths. */
export function noteService({ snapshot, report }: Asking, dial: Dial): void {
  const port = askedServicePort(snapshot, dial);
  // What is assumed to be there is not to be mended.
  if (port?.service.origin === undefined) return;
  const concerns: ReadonlySet<Concern> = new Set([
    'endpoints',
    ...(dial.balancer === undefined ? [] : (['load-balancer'] as const)),
    ...(port.externalIps.includes(dial.ip) ? (['external-ip'] as const) : []),
    ...(port.nodePort === dial.port ? (['node-port'] as const) : []),
  ]);
  for (const { concern, port: about, diagnostic } of serviceFindings(snapshot.control, port.service)) {
    // Why there is no endpoint is told as the cause.
    if (!concerns.has(concern) || (about !== undefined && about !== port)) continue;
    if (concern !== 'endpoints' || port.endpoints.some(({ ready }) => ready)) report(diagnostic);
  }
}
