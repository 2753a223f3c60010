/**
 * Whom a waypoint lets in: the policies and RequestAuthentications that are attached to it, its class, or the Service that
 * is asked for. Those with a selector, and those of a namespace, are not for waypoints.
 * Source: istio/istio:pilot/pkg/networking/core/listener_waypoint.go buildWaypointHTTPFilters,
 * pilot/pkg/model/policyattachment.go. Rules: docs/semantics/istio.md 13.11.
 */

import { httpFacts } from '../../../l7/istio/arrival.ts';
import type { HttpFacts } from '../../../l7/istio/authorization-fields.ts';
import type { WaypointSubject } from '../../../l7/istio/policy-scope.ts';
import type { SourceRef } from '../../../source/ref.ts';
import type { SocketAddress } from '../proxy.ts';
import type { Sent } from './sent.ts';
import type { Captured } from './ztunnel-inbound.ts';

export type Admission =
  | { readonly kind: 'admitted'; readonly because: readonly SourceRef[] }
  | {
      readonly kind: 'refused';
      readonly text: string;
      /** undefined: the connection is closed. */
      readonly status?: number;
      readonly because: readonly SourceRef[];
    };

/** @param given.isRead the waypoint reads HTTP on the port. */
export function admission(
  { asking, all, connection }: Captured,
  subject: WaypointSubject,
  { sent, target, isRead }: { readonly sent: Sent; readonly target: SocketAddress; readonly isRead: boolean },
): Admission {
  const { mesh } = all;
  const { namespace, name } = subject.waypoint;
  let http: HttpFacts | undefined;
  if (isRead) {
    const token = mesh.authenticate(subject, sent.mesh);
    if (token.kind === 'refused') {
      return { ...token, text: `the waypoint ${namespace}/${name}: ${token.text}`, status: 401 };
    }
    http = httpFacts(mesh, sent.mesh, token);
  }
  const decision = mesh.authorize(subject, {
    ...(connection.seal?.peer === undefined ? {} : { peer: connection.seal.peer }),
    sourceIp: connection.packet.src,
    destinationIp: target.ip,
    port: target.port,
    ...(sent.mesh.sni === undefined ? {} : { sni: sent.mesh.sni }),
    ...(http === undefined ? {} : { http }),
  });
  for (const { metadata, origin } of decision.external) {
    asking.report({
      code: 'unmodelled',
      severity: 'warning',
      text: `AuthorizationPolicy ${metadata.namespace}/${metadata.name} leaves the decision to an authorizer of its own, which is not asked`,
      sources: [{ at: origin, role: 'context' }],
    });
  }
  const { because, policy } = decision;
  if (decision.verdict === 'allow') return { kind: 'admitted', because };
  const by = policy === undefined ? '' : ` (AuthorizationPolicy ${policy})`;
  const text = `the waypoint ${namespace}/${name} refuses: RBAC: access denied${by}`;
  return { kind: 'refused', text, because, ...(http === undefined ? {} : { status: 403 }) };
}
