/** The rules of `k8snet check`. A new one is one file in rules/, and a line in each of the two lists of its family. */

import { GATEWAY_RULES } from './families/gateway.ts';
import { INGRESS_RULES } from './families/ingress.ts';
import { INGRESS_NGINX_RULES } from './families/ingress-nginx.ts';
import { ISTIO_RULES } from './families/istio.ts';
import { MANIFEST_RULES } from './families/manifest.ts';
import { NETPOL_RULES } from './families/netpol.ts';
import { NETPOL_ADMIN_RULES } from './families/netpol-admin.ts';
import { SERVICE_RULES } from './families/service.ts';
import { WORKLOAD_RULES } from './families/workload.ts';
import type { Rule } from './rule.ts';

/** By family, in the order of docs/checks.md. */
export const RULES: readonly Rule[] = [
  ...SERVICE_RULES,
  ...WORKLOAD_RULES,
  ...INGRESS_RULES,
  ...INGRESS_NGINX_RULES,
  ...GATEWAY_RULES,
  ...ISTIO_RULES,
  ...NETPOL_RULES,
  ...NETPOL_ADMIN_RULES,
  ...MANIFEST_RULES,
];
