/** The rules of `k8snet check`. A new one is one file in rules/ and one line in each of the two lists here. */

import type { Rule } from './rule.ts';
import { apiWarning } from './rules/api-warning.ts';
import { dnsNamespaceShadowsDomain } from './rules/dns-namespace-shadows-domain.ts';
import { dnsSearchAmplification } from './rules/dns-search-amplification.ts';
import { dnsWrongClusterDomain } from './rules/dns-wrong-cluster-domain.ts';
import { dualStackFamilyMismatch } from './rules/dual-stack-family-mismatch.ts';
import { dualStackPolicyOneFamily } from './rules/dual-stack-policy-one-family.ts';
import { endpointsAddress } from './rules/endpoints-address.ts';
import { endpointsOrphan } from './rules/endpoints-orphan.ts';
import { endpointsOverwritten } from './rules/endpoints-overwritten.ts';
import { endpointsPortName } from './rules/endpoints-port-name.ts';
import { envDuplicate } from './rules/env-duplicate.ts';
import { envServiceOtherNamespace } from './rules/env-service-other-namespace.ts';
import { envServicePort } from './rules/env-service-port.ts';
import { envServiceUnknown } from './rules/env-service-unknown.ts';
import { envServiceVarUnset } from './rules/env-service-var-unset.ts';
import { gatewayBackendMissing } from './rules/gateway-backend-missing.ts';
import { gatewayBackendPort } from './rules/gateway-backend-port.ts';
import { gatewayClassUnknown } from './rules/gateway-class-unknown.ts';
import { gatewayKind } from './rules/gateway-kind.ts';
import { gatewayListenerConflict } from './rules/gateway-listener-conflict.ts';
import { gatewayListenerNoRoutes } from './rules/gateway-listener-no-routes.ts';
import { gatewayNoBackend } from './rules/gateway-no-backend.ts';
import { gatewayReferenceNotGranted } from './rules/gateway-reference-not-granted.ts';
import { gatewayRouteNotAdmitted } from './rules/gateway-route-not-admitted.ts';
import { gatewayRouteParentMissing } from './rules/gateway-route-parent-missing.ts';
import { gatewayRouteShadowed } from './rules/gateway-route-shadowed.ts';
import { gatewayZeroWeight } from './rules/gateway-zero-weight.ts';
import { ignoreUnused } from './rules/ignore-unused.ts';
import { ingressBackendMissing } from './rules/ingress-backend-missing.ts';
import { ingressBackendPort } from './rules/ingress-backend-port.ts';
import { ingressClassTwoDefaults } from './rules/ingress-class-two-defaults.ts';
import { ingressClassUnknown } from './rules/ingress-class-unknown.ts';
import { ingressExternalName } from './rules/ingress-external-name.ts';
import { ingressNginxAliasConflict } from './rules/ingress-nginx-alias-conflict.ts';
import { ingressNginxAnnotationDropsIngress } from './rules/ingress-nginx-annotation-drops-ingress.ts';
import { ingressNginxAnnotationInvalid } from './rules/ingress-nginx-annotation-invalid.ts';
import { ingressNginxAppRootHostwide } from './rules/ingress-nginx-app-root-hostwide.ts';
import { ingressNginxBackendProtocol } from './rules/ingress-nginx-backend-protocol.ts';
import { ingressNginxCanaryWithoutMain } from './rules/ingress-nginx-canary-without-main.ts';
import { ingressNginxDuplicateLocation } from './rules/ingress-nginx-duplicate-location.ts';
import { ingressNginxExactNotExact } from './rules/ingress-nginx-exact-not-exact.ts';
import { ingressNginxRegexHost } from './rules/ingress-nginx-regex-host.ts';
import { ingressNginxRetired } from './rules/ingress-nginx-retired.ts';
import { ingressNginxRewriteInvalid } from './rules/ingress-nginx-rewrite-invalid.ts';
import { ingressNginxRewriteLosesPath } from './rules/ingress-nginx-rewrite-loses-path.ts';
import { ingressNginxRewriteNoGroups } from './rules/ingress-nginx-rewrite-no-groups.ts';
import { ingressNginxRewriteWithoutUseRegex } from './rules/ingress-nginx-rewrite-without-use-regex.ts';
import { ingressNginxServiceUpstreamHeadless } from './rules/ingress-nginx-service-upstream-headless.ts';
import { ingressNginxSnippet } from './rules/ingress-nginx-snippet.ts';
import { ingressPathConflict } from './rules/ingress-path-conflict.ts';
import { ingressPathShadowed } from './rules/ingress-path-shadowed.ts';
import { ingressPathType } from './rules/ingress-path-type.ts';
import { ingressPortNotTcp } from './rules/ingress-port-not-tcp.ts';
import { ingressTlsHost } from './rules/ingress-tls-host.ts';
import { ingressTlsSecretMissing } from './rules/ingress-tls-secret-missing.ts';
import { istioAuthzDead } from './rules/istio-authz-dead.ts';
import { istioDestinationPort } from './rules/istio-destination-port.ts';
import { istioGatewayHost } from './rules/istio-gateway-host.ts';
import { istioGatewayPort } from './rules/istio-gateway-port.ts';
import { istioGatewayUnbound } from './rules/istio-gateway-unbound.ts';
import { istioHostHalfQualified } from './rules/istio-host-half-qualified.ts';
import { istioHostUnknown } from './rules/istio-host-unknown.ts';
import { istioInjectionLabel } from './rules/istio-injection-label.ts';
import { istioNoProxy } from './rules/istio-no-proxy.ts';
import { istioPeerauthDead } from './rules/istio-peerauth-dead.ts';
import { istioPortProtocol } from './rules/istio-port-protocol.ts';
import { istioReserved } from './rules/istio-reserved.ts';
import { istioRouteNoDefault } from './rules/istio-route-no-default.ts';
import { istioRouteUnreachable } from './rules/istio-route-unreachable.ts';
import { istioRuleHidden } from './rules/istio-rule-hidden.ts';
import { istioServiceEntryCapture } from './rules/istio-service-entry-capture.ts';
import { istioStrictPlaintext } from './rules/istio-strict-plaintext.ts';
import { istioSubsetEmpty } from './rules/istio-subset-empty.ts';
import { istioSubsetUndefined } from './rules/istio-subset-undefined.ts';
import { istioVirtualserviceConflict } from './rules/istio-virtualservice-conflict.ts';
import { loadBalancerNodePortOpen } from './rules/load-balancer-node-port-open.ts';
import { loadBalancerOpen } from './rules/load-balancer-open.ts';
import { manifestDuplicate } from './rules/manifest-duplicate.ts';
import { manifestNotRendered } from './rules/manifest-not-rendered.ts';
import { manifestRejected } from './rules/manifest-rejected.ts';
import { netpolAllowAll } from './rules/netpol-allow-all.ts';
import { netpolAndOr } from './rules/netpol-and-or.ts';
import { netpolBlocksDependency } from './rules/netpol-blocks-dependency.ts';
import { netpolBlocksIngress } from './rules/netpol-blocks-ingress.ts';
import { netpolBlocksWebhook } from './rules/netpol-blocks-webhook.ts';
import { netpolClusterIpBlock } from './rules/netpol-cluster-ip-block.ts';
import { netpolDnsBlocked } from './rules/netpol-dns-blocked.ts';
import { netpolDnsNoTcp } from './rules/netpol-dns-no-tcp.ts';
import { netpolDnsProtocol } from './rules/netpol-dns-protocol.ts';
import { netpolMeshPort } from './rules/netpol-mesh-port.ts';
import { netpolNamespaceUnmatched } from './rules/netpol-namespace-unmatched.ts';
import { netpolNotEnforced } from './rules/netpol-not-enforced.ts';
import { netpolOneSided } from './rules/netpol-one-sided.ts';
import { netpolPeerMatchesNothing } from './rules/netpol-peer-matches-nothing.ts';
import { netpolPodIpBlock } from './rules/netpol-pod-ip-block.ts';
import { netpolPolicyTypesImplicit } from './rules/netpol-policy-types-implicit.ts';
import { netpolPortNameIpBlock } from './rules/netpol-port-name-ip-block.ts';
import { netpolPortNameMissing } from './rules/netpol-port-name-missing.ts';
import { netpolPortUnlisted } from './rules/netpol-port-unlisted.ts';
import { netpolSectionIgnored } from './rules/netpol-section-ignored.ts';
import { netpolSelectsNothing } from './rules/netpol-selects-nothing.ts';
import { netpolServicePort } from './rules/netpol-service-port.ts';
import { podHostNetworkDns } from './rules/pod-host-network-dns.ts';
import { podHostNetworkPolicy } from './rules/pod-host-network-policy.ts';
import { podHostPortConflict } from './rules/pod-host-port-conflict.ts';
import { podNotIsolated } from './rules/pod-not-isolated.ts';
import { podPortConflict } from './rules/pod-port-conflict.ts';
import { podPortNameAmbiguous } from './rules/pod-port-name-ambiguous.ts';
import { podSubdomainUnresolvable } from './rules/pod-subdomain-unresolvable.ts';
import { probePortMissing } from './rules/probe-port-missing.ts';
import { probePortUnlisted } from './rules/probe-port-unlisted.ts';
import { referenceOutsideInput } from './rules/reference-outside-input.ts';
import { serviceClusterIpConflict } from './rules/service-cluster-ip-conflict.ts';
import { serviceClusterIpRange } from './rules/service-cluster-ip-range.ts';
import { serviceExternalIps } from './rules/service-external-ips.ts';
import { serviceExternalNameIp } from './rules/service-external-name-ip.ts';
import { serviceExternalNameLoop } from './rules/service-external-name-loop.ts';
import { serviceExternalNamePort } from './rules/service-external-name-port.ts';
import { serviceExternalNameUnknown } from './rules/service-external-name-unknown.ts';
import { serviceHeadlessPortMapping } from './rules/service-headless-port-mapping.ts';
import { serviceIgnoredField } from './rules/service-ignored-field.ts';
import { serviceLocalPolicyGap } from './rules/service-local-policy-gap.ts';
import { serviceMixedBackends } from './rules/service-mixed-backends.ts';
import { serviceNoBackends } from './rules/service-no-backends.ts';
import { serviceNoSelector } from './rules/service-no-selector.ts';
import { serviceNodePortConflict } from './rules/service-node-port-conflict.ts';
import { serviceNodePortRange } from './rules/service-node-port-range.ts';
import { serviceScaledToZero } from './rules/service-scaled-to-zero.ts';
import { serviceSelectsJob } from './rules/service-selects-job.ts';
import { serviceTargetPortMissing } from './rules/service-target-port-missing.ts';
import { serviceTargetPortPartial } from './rules/service-target-port-partial.ts';
import { serviceTargetPortProtocol } from './rules/service-target-port-protocol.ts';
import { serviceTargetPortUnlisted } from './rules/service-target-port-unlisted.ts';
import { statefulsetServiceMissing } from './rules/statefulset-service-missing.ts';
import { statefulsetServiceUnsuitable } from './rules/statefulset-service-unsuitable.ts';
import { workloadSelectorMismatch } from './rules/workload-selector-mismatch.ts';
import { workloadSelectorOverlap } from './rules/workload-selector-overlap.ts';

/** By family, in the order of the catalogue in docs/checks.md. */
export const RULES: readonly Rule[] = [
  serviceClusterIpConflict,
  serviceClusterIpRange,
  serviceExternalIps,
  serviceExternalNameIp,
  serviceExternalNameLoop,
  serviceExternalNamePort,
  serviceExternalNameUnknown,
  serviceHeadlessPortMapping,
  serviceIgnoredField,
  serviceLocalPolicyGap,
  serviceMixedBackends,
  serviceNoBackends,
  serviceNoSelector,
  serviceNodePortConflict,
  serviceNodePortRange,
  serviceScaledToZero,
  serviceSelectsJob,
  serviceTargetPortMissing,
  serviceTargetPortPartial,
  serviceTargetPortProtocol,
  serviceTargetPortUnlisted,
  loadBalancerNodePortOpen,
  loadBalancerOpen,
  dualStackFamilyMismatch,
  dualStackPolicyOneFamily,
  endpointsAddress,
  endpointsOrphan,
  endpointsOverwritten,
  endpointsPortName,
  podHostNetworkDns,
  podHostNetworkPolicy,
  podHostPortConflict,
  podNotIsolated,
  podPortConflict,
  podPortNameAmbiguous,
  podSubdomainUnresolvable,
  probePortMissing,
  probePortUnlisted,
  workloadSelectorMismatch,
  workloadSelectorOverlap,
  statefulsetServiceMissing,
  statefulsetServiceUnsuitable,
  envDuplicate,
  envServiceOtherNamespace,
  envServicePort,
  envServiceUnknown,
  envServiceVarUnset,
  dnsNamespaceShadowsDomain,
  dnsSearchAmplification,
  dnsWrongClusterDomain,
  ingressBackendMissing,
  ingressBackendPort,
  ingressClassTwoDefaults,
  ingressClassUnknown,
  ingressExternalName,
  ingressPathConflict,
  ingressPathType,
  ingressPortNotTcp,
  ingressTlsHost,
  ingressTlsSecretMissing,
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
  ingressPathShadowed,
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
  gatewayZeroWeight,
  gatewayRouteShadowed,
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
  netpolAllowAll,
  netpolAndOr,
  netpolBlocksDependency,
  netpolBlocksIngress,
  netpolBlocksWebhook,
  netpolClusterIpBlock,
  netpolDnsBlocked,
  netpolDnsNoTcp,
  netpolDnsProtocol,
  netpolMeshPort,
  netpolNamespaceUnmatched,
  netpolNotEnforced,
  netpolOneSided,
  netpolPeerMatchesNothing,
  netpolPodIpBlock,
  netpolPolicyTypesImplicit,
  netpolPortNameIpBlock,
  netpolPortNameMissing,
  netpolPortUnlisted,
  netpolSectionIgnored,
  netpolSelectsNothing,
  netpolServicePort,
  manifestDuplicate,
  manifestNotRendered,
  manifestRejected,
  apiWarning,
  referenceOutsideInput,
  ignoreUnused,
];
