/** Rules about the Gateway API. */

import type { Rule } from '../rule.ts';
import { gatewayBackendMissing } from '../rules/gateway-backend-missing.ts';
import { gatewayBackendPort } from '../rules/gateway-backend-port.ts';
import { gatewayClassUnknown } from '../rules/gateway-class-unknown.ts';
import { gatewayKind } from '../rules/gateway-kind.ts';
import { gatewayListenerConflict } from '../rules/gateway-listener-conflict.ts';
import { gatewayListenerNoRoutes } from '../rules/gateway-listener-no-routes.ts';
import { gatewayNoBackend } from '../rules/gateway-no-backend.ts';
import { gatewayReferenceNotGranted } from '../rules/gateway-reference-not-granted.ts';
import { gatewayRouteNotAdmitted } from '../rules/gateway-route-not-admitted.ts';
import { gatewayRouteParentMissing } from '../rules/gateway-route-parent-missing.ts';
import { gatewayRouteShadowed } from '../rules/gateway-route-shadowed.ts';
import { gatewayZeroWeight } from '../rules/gateway-zero-weight.ts';

export const GATEWAY_RULES: readonly Rule[] = [
  gatewayBackendMissing,
  gatewayBackendPort,
  gatewayClassUnknown,
  gatewayKind,
  gatewayListenerConflict,
  gatewayListenerNoRoutes,
  gatewayNoBackend,
  gatewayReferenceNotGranted,
  gatewayRouteNotAdmitted,
  gatewayRouteParentMissing,
  gatewayRouteShadowed,
  gatewayZeroWeight,
];
