/** Rules about Istio. */

import type { Rule } from '../rule.ts';
import { istioAuthzDead } from '../rules/istio-authz-dead.ts';
import { istioDestinationPort } from '../rules/istio-destination-port.ts';
import { istioGatewayHost } from '../rules/istio-gateway-host.ts';
import { istioGatewayPort } from '../rules/istio-gateway-port.ts';
import { istioGatewayUnbound } from '../rules/istio-gateway-unbound.ts';
import { istioHostHalfQualified } from '../rules/istio-host-half-qualified.ts';
import { istioHostUnknown } from '../rules/istio-host-unknown.ts';
import { istioInjectionLabel } from '../rules/istio-injection-label.ts';
import { istioNoProxy } from '../rules/istio-no-proxy.ts';
import { istioPeerauthDead } from '../rules/istio-peerauth-dead.ts';
import { istioPortProtocol } from '../rules/istio-port-protocol.ts';
import { istioReserved } from '../rules/istio-reserved.ts';
import { istioRouteNoDefault } from '../rules/istio-route-no-default.ts';
import { istioRouteUnreachable } from '../rules/istio-route-unreachable.ts';
import { istioRuleHidden } from '../rules/istio-rule-hidden.ts';
import { istioServiceEntryCapture } from '../rules/istio-service-entry-capture.ts';
import { istioStrictPlaintext } from '../rules/istio-strict-plaintext.ts';
import { istioSubsetEmpty } from '../rules/istio-subset-empty.ts';
import { istioSubsetUndefined } from '../rules/istio-subset-undefined.ts';
import { istioVirtualserviceConflict } from '../rules/istio-virtualservice-conflict.ts';

export const ISTIO_RULES: readonly Rule[] = [
  istioAuthzDead,
  istioDestinationPort,
  istioGatewayHost,
  istioGatewayPort,
  istioGatewayUnbound,
  istioHostHalfQualified,
  istioHostUnknown,
  istioInjectionLabel,
  istioNoProxy,
  istioPeerauthDead,
  istioPortProtocol,
  istioReserved,
  istioRouteNoDefault,
  istioRouteUnreachable,
  istioRuleHidden,
  istioServiceEntryCapture,
  istioStrictPlaintext,
  istioSubsetEmpty,
  istioSubsetUndefined,
  istioVirtualserviceConflict,
];
