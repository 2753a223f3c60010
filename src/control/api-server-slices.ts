/**
 * The endpoints of default/kubernetes: every API server enters itself, with its node's address and
 * without a node name (kubernetes/kubernetes:pkg/controlplane/reconcilers).
 */

import type { Cluster, ClusterService, Node } from '../cluster/cluster.ts';
import type { Slice } from './slice.ts';
import { SERVICE_NAME } from './slice-labels.ts';

/** kubeadm's labels of control-plane nodes, the new one and the old. */
const CONTROL_PLANE_LABELS = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

/** Slices with the control-plane nodes; where no node is marked as one, with the first node. */
export function apiServerSlices(
  { ipFamilies, body, name: service }: ClusterService,
  { nodes }: Cluster,
): readonly Slice[] {
  const marked = nodes.filter(isControlPlane);
  const hosts = marked.length > 0 ? marked : nodes.slice(0, 1);
  const ports = body.ports.flatMap(({ name, protocol, targetPort }) =>
    typeof targetPort === 'number' ? [{ name, protocol, port: targetPort }] : [],
  );
  return ipFamilies.map((family) => ({
    family,
    ports,
    labels: new Map([[SERVICE_NAME, service]]),
    endpoints: hosts.flatMap(({ primaryAddresses, origin }) => {
      const addresses = primaryAddresses.filter((ip) => ip.family === family).slice(0, 1);
      if (addresses.length === 0) return [];
      return [
        {
          addresses,
          ready: true,
          serving: true,
          terminating: false,
          hostname: undefined,
          pod: undefined,
          targetName: undefined,
          node: undefined,
          zone: undefined,
          zoneHints: [],
          nodeHints: [],
          origin,
        },
      ];
    }),
  }));
}

/** Is the node labelled as one of the control plane? */
export function isControlPlane({ labels }: Pick<Node, 'labels'>): boolean {
  return CONTROL_PLANE_LABELS.some((label) => labels.has(label));
}
