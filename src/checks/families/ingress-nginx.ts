/** Rules about what ingress-nginx makes of Ingresses. */

import type { Rule } from '../rule.ts';
import { ingressNginxAliasConflict } from '../rules/ingress-nginx-alias-conflict.ts';
import { ingressNginxAnnotationDropsIngress } from '../rules/ingress-nginx-annotation-drops-ingress.ts';
import { ingressNginxAnnotationInvalid } from '../rules/ingress-nginx-annotation-invalid.ts';
import { ingressNginxAppRootHostwide } from '../rules/ingress-nginx-app-root-hostwide.ts';
import { ingressNginxBackendProtocol } from '../rules/ingress-nginx-backend-protocol.ts';
import { ingressNginxCanaryWithoutMain } from '../rules/ingress-nginx-canary-without-main.ts';
import { ingressNginxDuplicateLocation } from '../rules/ingress-nginx-duplicate-location.ts';
import { ingressNginxExactNotExact } from '../rules/ingress-nginx-exact-not-exact.ts';
import { ingressNginxRegexHost } from '../rules/ingress-nginx-regex-host.ts';
import { ingressNginxRetired } from '../rules/ingress-nginx-retired.ts';
import { ingressNginxRewriteInvalid } from '../rules/ingress-nginx-rewrite-invalid.ts';
import { ingressNginxRewriteLosesPath } from '../rules/ingress-nginx-rewrite-loses-path.ts';
import { ingressNginxRewriteNoGroups } from '../rules/ingress-nginx-rewrite-no-groups.ts';
import { ingressNginxRewriteWithoutUseRegex } from '../rules/ingress-nginx-rewrite-without-use-regex.ts';
import { ingressNginxServiceUpstreamHeadless } from '../rules/ingress-nginx-service-upstream-headless.ts';
import { ingressNginxSnippet } from '../rules/ingress-nginx-snippet.ts';

export const INGRESS_NGINX_RULES: readonly Rule[] = [
  ingressNginxAliasConflict,
  ingressNginxAnnotationDropsIngress,
  ingressNginxAnnotationInvalid,
  ingressNginxAppRootHostwide,
  ingressNginxBackendProtocol,
  ingressNginxCanaryWithoutMain,
  ingressNginxDuplicateLocation,
  ingressNginxExactNotExact,
  ingressNginxRegexHost,
  ingressNginxRetired,
  ingressNginxRewriteInvalid,
  ingressNginxRewriteLosesPath,
  ingressNginxRewriteNoGroups,
  ingressNginxRewriteWithoutUseRegex,
  ingressNginxServiceUpstreamHeadless,
  ingressNginxSnippet,
];
