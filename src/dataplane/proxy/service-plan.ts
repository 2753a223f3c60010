/**
 * What a node does with one Service port in one address family: the facts that the rules of every proxy
 * mode are made from. Source: kubernetes/kubernetes:pkg/proxy/serviceport.go and the head of each
 * proxier's syncProxyRules.
 */

import { compareText } from '../../collections/order.ts';
import type { Endpoint, ServicePort } from '../../control/service-port.ts';
import {
  categorizeEndpoints,
  isExternallyReachable,
  isExternalPolicyLocal,
} from '../../control/usable-endpoints.ts';
import type { Cidr } from '../../net/cidr.ts';
import type { Ip } from '../../net/ip.ts';
import type { FieldPath } from '../../source/document.ts';
import { refTo, type SourceRef } from '../../source/ref.ts';
import type { ProxyInput } from '../service-proxy.ts';

export interface ServicePlan {
  readonly port: ServicePort;
  readonly clusterIp: Ip;
  readonly externalIps: readonly Ip[];
  readonly vips: readonly Ip[];
  readonly sourceRanges: readonly Cidr[];
  /** For traffic policy Cluster and Local. */
  readonly cluster: readonly Endpoint[];
  readonly local: readonly Endpoint[];
  readonly internalLocal: boolean;
  readonly externalLocal: boolean;
  /** Is there anything from outside to answer, and an endpoint to send it to? */
  readonly takesExternal: boolean;
  /** Has any node an endpoint? */
  readonly hasAny: boolean;
  /** Has this node one for the cluster address, for what comes from outside? */
  readonly hasInternal: boolean;
  readonly hasExternal: boolean;
}

/**
 * The plans of the Service ports that this family's proxy takes care of, in the order of their keys.
 * (kube-proxy's own order is that of a Go map, hence not fixed.)
 */
export function planServices(input: ProxyInput): readonly ServicePlan[] {
  const plans: ServicePlan[] = [];
  for (const port of input.servicePorts) {
    const plan = planService(port, input);
    if (plan !== undefined) plans.push(plan);
  }
  return plans.sort(
    (a, b) => compareText(a.port.key, b.port.key) || compareText(a.port.protocol, b.port.protocol),
  );
}

/** A field of the Service, as the origin of a rule; empty for a Service that no manifest has. */
export function serviceField(port: ServicePort, ...path: FieldPath): readonly SourceRef[] {
  return port.service.origin === undefined ? [] : [refTo(port.service.origin, ...path)];
}

/** The port in the Service's manifest, or a field of it. */
export function portField(port: ServicePort, ...path: FieldPath): readonly SourceRef[] {
  return port.origin === undefined ? [] : [refTo(port.origin, ...path)];
}

function planService(port: ServicePort, input: ProxyInput): ServicePlan | undefined {
  const { family, node } = input;
  const ofFamily = (ips: readonly Ip[]) => ips.filter((ip) => ip.family === family);
  const [clusterIp] = ofFamily(port.clusterIps);
  if (clusterIp === undefined) return undefined;
  const categories = categorizeEndpoints(port, node, family);
  const local = categories.local ?? [];
  const hasAny = categories.hasAnyEndpoints;
  const internalLocal = port.internalTrafficPolicy === 'Local';
  const externalLocal = isExternalPolicyLocal(port);
  return {
    port,
    clusterIp,
    externalIps: ofFamily(port.externalIps),
    vips: ofFamily(port.loadBalancerVips),
    sourceRanges: port.loadBalancerSourceRanges.filter((range) => range.family === family),
    cluster: categories.cluster ?? [],
    local,
    internalLocal,
    externalLocal,
    takesExternal: hasAny && isExternallyReachable(port, family),
    hasAny,
    hasInternal: hasAny && !(internalLocal && local.length === 0),
    hasExternal: hasAny && !(externalLocal && local.length === 0),
  };
}
