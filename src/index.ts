/** The public API: read manifests, ask questions, and the pure function of each stage. */

export { checkManifests } from './checks/check.ts';
export type { CheckAnswer, CheckSummary, Finding, IgnoredFinding } from './checks/finding.ts';
export { readCheckSettings } from './checks/read-settings.ts';
export type { Rule } from './checks/rule.ts';
export { RULES as checkRules } from './checks/rules.ts';
export type { CheckSettings } from './checks/settings.ts';
export type { ClusterService, Node, Pod } from './cluster/cluster.ts';
export { parseResolvConf, printResolvConf, type ResolvConf } from './cluster/resolv-conf.ts';
export { askNameServer } from './control/dns/ask-name-server.ts';
export {
  type NamedPod,
  type NamingFacts,
  type PodHostNames,
  podHostNames,
} from './control/dns/host-names.ts';
export {
  type HostsEntry,
  type HostsFileFacts,
  hostsAddresses,
  parseHostsFile,
  podHostsFile,
} from './control/dns/hosts-file.ts';
export { type PodFiles, podFiles } from './control/dns/pod-files.ts';
export type { DnsQuestion, DnsRecord, DnsReply } from './control/dns/record.ts';
export {
  type KubeletDns,
  kubeletDns,
  type PodDnsSettings,
  type PodResolvConf,
  podResolvConf,
} from './control/dns/resolv-conf.ts';
export { lookUpName, type NameQuestion } from './control/dns/resolver/look-up.ts';
export type {
  AskServer,
  LookupStep,
  NameLookupResult,
  Resolver,
  ResolverHost,
} from './control/dns/resolver/resolver.ts';
export { RESOLVERS, resolverNamed } from './control/dns/resolvers.ts';
export { type DnsServer, dnsServer } from './control/dns/server.ts';
export {
  type DnsServerSettings,
  EXTERNAL_DEFAULTS,
  type ExternalSettings,
  type KubernetesSettings,
  PLUGIN_DEFAULTS,
} from './control/dns/settings.ts';
export { transferRecords } from './control/dns/zone-transfer.ts';
export { endpointPorts, findPort } from './control/endpoint-ports.ts';
export { expandReferences } from './control/env/expand.ts';
export {
  type ServiceVariable,
  serviceVariables,
  visibleServices,
} from './control/env/service-variables.ts';
export { type FeatureGates, featureGates } from './control/feature-gates.ts';
export { type CaptureSettings, captureSettings } from './control/mesh/capture-settings.ts';
export {
  type Membership,
  type MembershipAnswer,
  type MeshPod,
  meshMembership,
} from './control/mesh/membership.ts';
export {
  type EndpointContext,
  endpointHostname,
  isEndpointPod,
  podEndpoint,
} from './control/pod-endpoint.ts';
export { type Reconciled, type Reconciling, reconcileSlices } from './control/select-endpoints.ts';
export type { Endpoint, ServicePort } from './control/service-port.ts';
export type { Slice, SliceEntry } from './control/slice.ts';
export {
  hintByZoneShares,
  isTopologyAuto,
  rebalanceZones,
  type TopologyHints,
  type ZoneTransfers,
} from './control/topology-hints.ts';
export { type HintedEndpoint, hintByTrafficDistribution } from './control/traffic-distribution.ts';
export { categorizeEndpoints } from './control/usable-endpoints.ts';
export { type ZoneShares, zoneShares } from './control/zone-shares.ts';
export { calicoTunnelMac } from './dataplane/cni/calico.ts';
export { cniFacets } from './dataplane/cnis.ts';
export {
  type HostPortRule,
  hostPortRules,
  type PodAddress,
  type PortMapping,
  type PortmapBackend,
  type PortmapSettings,
} from './dataplane/host-ports/portmap.ts';
export {
  type CapturePacket,
  type CaptureVerdict,
  captureVerdict,
} from './dataplane/mesh/sidecar-capture.ts';
export { hashedDeviceName as hostDeviceName } from './dataplane/pod-link/host-devices.ts';
export { podMtu } from './dataplane/pod-mtu.ts';
export { type DatapathLines, datapathLines } from './dataplane/print-datapath.ts';
export {
  type EndpointAddress,
  iptablesEndpointChain,
  iptablesServiceHash,
  nftablesEndpointName,
  nftablesServiceName,
  portmapChainName,
  servicePortKey,
} from './dataplane/proxy/chain-names.ts';
export type { ServiceVerdict } from './dataplane/service-verdict.ts';
export type { Diagnostic } from './diagnostics/diagnostic.ts';
export type { PeerMode } from './k8s/kinds/peer-authentication.ts';
export type { GatewayFeatures } from './l7/gateway-api/features.ts';
export {
  type GatewayApi,
  type GatewayApiOptions,
  gatewayApi,
} from './l7/gateway-api/gateway-api.ts';
export type { Condition } from './l7/gateway-api/model.ts';
export { ownerName, routeKey, ruleName } from './l7/gateway-api/model.ts';
export {
  type GatewayRequest,
  type GatewayRequestParts,
  parseGatewayRequest,
} from './l7/gateway-api/request.ts';
export { type GatewayRouting, weightsOf } from './l7/gateway-api/routing.ts';
export { type IngressTables, ingressTables } from './l7/ingress-tables.ts';
export { type DelegateCondition, delegateConflicts } from './l7/istio/delegates.ts';
export { podsOf } from './l7/istio/http-answer.ts';
export {
  type ClientTls,
  type InboundClient,
  type InboundVerdict,
  inboundCluster,
  inboundVerdict,
} from './l7/istio/inbound.ts';
export { type MeshRequest, type MeshRequestParts, parseMeshRequest } from './l7/istio/mesh-request.ts';
export {
  fullHost,
  gatewayName,
  hostsForNamespace,
  hostsMatch,
  intersectHosts,
  mostSpecific,
} from './l7/istio/names.ts';
export type { MeshBranch, MeshOutcome, MeshResult } from './l7/istio/outcome.ts';
export { believedProtocol, type DeclaredPort, type IstioProtocol } from './l7/istio/protocol.ts';
export { type IstioMesh, istioMesh, type MeshQuestion } from './l7/istio/routing.ts';
export { parseRequest, type RequestParts, type RouteRequest } from './l7/request.ts';
export {
  backendName,
  type Route,
  type RouteBackend,
  type RouteTable,
  type Routing,
  routeName,
} from './l7/route-table.ts';
export { parseIp, printSocketAddress } from './net/ip.ts';
export type { Protocol } from './net/packet.ts';
export { printIptablesSave, probabilityText } from './netfilter/print-iptables.ts';
export { ipsetLines, ipvsadmLines } from './netfilter/print-ipvs.ts';
export { nftLines, printNft } from './netfilter/print-nft.ts';
export type { TraceAnswer } from './query/answer.ts';
export type { TraceQuestion } from './query/asking.ts';
export type { Assertion, TestFile } from './query/assertions/assertion.ts';
export { readTestFile } from './query/assertions/read-tests.ts';
export { type RecordedTest, type Recording, recordTests } from './query/assertions/record.ts';
export { runAssertions, testAnswer } from './query/assertions/run-tests.ts';
export type { TestAnswer, TestResult } from './query/assertions/test-answer.ts';
export { type ComparisonAnswer, compareTraces } from './query/comparison.ts';
export { type DiffQuestion, diffQuestion } from './query/diff/diff.ts';
export type { DiffAnswer } from './query/diff/diff-answer.ts';
export { dnsConfigQuestion } from './query/dns-config.ts';
export type { DnsConfigAnswer } from './query/dns-config-answer.ts';
export { type DnsLookupQuestion, dnsLookupQuestion } from './query/dns-lookup.ts';
export type { DnsLookupAnswer } from './query/dns-lookup-answer.ts';
export { dnsRecordsQuestion } from './query/dns-records.ts';
export type { DnsRecordsAnswer } from './query/dns-records-answer.ts';
export { type EnvQuestion, envQuestion } from './query/env.ts';
export type { EnvAnswer, VariableAnswer } from './query/env-answer.ts';
export {
  type DestinationVerdict,
  type PolicyDecisionAnswer,
  type PolicyQuestion,
  policyDecision,
  type VerdictAnswer,
} from './query/policy-decision.ts';

export { type ProxyQuestion, proxyVerdict } from './query/proxy-verdict.ts';
export { loadSnapshot, type Snapshot, type SnapshotInput } from './query/snapshot.ts';
export { traceQuestion } from './query/trace.ts';
export { UsageError } from './query/usage-error.ts';
export type { SourceFile } from './source/file.ts';
