/** What every stage of the Gateway API needs to look up. */

import type { ControlPlane } from '../../control/control-plane.ts';
import { type CertificateLookup, certificateLookup } from '../tls.ts';
import type { GatewayFeatures } from './features.ts';
import { type GrantIndex, grantIndex } from './grants.ts';

/** What to make of objects that the input does not have, although others name them. */
export interface GatewayAssumptions {
  /** Gateways of classes that are not there are served: their implementation brings the class. */
  readonly classes: boolean;
  /** Secrets that are not there hold a certificate: they are kept elsewhere. */
  readonly secrets: boolean;
}

export interface GatewayContext {
  readonly control: ControlPlane;
  readonly grants: GrantIndex;
  readonly certificates: CertificateLookup;
  readonly features: GatewayFeatures;
  readonly assumed: GatewayAssumptions;
}

/** Looks the input over once. */
export function gatewayContext(
  control: ControlPlane,
  features: GatewayFeatures,
  assumed: GatewayAssumptions,
): GatewayContext {
  const { objects } = control.cluster;
  return {
    control,
    grants: grantIndex(objects.ofKind('ReferenceGrant')),
    certificates: certificateLookup(objects),
    features,
    assumed,
  };
}
