/** What an answer through the mesh rests on. */

import type { Pod } from '../../../cluster/cluster.ts';
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import type { MeshOutcome } from '../../../l7/istio/outcome.ts';
import type { Ip } from '../../../net/ip.ts';
import type { Asking } from '../../asking.ts';
import type { MeshScene } from './scene.ts';

/** The mesh's settings, and which of two VirtualServices is the older one, where nobody wrote it. */
export function assumeOfMesh({
  asking,
  all,
  outcome,
}: Pick<MeshScene, 'asking' | 'all'> & {
  readonly outcome: Pick<MeshOutcome, 'unmodelled' | 'cluster' | 'set'>;
}): void {
  const { settings, rules, problems } = all.mesh;
  for (const found of [...outcome.unmodelled, ...problems]) asking.report(found);
  if (settings.at === undefined) {
    asking.assumptions.add('A_MESH_CONFIG', { decisive: outcome.cluster !== undefined });
  }
  const { set } = outcome;
  if (set === undefined) return;
  const rivals = rules.all.filter(({ hosts }) => hosts.some((host) => set.hosts.includes(host)));
  const isUndated = rivals.some(({ object }) => object.metadata.creationTimestamp === undefined);
  if (rivals.length > 1 && isUndated) asking.assumptions.add('A_OBJECT_AGE', { decisive: true });
}

/** A label asks for the sidecar (`A_SIDECAR`), or the redirection to ztunnel (`A_AMBIENT`), and nobody has seen it. */
export function assumeMember(
  { assumptions }: Asking,
  code: 'A_SIDECAR' | 'A_AMBIENT',
  { all, connection: { pod } }: Pick<MeshScene, 'all' | 'connection'>,
): void {
  const answer = all.mesh.membership(pod);
  if ('isProven' in answer && answer.isProven) return;
  assumptions.add(code, { values: [`${pod.key} (${answer.reason})`] });
}

/** A Gateway asks for the waypoint, and nobody has seen its pods. */
export function assumeWaypoint({ assumptions }: Asking, { key, origin }: Pod): void {
  if (origin === undefined) assumptions.add('A_WAYPOINT', { values: [key] });
}

/**
 * A program at the socket has chosen the pod already: the proxy no longer sees the Service's address and port, by which its
 * listeners go. Source: cilium/cilium:Documentation/network/servicemesh/istio.rst.
 */
export function noteSocketTranslation(
  { asking, connection }: Pick<MeshScene, 'asking' | 'connection'>,
  dialled: Ip,
): void {
  const { asked, pod } = connection;
  if (asked === dialled || asking.snapshot.control.servicePortsAt(asked).length === 0) return;
  asking.report({
    code: 'istio-socket-translation',
    severity: 'warning',
    text: `the Service address ${asked.text} is translated at the socket of ${pod.key}, before its sidecar sees it: it has the address and the port of a pod to go by, not those that its listeners and rules are for`,
    sources: [],
    help: [{ text: 'socketLB.hostNamespaceOnly: true in the values of Cilium', applicability: 'likely' }],
  });
}

/** In the mode TPROXY the proxy sends from the address of its client, which is not followed. */
export function noteTransparent(asking: Asking, { connection }: Pick<MeshScene, 'connection'>): void {
  const { key, origin } = connection.pod;
  const note: Diagnostic = {
    code: 'unmodelled',
    severity: 'warning',
    text: `${key} has interceptionMode TPROXY: its application sees the address of the client in the place of 127.0.0.6`,
    sources: origin === undefined ? [] : [{ at: origin, role: 'context' }],
  };
  asking.report(note);
}
