/**
 * Waypoints that are Gateways in the manifests and no more: istiod deploys their pods.
 * Source: istio/istio:manifests/charts/istio-control/istio-discovery/files/waypoint.yaml. Rules: docs/semantics/istio.md 13.9.
 */

import { type AssumedWorkload, withAssumedWorkload } from '../../../cluster/assumed-workload.ts';
import { onceFor } from '../../../collections/once.ts';
import type { GatewayObject } from '../../../k8s/kinds/gateway.ts';
import { podsOfWaypoint, waypointGateways } from '../../../l7/istio/ambient/waypoints.ts';
import { type Snapshot, withCluster } from '../../snapshot.ts';

/** The snapshot with a pod and a Service for each waypoint that has none; the same one where nothing is missing. */
export const withWaypointPods: (snapshot: Snapshot) => Snapshot = onceFor((snapshot) => {
  const { cluster, profile } = snapshot;
  if (profile.input === 'stored') return snapshot;
  const missing = waypointGateways(cluster).filter((each) => podsOfWaypoint(cluster, each).length === 0);
  if (missing.length === 0) return snapshot;
  const whole = missing.reduce((before, each) => withAssumedWorkload(before, deployed(each)), cluster);
  return withCluster(snapshot, whole);
});

function deployed({ metadata: { namespace, name }, body }: GatewayObject): AssumedWorkload {
  const port = (portName: string, number: number) => ({
    name: portName,
    port: number,
    containerPort: number,
  });
  return {
    namespace,
    name,
    serviceType: 'ClusterIP',
    serviceAccountName: name,
    externalTrafficPolicy: 'Cluster',
    labels: new Map([
      ['gateway.istio.io/managed', 'istio.io-mesh-controller'],
      ['gateway.networking.k8s.io/gateway-class-name', body.className],
      ['gateway.networking.k8s.io/gateway-name', name],
      ['istio.io/dataplane-mode', 'none'],
      ['sidecar.istio.io/inject', 'false'],
    ]),
    ports: [port('status-port', 15021), port('mesh', 15008)],
  };
}
