/** The families of conformance files, told apart by shape. A new family is one file here and one line below. */

import { checkRuleCases } from './check-rules.ts';
import { type CniNamesFile, runCniNames } from './cni-names.ts';
import { type CniWalksFile, runCniWalks } from './cni-walks.ts';
import { dns } from './dns.ts';
import { endpointSlice } from './endpointslice.ts';
import type { VectorFamily } from './family.ts';
import { gateway } from './gateway.ts';
import { ingress } from './ingress.ts';
import { istio } from './istio.ts';
import { kubeProxy } from './kube-proxy.ts';
import { networkPolicy } from './network-policy.ts';

const cniWalks: VectorFamily = {
  name: 'cni-walks',
  modelled: true,
  detects: (json) =>
    typeof json === 'object' &&
    json !== null &&
    'schema' in json &&
    json.schema === 'k8snet.research/cni-walks/1',
  run: (json) => runCniWalks(json as CniWalksFile),
};

const cniNames: VectorFamily = {
  name: 'cni-names',
  modelled: true,
  detects: (json) =>
    typeof json === 'object' &&
    json !== null &&
    'schema' in json &&
    json.schema === 'k8snet.research/cni-names/1',
  run: (json) => runCniNames(json as CniNamesFile),
};

const FAMILIES: readonly VectorFamily[] = [
  cniWalks,
  cniNames,
  kubeProxy,
  endpointSlice,
  dns,
  networkPolicy,
  ingress,
  checkRuleCases,
  gateway,
  istio,
];

/** The family that a parsed file belongs to; undefined: its shape is none that we know. */
export function familyOf(json: unknown): VectorFamily | undefined {
  return FAMILIES.find((family) => family.detects(json));
}
