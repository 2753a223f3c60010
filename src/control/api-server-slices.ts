/**
 * The endpoints of default/kubernetes: every API server enters itself, with its node's address and
 * without a node name (kubernetes/kubernetes:pkg/controlplane/reconcilers).
 */

import type { Cluster, ClusterService, Node } from '../cluster/cluster.ts';
import type { Slice } from './slice.ts';

/** kubeadm's labels of control-plane nodes, the new one and the old. */
const CONTROL_PLANE_LABELS = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

/** Slices with the control-plane nodes; where no node is marked as one, with the first node. */
export function apiServerSlices({ ipFamilies, body }: ClusterService, { nodes }: Cluster): readonly Slice[] {
  const marked = nodes.filter(isControlPlane);
  const hosts = marked.length > 0 ? marked : nodes.slice(0, 1);
  const ports = body.ports.flatMap(({ name, protocol, targetPort }) =>
    typeof targetPort === 'number' ? [{ name, protocol, port: targetPort }] : [],
  );
  return ipFamilies.map((family) => ({
    family,
    ports,
    headless: false,
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
          node: undefined,
          zoneHints: [],
          nodeHints: [],
          origin,
        },
      ];
    }),
  }));
}

function isControlPlane({ labels }: Node): boolean {
  return CONTROL_PLANE_LABELS.some((label) => labels.has(label));
}
