/** What the questions about the Gateway API look at: its objects together, and what is assumed of those that are absent. */

import type { Cluster } from '../../cluster/cluster.ts';
import { onceEach, onceFor } from '../../collections/once.ts';
import type { ControlPlane } from '../../control/control-plane.ts';
import type { GatewayAssumptions } from '../../l7/gateway-api/context.ts';
import { type GatewayApi, gatewayApi } from '../../l7/gateway-api/gateway-api.ts';
import { type AssumptionSet, assumptionSet } from '../assumptions.ts';
import { objectNamer } from '../namer.ts';
import type { Snapshot } from '../snapshot.ts';
import type { ObjectNamer } from '../source-answer.ts';

export interface GatewayScene {
  readonly snapshot: Snapshot;
  readonly api: GatewayApi;
  readonly namer: ObjectNamer;
  readonly assumed: GatewayAssumptions;
}

const readings = onceFor((control: ControlPlane) =>
  onceEach((classes: boolean) =>
    onceEach((secrets: boolean) => gatewayApi(control, { assumed: { classes, secrets } })),
  ),
);

/** The Gateway API of a cluster; all who make the same assumptions share one reading. */
export function gatewaysAssuming(
  control: ControlPlane,
  { classes, secrets }: GatewayAssumptions,
): GatewayApi {
  return readings(control)(classes)(secrets);
}

/** The Gateway API of a cluster as its questions see it. */
export function gatewaysOf(control: ControlPlane): GatewayApi {
  return gatewaysAssuming(control, gatewayAssumptions(control.cluster));
}

/**
 * What is assumed to be there. Classes come with an implementation, certificates from elsewhere: where authored
 * manifests hold none at all, those that are named are taken to be there.
 */
export function gatewayAssumptions({ objects, profile }: Cluster): GatewayAssumptions {
  const isAuthored = profile.input === 'authored';
  return {
    classes: isAuthored && objects.ofKind('GatewayClass').length === 0,
    secrets: isAuthored && objects.otherOfKind('Secret').length === 0,
  };
}

/** The scene of a snapshot. */
export function gatewayScene(snapshot: Snapshot): GatewayScene {
  const { control, objects, cluster } = snapshot;
  const api = gatewaysOf(control);
  return { snapshot, api, namer: objectNamer(objects), assumed: gatewayAssumptions(cluster) };
}

/** The assumptions that the scene makes. @param isAsked a request rests on them. */
export function sceneAssumptions(
  { api, assumed }: GatewayScene,
  { isAsked }: { readonly isAsked: boolean },
): AssumptionSet {
  const set = assumptionSet();
  const classes = [...new Set(api.gateways.map(({ gateway }) => gateway.body.className))];
  if (assumed.classes && classes.length > 0) {
    set.add('A_GATEWAY_CLASS', { values: classes, decisive: isAsked });
  }
  const secrets = new Set(
    api.gateways.flatMap(({ listeners }) => listeners.flatMap(({ certificates }) => certificates)),
  );
  if (assumed.secrets && secrets.size > 0) set.add('A_CERTIFICATES', { values: [...secrets] });
  return set;
}
