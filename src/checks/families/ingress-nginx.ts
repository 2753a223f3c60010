/** Rules about what ingress-nginx makes of Ingresses. */

import type { Rule } from '../rule.ts';
import { ingressNginxAliasConflict } from '../rules/ingress-nginx-alias-conflict.ts';
import { ingressNginxAllowlistSource } from '../rules/ingress-nginx-allowlist-source.ts';
import { ingressNginxAnnotationDropsIngress } from '../rules/ingress-nginx-annotation-drops-ingress.ts';
import { ingressNginxAnnotationInvalid } from '../rules/ingress-nginx-annotation-invalid.ts';
import { ingressNginxAnnotationUnknown } from '../rules/ingress-nginx-annotation-unknown.ts';
import { ingressNginxAppRootHostwide } from '../rules/ingress-nginx-app-root-hostwide.ts';
import { ingressNginxBackendProtocol } from '../rules/ingress-nginx-backend-protocol.ts';
import { ingressNginxCanaryAnnotationsIgnored } from '../rules/ingress-nginx-canary-annotations-ignored.ts';
import { ingressNginxCanaryHeaderPattern } from '../rules/ingress-nginx-canary-header-pattern.ts';
import { ingressNginxCanaryPathType } from '../rules/ingress-nginx-canary-path-type.ts';
import { ingressNginxCanarySameService } from '../rules/ingress-nginx-canary-same-service.ts';
import { ingressNginxCanarySecond } from '../rules/ingress-nginx-canary-second.ts';
import { ingressNginxCanaryWeight } from '../rules/ingress-nginx-canary-weight.ts';
import { ingressNginxCanaryWithoutMain } from '../rules/ingress-nginx-canary-without-main.ts';
import { ingressNginxCatchAllConflict } from '../rules/ingress-nginx-catch-all-conflict.ts';
import { ingressNginxDuplicateLocation } from '../rules/ingress-nginx-duplicate-location.ts';
import { ingressNginxExactNotExact } from '../rules/ingress-nginx-exact-not-exact.ts';
import { ingressNginxRedirectLoop } from '../rules/ingress-nginx-redirect-loop.ts';
import { ingressNginxRegexHost } from '../rules/ingress-nginx-regex-host.ts';
import { ingressNginxRetired } from '../rules/ingress-nginx-retired.ts';
import { ingressNginxRewriteInvalid } from '../rules/ingress-nginx-rewrite-invalid.ts';
import { ingressNginxRewriteLosesPath } from '../rules/ingress-nginx-rewrite-loses-path.ts';
import { ingressNginxRewriteNoGroups } from '../rules/ingress-nginx-rewrite-no-groups.ts';
import { ingressNginxRewriteWithoutUseRegex } from '../rules/ingress-nginx-rewrite-without-use-regex.ts';
import { ingressNginxServiceUpstreamHeadless } from '../rules/ingress-nginx-service-upstream-headless.ts';
import { ingressNginxSnippet } from '../rules/ingress-nginx-snippet.ts';
import { ingressNginxWildcardTlsRedirect } from '../rules/ingress-nginx-wildcard-tls-redirect.ts';

export const INGRESS_NGINX_RULES: readonly Rule[] = [
  ingressNginxAliasConflict,
  ingressNginxAllowlistSource,
  ingressNginxAnnotationDropsIngress,
  ingressNginxAnnotationInvalid,
  ingressNginxAnnotationUnknown,
  ingressNginxAppRootHostwide,
  ingressNginxBackendProtocol,
  ingressNginxCanaryAnnotationsIgnored,
  ingressNginxCanaryHeaderPattern,
  ingressNginxCanaryPathType,
  ingressNginxCanarySameService,
  ingressNginxCanarySecond,
  ingressNginxCanaryWeight,
  ingressNginxCanaryWithoutMain,
  ingressNginxCatchAllConflict,
  ingressNginxDuplicateLocation,
  ingressNginxExactNotExact,
  ingressNginxRedirectLoop,
  ingressNginxRegexHost,
  ingressNginxRetired,
  ingressNginxRewriteInvalid,
  ingressNginxRewriteLosesPath,
  ingressNginxRewriteNoGroups,
  ingressNginxRewriteWithoutUseRegex,
  ingressNginxServiceUpstreamHeadless,
  ingressNginxSnippet,
  ingressNginxWildcardTlsRedirect,
];
