/** The kinds that are read. A new kind is one file in kinds/, and one line in each of the two lists here. */

import { type AdminNetworkPolicyBody, adminNetworkPolicyReader } from './kinds/admin-network-policy.ts';
import { type AuthorizationPolicyBody, authorizationPolicyReader } from './kinds/authorization-policy.ts';
import { type BackendTlsPolicyBody, backendTlsPolicyReader } from './kinds/backend-tls-policy.ts';
import {
  type BaselineAdminNetworkPolicyBody,
  baselineAdminNetworkPolicyReader,
} from './kinds/baseline-admin-network-policy.ts';
import { calicoNetworkPolicyReader } from './kinds/calico-network-policy.ts';
import { ciliumClusterwideNetworkPolicyReader } from './kinds/cilium-clusterwide-network-policy.ts';
import { ciliumNetworkPolicyReader } from './kinds/cilium-network-policy.ts';
import { type ClusterNetworkPolicyBody, clusterNetworkPolicyReader } from './kinds/cluster-network-policy.ts';
import { cronJobReader } from './kinds/cron-job.ts';
import { daemonSetReader } from './kinds/daemon-set.ts';
import { deploymentReader } from './kinds/deployment.ts';
import { type DestinationRuleBody, destinationRuleReader } from './kinds/destination-rule.ts';
import { type EndpointSliceBody, endpointSliceReader } from './kinds/endpoint-slice.ts';
import { type EndpointsBody, endpointsReader } from './kinds/endpoints.ts';
import { type GatewayBody, gatewayReader } from './kinds/gateway.ts';
import { type GatewayClassBody, gatewayClassReader } from './kinds/gateway-class.ts';
import { globalNetworkPolicyReader } from './kinds/global-network-policy.ts';
import { globalNetworkSetReader } from './kinds/global-network-set.ts';
import { type GrpcRouteBody, grpcRouteReader } from './kinds/grpc-route.ts';
import { type HttpRouteBody, httpRouteReader } from './kinds/http-route.ts';
import { type IngressBody, ingressReader } from './kinds/ingress.ts';
import { type IngressClassBody, ingressClassReader } from './kinds/ingress-class.ts';
import { type IstioGatewayBody, istioGatewayReader } from './kinds/istio-gateway.ts';
import { jobReader } from './kinds/job.ts';
import { type ListenerSetBody, listenerSetReader } from './kinds/listener-set.ts';
import { type NamespaceBody, namespaceReader } from './kinds/namespace.ts';
import { type NetworkPolicyBody, networkPolicyReader } from './kinds/network-policy.ts';
import { type NetworkSetBody, networkSetReader } from './kinds/network-set.ts';
import { type NodeBody, nodeReader } from './kinds/node.ts';
import { type PeerAuthenticationBody, peerAuthenticationReader } from './kinds/peer-authentication.ts';
import { type PodBody, podReader } from './kinds/pod.ts';
import { type ReferenceGrantBody, referenceGrantReader } from './kinds/reference-grant.ts';
import { replicaSetReader } from './kinds/replica-set.ts';
import { replicationControllerReader } from './kinds/replication-controller.ts';
import {
  type RequestAuthenticationBody,
  requestAuthenticationReader,
} from './kinds/request-authentication.ts';
import { serviceReader } from './kinds/service.ts';
import { type ServiceEntryBody, serviceEntryReader } from './kinds/service-entry.ts';
import { type ServiceImportBody, serviceImportReader } from './kinds/service-import.ts';
import { type SidecarBody, sidecarReader } from './kinds/sidecar.ts';
import { statefulSetReader } from './kinds/stateful-set.ts';
import { type TcpRouteBody, tcpRouteReader } from './kinds/tcp-route.ts';
import { type TierBody, tierReader } from './kinds/tier.ts';
import { type TlsRouteBody, tlsRouteReader } from './kinds/tls-route.ts';
import { type UdpRouteBody, udpRouteReader } from './kinds/udp-route.ts';
import { type VirtualServiceBody, virtualServiceReader } from './kinds/virtual-service.ts';
import type { WorkloadBody, WorkloadKind } from './kinds/workload.ts';
import { type WorkloadEntryBody, workloadEntryReader } from './kinds/workload-entry.ts';
import { xListenerSetReader } from './kinds/x-listener-set.ts';
import { groupOf } from './names.ts';
import type { K8sObject, KindReader } from './object.ts';
import type { CalicoPolicyBody } from './policy-parts/calico-policy.ts';
import type { CiliumPolicyBody } from './policy-parts/cilium-rules.ts';
import type { ServiceBody } from './service-body.ts';

/** What is read of each kind. */
interface Bodies extends Record<WorkloadKind, WorkloadBody> {
  readonly Namespace: NamespaceBody;
  readonly Node: NodeBody;
  readonly Pod: PodBody;
  readonly Service: ServiceBody;
  readonly Endpoints: EndpointsBody;
  readonly EndpointSlice: EndpointSliceBody;
  readonly Ingress: IngressBody;
  readonly IngressClass: IngressClassBody;
  readonly NetworkPolicy: NetworkPolicyBody;
  readonly AdminNetworkPolicy: AdminNetworkPolicyBody;
  readonly BaselineAdminNetworkPolicy: BaselineAdminNetworkPolicyBody;
  readonly ClusterNetworkPolicy: ClusterNetworkPolicyBody;
  readonly CalicoNetworkPolicy: CalicoPolicyBody;
  readonly GlobalNetworkPolicy: CalicoPolicyBody;
  readonly NetworkSet: NetworkSetBody;
  readonly GlobalNetworkSet: NetworkSetBody;
  readonly Tier: TierBody;
  readonly CiliumNetworkPolicy: CiliumPolicyBody;
  readonly CiliumClusterwideNetworkPolicy: CiliumPolicyBody;
  readonly ServiceImport: ServiceImportBody;
  readonly GatewayClass: GatewayClassBody;
  readonly Gateway: GatewayBody;
  readonly ListenerSet: ListenerSetBody;
  readonly XListenerSet: ListenerSetBody;
  readonly HTTPRoute: HttpRouteBody;
  readonly GRPCRoute: GrpcRouteBody;
  readonly TLSRoute: TlsRouteBody;
  readonly TCPRoute: TcpRouteBody;
  readonly UDPRoute: UdpRouteBody;
  readonly ReferenceGrant: ReferenceGrantBody;
  readonly BackendTLSPolicy: BackendTlsPolicyBody;
  readonly VirtualService: VirtualServiceBody;
  readonly DestinationRule: DestinationRuleBody;
  readonly IstioGateway: IstioGatewayBody;
  readonly ServiceEntry: ServiceEntryBody;
  readonly WorkloadEntry: WorkloadEntryBody;
  readonly Sidecar: SidecarBody;
  readonly PeerAuthentication: PeerAuthenticationBody;
  readonly AuthorizationPolicy: AuthorizationPolicyBody;
  readonly RequestAuthentication: RequestAuthenticationBody;
}

export type KnownKind = keyof Bodies;
export type ObjectOfKind<Kind extends KnownKind> = K8sObject<Kind, Bodies[Kind]>;
export type K8sAnyObject = { [Kind in KnownKind]: ObjectOfKind<Kind> }[KnownKind];
export type AnyKindReader = { [Kind in KnownKind]: KindReader<Kind, Bodies[Kind]> }[KnownKind];

/** A reader for every kind: the compiler finds one that is missing. */
export const READERS: { readonly [Kind in KnownKind]: KindReader<Kind, Bodies[Kind]> } = {
  Namespace: namespaceReader,
  Node: nodeReader,
  Pod: podReader,
  Deployment: deploymentReader,
  ReplicaSet: replicaSetReader,
  StatefulSet: statefulSetReader,
  DaemonSet: daemonSetReader,
  Job: jobReader,
  CronJob: cronJobReader,
  ReplicationController: replicationControllerReader,
  Service: serviceReader,
  Endpoints: endpointsReader,
  EndpointSlice: endpointSliceReader,
  Ingress: ingressReader,
  IngressClass: ingressClassReader,
  NetworkPolicy: networkPolicyReader,
  AdminNetworkPolicy: adminNetworkPolicyReader,
  BaselineAdminNetworkPolicy: baselineAdminNetworkPolicyReader,
  ClusterNetworkPolicy: clusterNetworkPolicyReader,
  CalicoNetworkPolicy: calicoNetworkPolicyReader,
  GlobalNetworkPolicy: globalNetworkPolicyReader,
  NetworkSet: networkSetReader,
  GlobalNetworkSet: globalNetworkSetReader,
  Tier: tierReader,
  CiliumNetworkPolicy: ciliumNetworkPolicyReader,
  CiliumClusterwideNetworkPolicy: ciliumClusterwideNetworkPolicyReader,
  ServiceImport: serviceImportReader,
  GatewayClass: gatewayClassReader,
  Gateway: gatewayReader,
  ListenerSet: listenerSetReader,
  XListenerSet: xListenerSetReader,
  HTTPRoute: httpRouteReader,
  GRPCRoute: grpcRouteReader,
  TLSRoute: tlsRouteReader,
  TCPRoute: tcpRouteReader,
  UDPRoute: udpRouteReader,
  ReferenceGrant: referenceGrantReader,
  BackendTLSPolicy: backendTlsPolicyReader,
  VirtualService: virtualServiceReader,
  DestinationRule: destinationRuleReader,
  IstioGateway: istioGatewayReader,
  ServiceEntry: serviceEntryReader,
  WorkloadEntry: workloadEntryReader,
  Sidecar: sidecarReader,
  PeerAuthentication: peerAuthenticationReader,
  AuthorizationPolicy: authorizationPolicyReader,
  RequestAuthentication: requestAuthenticationReader,
};

const READER_OF_GROUP_KIND: ReadonlyMap<string, AnyKindReader> = new Map(
  Object.values(READERS).flatMap((reader: AnyKindReader) =>
    reader.apiVersions.map(
      (apiVersion) => [`${groupOf(apiVersion)}/${reader.writtenKind ?? reader.kind}`, reader] as const,
    ),
  ),
);

/**
 * The reader of a kind, in any version of its group or of a group that served it once.
 * @returns undefined for kinds that are not read, and for foreign groups' kinds of the same name.
 */
export function readerOf(apiVersion: string, kind: string): AnyKindReader | undefined {
  return READER_OF_GROUP_KIND.get(`${groupOf(apiVersion)}/${kind}`);
}
