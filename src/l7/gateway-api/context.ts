/** What every stage of the Gateway API needs to look up. */

import { namespaceLabels } from '../../cluster/namespaces.ts';
import type { ControlPlane } from '../../control/control-plane.ts';
import type { Labels } from '../../k8s/object.ts';
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
  /** Of any namespace, whether or not the input has it. */
  readonly labelsOf: (namespace: string) => Labels;
  readonly features: GatewayFeatures;
  readonly assumed: GatewayAssumptions;
}

/** Looks the input over once. */
export function gatewayContext(
  control: ControlPlane,
  features: GatewayFeatures,
  assumed: GatewayAssumptions,
): GatewayContext {
  const { objects, profile } = control.cluster;
  return {
    control,
    grants: grantIndex(objects.ofKind('ReferenceGrant')),
    certificates: certificateLookup(objects),
    labelsOf: namespaceLabels(objects, profile),
    features,
    assumed,
  };
}
