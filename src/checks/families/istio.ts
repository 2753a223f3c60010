/** Rules about Istio. */

import type { Rule } from '../rule.ts';
import { istioAnnotation } from '../rules/istio-annotation.ts';
import { istioAuthzDead } from '../rules/istio-authz-dead.ts';
import { istioAuthzPlaintext } from '../rules/istio-authz-plaintext.ts';
import { istioClaimWithoutAuthentication } from '../rules/istio-claim-without-authentication.ts';
import { istioDelegateMissing } from '../rules/istio-delegate-missing.ts';
import { istioDestinationPort } from '../rules/istio-destination-port.ts';
import { istioExternalNamePort } from '../rules/istio-external-name-port.ts';
import { istioGatewayConflict } from '../rules/istio-gateway-conflict.ts';
import { istioGatewayCredential } from '../rules/istio-gateway-credential.ts';
import { istioGatewayHost } from '../rules/istio-gateway-host.ts';
import { istioGatewayPort } from '../rules/istio-gateway-port.ts';
import { istioGatewayUnbound } from '../rules/istio-gateway-unbound.ts';
import { istioHostHalfQualified } from '../rules/istio-host-half-qualified.ts';
import { istioHostUnknown } from '../rules/istio-host-unknown.ts';
import { istioImageAuto } from '../rules/istio-image-auto.ts';
import { istioIneffectivePolicy } from '../rules/istio-ineffective-policy.ts';
import { istioIneffectiveSelector } from '../rules/istio-ineffective-selector.ts';
import { istioIngressSubset } from '../rules/istio-ingress-subset.ts';
import { istioInjectionLabel } from '../rules/istio-injection-label.ts';
import { istioInternalGateway } from '../rules/istio-internal-gateway.ts';
import { istioNoProxy } from '../rules/istio-no-proxy.ts';
import { istioPeerauthDead } from '../rules/istio-peerauth-dead.ts';
import { istioPortProtocol } from '../rules/istio-port-protocol.ts';
import { istioPrefixMatch } from '../rules/istio-prefix-match.ts';
import { istioReserved } from '../rules/istio-reserved.ts';
import { istioRewriteSlash } from '../rules/istio-rewrite-slash.ts';
import { istioRouteNoDefault } from '../rules/istio-route-no-default.ts';
import { istioRouteUnreachable } from '../rules/istio-route-unreachable.ts';
import { istioRuleHidden } from '../rules/istio-rule-hidden.ts';
import { istioSelectsNothing } from '../rules/istio-selects-nothing.ts';
import { istioServiceEntryCapture } from '../rules/istio-service-entry-capture.ts';
import { istioServiceEntryProtocol } from '../rules/istio-service-entry-protocol.ts';
import { istioServiceProtocolConflict } from '../rules/istio-service-protocol-conflict.ts';
import { istioSidecarConflict } from '../rules/istio-sidecar-conflict.ts';
import { istioSidecarScope } from '../rules/istio-sidecar-scope.ts';
import { istioStrictPlaintext } from '../rules/istio-strict-plaintext.ts';
import { istioSubsetEmpty } from '../rules/istio-subset-empty.ts';
import { istioSubsetUndefined } from '../rules/istio-subset-undefined.ts';
import { istioVirtualserviceConflict } from '../rules/istio-virtualservice-conflict.ts';
import { istioWeightEmpty } from '../rules/istio-weight-empty.ts';

export const ISTIO_RULES: readonly Rule[] = [
  istioAnnotation,
  istioAuthzDead,
  istioAuthzPlaintext,
  istioClaimWithoutAuthentication,
  istioDelegateMissing,
  istioDestinationPort,
  istioExternalNamePort,
  istioGatewayConflict,
  istioGatewayCredential,
  istioGatewayHost,
  istioGatewayPort,
  istioGatewayUnbound,
  istioHostHalfQualified,
  istioHostUnknown,
  istioImageAuto,
  istioIneffectivePolicy,
  istioIneffectiveSelector,
  istioIngressSubset,
  istioInjectionLabel,
  istioInternalGateway,
  istioNoProxy,
  istioPeerauthDead,
  istioPortProtocol,
  istioPrefixMatch,
  istioReserved,
  istioRewriteSlash,
  istioRouteNoDefault,
  istioRouteUnreachable,
  istioRuleHidden,
  istioSelectsNothing,
  istioServiceEntryCapture,
  istioServiceEntryProtocol,
  istioServiceProtocolConflict,
  istioSidecarConflict,
  istioSidecarScope,
  istioStrictPlaintext,
  istioSubsetEmpty,
  istioSubsetUndefined,
  istioVirtualserviceConflict,
  istioWeightEmpty,
];
