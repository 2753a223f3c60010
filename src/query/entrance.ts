/** What a question opens: its target as a program would write it, the request that follows, and the door of its host. */

import { balancerAddress } from '../control/load-balancer.ts';
import type { Diagnostic, Report } from '../diagnostics/diagnostic.ts';
import type { RouteRequest } from '../l7/request.ts';
import type { IpFamily } from '../net/ip.ts';
import type { TraceQuestion } from './asking.ts';
import { expandedTarget } from './expanded-target.ts';
import { requestOf } from './http-request.ts';
import { withoutProtocol } from './port-protocol.ts';
import type { DoorClient, FrontDoor } from './proxied/door.ts';
import { frontDoor, ingressOf } from './proxied/front-door.ts';
import { gatewayDoor, gatewayOf } from './proxied/gateway-door.ts';
import { gatewayTarget } from './proxied/gateway-target.ts';
import { ingressTarget } from './proxied/ingress-target.ts';
import { istioDoor, istioGatewayOf } from './proxied/istio/gateway-door.ts';
import { istioTarget } from './proxied/istio/gateway-target.ts';
import type { Snapshot } from './snapshot.ts';
import type { Source } from './target.ts';

export interface Entrance {
  readonly door: FrontDoor;
  /** With its variables expanded; of an Ingress the URL. */
  readonly to: string;
  readonly request?: RouteRequest;
}

interface Opener {
  readonly source: Source;
  readonly family: IpFamily;
  readonly report: Report;
}

/**
 * Works the target out.
 * @throws UsageError for variables, Ingresses and headers that are none.
 */
export function entranceOf(
  snapshot: Snapshot,
  question: TraceQuestion,
  { source, family, report }: Opener,
): Entrance {
  const expanded = expandedTarget(snapshot, source, withoutProtocol(question.to), report);
  const client = { family, isOutside: source.kind === 'external' };
  const meant = meantBy(snapshot, expanded, source, client);
  if (meant === undefined) {
    const request = requestOf({ ...question, to: expanded });
    if (request === undefined) return { door: { snapshot, assumed: [], notes: [] }, to: expanded };
    const door = doorOf(snapshot, expanded, client);
    for (const note of door.notes) report(note);
    return { door, to: expanded, request };
  }
  const { door, notes, urlAt } = meant;
  for (const note of [...notes, ...door.notes]) report(note);
  const address = door.service === undefined ? undefined : balancerAddress(door.service, family).ip.text;
  const to = urlAt(address);
  const request = requestOf({ ...question, to });
  return { door, to, ...(request === undefined ? {} : { request }) };
}

/** An object that requests go to. */
interface Meant {
  readonly door: FrontDoor;
  readonly notes: readonly Diagnostic[];
  urlAt(address: string | undefined): string;
}

/** An Ingress, or a Gateway of either sort, by its name. */
function meantBy(snapshot: Snapshot, text: string, source: Source, client: DoorClient): Meant | undefined {
  const { family } = client;
  const ingress = ingressTarget(snapshot, source, text);
  if (ingress !== undefined) return { ...ingress, door: frontDoor(snapshot, ingress.ingress, client) };
  const istio = istioTarget(snapshot, text);
  if (istio !== undefined) {
    return { urlAt: istio.urlAt, notes: [], door: istioDoor(snapshot, istio.gateway, family) };
  }
  const gateway = gatewayTarget(snapshot, text);
  if (gateway === undefined) return undefined;
  return { urlAt: gateway.urlAt, notes: [], door: gatewayDoor(snapshot, gateway.table, family) };
}

/** Of two that name a host, an Ingress that somebody serves comes first. */
function doorOf(snapshot: Snapshot, to: string, client: DoorClient): FrontDoor {
  const door = frontDoor(snapshot, ingressOf(snapshot, to), client);
  if (door.service !== undefined || door.outside !== undefined || door.notes.length > 0) return door;
  const gateway = gatewayOf(snapshot, to);
  if (gateway !== undefined) return gatewayDoor(snapshot, gateway, client.family);
  const istio = istioGatewayOf(snapshot, to);
  return istio === undefined ? door : istioDoor(snapshot, istio, client.family);
}
