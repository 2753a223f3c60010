/** Why a server sees the address of the client outside, or another one in its place. */

import type { ServicePort } from '../control/service-port.ts';
import type { Diagnostic, DiagnosticSource } from '../diagnostics/diagnostic.ts';
import { refTo } from '../source/ref.ts';
import type { Walk } from '../trace/trace.ts';
import type { Asking } from './asking.ts';
import type { Dial } from './dial.ts';
import { askedServicePort } from './explain-failure.ts';
import { hostEndpointAt } from './host-endpoints.ts';

const WHY_LOST =
  'with externalTrafficPolicy Cluster the first node masquerades what comes from outside, so that the answer comes back by it; Local keeps the address';
const WHY_PROXIED =
  'the client address ends at the load balancer, which opens its own connection; only PROXY protocol or a header can tell it';

/** Adds the note to an answer about a connection from outside that somebody took. */
export function noteClientAddress(
  asking: Asking,
  { walk, dial, front }: { readonly walk: Walk; readonly dial: Dial; readonly front?: Walk },
): void {
  const { source, snapshot } = asking;
  const { taker } = walk;
  if (source.kind !== 'external' || taker === undefined || taker.place.kind === 'external') return;
  const { dst, dstPort } = taker.packet;
  if (taker.place.kind === 'node' && hostEndpointAt(snapshot.control, dst, dstPort) === undefined) return;
  const servicePort = askedServicePort(snapshot, dial);
  const peer = taker.packet.src.text;
  const about = (text: string, sources: readonly DiagnosticSource[]): Diagnostic => ({
    code: 'client-address',
    severity: 'info',
    text,
    sources,
  });
  if (front !== undefined || asking.outside !== undefined) {
    asking.report(about(WHY_PROXIED, []));
    return;
  }
  const at = servicePort === undefined ? [] : policyField(servicePort);
  const byPrograms = keptByPrograms(walk, asking);
  if (peer === source.address && byPrograms !== undefined) {
    asking.report(about(`the client address is kept: ${byPrograms}`, []));
  } else if (peer === source.address)
    asking.report(about(`the client address is kept: ${whyKept(walk, servicePort)}`, at));
  else asking.report(about(`the client address is lost: ${WHY_LOST}`, at));
}

function whyKept(walk: Walk, servicePort: ServicePort | undefined): string {
  const isTranslated = walk.hops.some(({ steps }) =>
    steps.some((step) => step.kind === 'translate' && step.nat === 'dnat'),
  );
  if (!isTranslated) return 'nothing translates the packet on its way';
  if (servicePort === undefined) return 'a host port changes the destination only';
  return 'externalTrafficPolicy Local uses endpoints of this node alone, so the answer comes back by it';
}

/** Programs know the connection at both of its nodes, so that none takes the client's place; undefined: rules did it. */
function keptByPrograms({ hops, reply }: Walk, { snapshot }: Asking): string | undefined {
  const isProgram = hops.some(({ steps }) =>
    steps.some((step) => step.kind === 'translate' && step.program !== undefined),
  );
  if (!isProgram) return undefined;
  const nodes = (list: Walk['hops']) =>
    list.flatMap(({ place }) => (place.kind === 'node' ? place.name : []));
  const there = nodes(hops);
  const back = nodes(reply?.hops ?? []);
  const way =
    there.length < 2
      ? 'the backend is on the node that was asked'
      : there.length === back.length
        ? 'the backend’s node sends the answer back to the node that was asked'
        : 'the backend’s node answers the client directly';
  return `programs of ${snapshot.dataplane.cni.facets.label} translate the destination only; ${way}`;
}

/** The field that decides; where it is left to its default, the place where it would stand. */
function policyField({ service }: ServicePort): readonly DiagnosticSource[] {
  const { origin } = service;
  if (origin === undefined) return [];
  return [{ at: refTo(origin, 'spec', 'externalTrafficPolicy'), role: 'context' }];
}
