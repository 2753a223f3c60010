/** Rules about the Gateway API. */

import type { Rule } from '../rule.ts';
import { gatewayAllowedListenersNone } from '../rules/gateway-allowed-listeners-none.ts';
import { gatewayBackendMissing } from '../rules/gateway-backend-missing.ts';
import { gatewayBackendPort } from '../rules/gateway-backend-port.ts';
import { gatewayCa } from '../rules/gateway-ca.ts';
import { gatewayCertMissing } from '../rules/gateway-cert-missing.ts';
import { gatewayCertNotCovering } from '../rules/gateway-cert-not-covering.ts';
import { gatewayCertRefNotPermitted } from '../rules/gateway-cert-ref-not-permitted.ts';
import { gatewayClassUnknown } from '../rules/gateway-class-unknown.ts';
import { gatewayConflict } from '../rules/gateway-conflict.ts';
import { gatewayHostnameIgnored } from '../rules/gateway-hostname-ignored.ts';
import { gatewayHttpGrpcClash } from '../rules/gateway-http-grpc-clash.ts';
import { gatewayKind } from '../rules/gateway-kind.ts';
import { gatewayListenerAdmitsNone } from '../rules/gateway-listener-admits-none.ts';
import { gatewayListenerConflict } from '../rules/gateway-listener-conflict.ts';
import { gatewayListenerInvalid } from '../rules/gateway-listener-invalid.ts';
import { gatewayListenerNoRoutes } from '../rules/gateway-listener-no-routes.ts';
import { gatewayMeshParent } from '../rules/gateway-mesh-parent.ts';
import { gatewayNoBackend } from '../rules/gateway-no-backend.ts';
import { gatewayNoEndpoints } from '../rules/gateway-no-endpoints.ts';
import { gatewayPortName } from '../rules/gateway-port-name.ts';
import { gatewayRedirectLoop } from '../rules/gateway-redirect-loop.ts';
import { gatewayReferenceNotGranted } from '../rules/gateway-reference-not-granted.ts';
import { gatewayRegex } from '../rules/gateway-regex.ts';
import { gatewayRouteNotAdmitted } from '../rules/gateway-route-not-admitted.ts';
import { gatewayRouteParentMissing } from '../rules/gateway-route-parent-missing.ts';
import { gatewayRouteShadowed } from '../rules/gateway-route-shadowed.ts';
import { gatewayTcpSecondRoute } from '../rules/gateway-tcp-second-route.ts';
import { gatewayTieByAge } from '../rules/gateway-tie-by-age.ts';
import { gatewayTlsBackendPlain } from '../rules/gateway-tls-backend-plain.ts';
import { gatewayUnused } from '../rules/gateway-unused.ts';
import { gatewayVersion } from '../rules/gateway-version.ts';
import { gatewayZeroWeight } from '../rules/gateway-zero-weight.ts';

export const GATEWAY_RULES: readonly Rule[] = [
  gatewayAllowedListenersNone,
  gatewayBackendMissing,
  gatewayBackendPort,
  gatewayCa,
  gatewayCertMissing,
  gatewayCertNotCovering,
  gatewayCertRefNotPermitted,
  gatewayClassUnknown,
  gatewayConflict,
  gatewayHostnameIgnored,
  gatewayHttpGrpcClash,
  gatewayKind,
  gatewayListenerAdmitsNone,
  gatewayListenerConflict,
  gatewayListenerInvalid,
  gatewayListenerNoRoutes,
  gatewayMeshParent,
  gatewayNoBackend,
  gatewayNoEndpoints,
  gatewayPortName,
  gatewayRedirectLoop,
  gatewayReferenceNotGranted,
  gatewayRegex,
  gatewayRouteNotAdmitted,
  gatewayRouteParentMissing,
  gatewayRouteShadowed,
  gatewayTcpSecondRoute,
  gatewayTieByAge,
  gatewayTlsBackendPlain,
  gatewayUnused,
  gatewayVersion,
  gatewayZeroWeight,
];
