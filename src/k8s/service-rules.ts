/**
 * What the API server refuses of a Service though each field by itself could be right. It is reported in its
 * words and taken as absent, so that the rest is used.
 * Source: kubernetes/kubernetes:pkg/apis/core/validation/validation.go ValidateService,
 * validateServicePort, validateServiceExternalTrafficPolicy, ValidateNonSpecialIP.
 */

import type { Ip } from '../net/ip.ts';
import { type Fields, reportDuplicate, reportForbidden, reportInvalid, reportRequired } from './fields.ts';
import type { ServiceBody, ServicePortSpec } from './service-body.ts';

/** The kubelet's own port: no load balancer may lead to it. */
const KUBELET_PORT = 10250;
const ONLY_BALANCED = "may only be used when `type` is 'LoadBalancer'";

/** The body without what is refused. @param spec the fields of `spec`. */
export function withoutRefused(spec: Fields, body: ServiceBody): ServiceBody {
  // A type that nobody understands decides nothing.
  if (isWritten(spec, 'type') && spec.raw['type'] !== '' && spec.raw['type'] !== body.type) return body;
  const open = isExternallyAccessible(body);
  refuseByType(spec, body);
  return {
    ...body,
    ports: acceptedPorts(spec, body),
    externalIps: body.externalIps.filter((ip, index) => !isSpecial(spec, ip, index)),
    loadBalancerSourceRanges: body.type === 'LoadBalancer' ? body.loadBalancerSourceRanges : [],
    ...(open ? {} : { externalTrafficPolicy: 'Cluster' as const }),
  };
}

/** Source: kubernetes/kubernetes:pkg/api/service/util.go ExternallyAccessible. */
function isExternallyAccessible({ type, externalIps }: ServiceBody): boolean {
  return type === 'LoadBalancer' || type === 'NodePort' || (type === 'ClusterIP' && externalIps.length > 0);
}

function refuseByType(spec: Fields, body: ServiceBody): void {
  refuseAddresses(spec, body);
  refusePolicies(spec, body);
  if (body.type !== 'LoadBalancer') refuseBalancerFields(spec);
}

function isWritten(spec: Fields, key: string): boolean {
  return spec.raw[key] !== undefined && spec.raw[key] !== null;
}

function refuseAddresses(spec: Fields, { type, headless, clusterIps, externalName }: ServiceBody): void {
  if (type === 'ExternalName') {
    if (externalName === undefined) reportRequired(spec, 'externalName');
    const key = isWritten(spec, 'clusterIPs') ? 'clusterIPs' : 'clusterIP';
    if (clusterIps.length > 0 || headless)
      reportForbidden(spec, key, 'may not be set for ExternalName services');
    return;
  }
  if (headless && type !== 'ClusterIP') {
    reportInvalid(spec, ['clusterIP'], 'None', `may not be set to 'None' for ${type} services`);
  }
}

function refusePolicies(spec: Fields, body: ServiceBody): void {
  const { type, externalTrafficPolicy, healthCheckNodePort } = body;
  if (isWritten(spec, 'externalTrafficPolicy') && !isExternallyAccessible(body)) {
    const complaint = 'may only be set for externally-accessible services';
    reportInvalid(spec, ['externalTrafficPolicy'], spec.raw['externalTrafficPolicy'], complaint);
  }
  const isChecked = type === 'LoadBalancer' && externalTrafficPolicy === 'Local';
  if (healthCheckNodePort !== undefined && !isChecked) {
    const complaint = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    reportInvalid(spec, ['healthCheckNodePort'], healthCheckNodePort, complaint);
  }
  if (isWritten(spec, 'sessionAffinityConfig') && spec.raw['sessionAffinity'] !== 'ClientIP') {
    reportForbidden(spec, 'sessionAffinityConfig', 'must not be set when session affinity is None');
  }
}

function refuseBalancerFields(spec: Fields): void {
  for (const key of ['loadBalancerSourceRanges', 'allocateLoadBalancerNodePorts', 'loadBalancerClass']) {
    const value = spec.raw[key];
    const isEmpty = !isWritten(spec, key) || (Array.isArray(value) && value.length === 0);
    if (!isEmpty) reportForbidden(spec, key, ONLY_BALANCED);
  }
}

/** Of two ports with one name, or one number and protocol, the first is used. */
function acceptedPorts(spec: Fields, { type, ports }: ServiceBody): readonly ServicePortSpec[] {
  const names = new Set<string>();
  const numbers = new Set<string>();
  const nodePorts = new Set<string>();
  return ports.flatMap((port): readonly ServicePortSpec[] => {
    const number = `${port.port}/${port.protocol}`;
    const path = port.path.slice(spec.path.length);
    if (port.name !== '' && names.has(port.name)) {
      reportDuplicate(spec, [...path, 'name'], port.name);
      return [];
    }
    if (numbers.has(number)) {
      reportDuplicate(spec, path, `${port.port}/${port.protocol.toUpperCase()}`);
      return [];
    }
    names.add(port.name);
    numbers.add(number);
    if (type === 'LoadBalancer' && port.port === KUBELET_PORT) {
      const complaint = `may not expose port ${KUBELET_PORT} externally since it is used by kubelet`;
      reportInvalid(spec, path, port.port, complaint);
    }
    return [acceptedNodePort(spec, port, { type, taken: nodePorts })];
  });
}

function acceptedNodePort(
  spec: Fields,
  port: ServicePortSpec,
  { type, taken }: { readonly type: ServiceBody['type']; readonly taken: Set<string> },
): ServicePortSpec {
  const { nodePort, ...closed } = port;
  if (nodePort === undefined) return port;
  const path = [...port.path.slice(spec.path.length), 'nodePort'];
  if (type === 'ClusterIP' || type === 'ExternalName') {
    reportForbidden(spec, path, `may not be used when \`type\` is '${type}'`);
    return closed;
  }
  const key = `${nodePort}/${port.protocol}`;
  if (taken.has(key)) {
    reportDuplicate(spec, path, nodePort);
    return closed;
  }
  taken.add(key);
  return port;
}

/** Addresses that no external IP may have. */
function isSpecial(spec: Fields, ip: Ip, index: number): boolean {
  const complaint = specialRange(ip);
  if (complaint === undefined) return false;
  reportInvalid(spec, ['externalIPs', index], ip.text, complaint);
  return true;
}

function specialRange({ text }: Ip): string | undefined {
  if (text === '0.0.0.0' || text === '::') return `may not be unspecified (${text})`;
  if (text.startsWith('127.') || text === '::1')
    return 'may not be in the loopback range (127.0.0.0/8, ::1/128)';
  if (text.startsWith('169.254.') || /^fe[89ab]/.test(text)) {
    return 'may not be in the link-local range (169.254.0.0/16, fe80::/10)';
  }
  if (text.startsWith('224.0.0.') || /^ff.2::/.test(text)) {
    return 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)';
  }
  return undefined;
}
