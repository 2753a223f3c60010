/** Certificates in Secrets, and who makes Secrets. */

import type { ObjectMeta } from '../k8s/object.ts';
import { rawObjectsOfKind } from '../k8s/raw-objects.ts';
import { type CertificateLookup, certificateLookup } from '../l7/tls.ts';
import { type CheckInput, type OfInput, perInput } from './check-input.ts';

/** Objects of cert-manager and their like make Secrets. */
const MAKERS = ['Certificate', 'SealedSecret', 'ExternalSecret'];

const hasMakers: OfInput<boolean> = perInput(({ snapshot }) =>
  MAKERS.some((kind) => rawObjectsOfKind(snapshot.objects, kind).length > 0),
);

/** May something of the cluster make the Secrets that the object names? */
export function certificateIsIssued(input: CheckInput, { annotations }: ObjectMeta): boolean {
  return hasMakers(input) || [...annotations.keys()].some((key) => key.startsWith('cert-manager.io/'));
}

/** The names that the certificates of Secrets are for. */
export const certificatesOf: OfInput<CertificateLookup> = perInput(({ snapshot }) =>
  certificateLookup(snapshot.objects),
);
