/**
 * What the API server refuses of a Service though each field by itself could be right. It is reported in its
 * words and taken as absent, so that the rest is used.
 * Source: kubernetes/kubernetes:pkg/apis/core/validation/validation.go validateService (ValidateService before 1.37),
 * validateServicePort, validateServiceExternalTrafficPolicy, ValidateEndpointIP; read at v1.35.4 and v1.37.2.
 */

import type { Ip } from '../net/ip.ts';
import { type Fields, reportDuplicate, reportForbidden, reportInvalid, reportRequired } from './fields.ts';
import { labelComplaint, labelValueComplaint, qualifiedComplaint, subdomainComplaint } from './name-forms.ts';
import type { ServiceBody, ServicePortSpec } from './service-body.ts';
import { spelled } from './spelled-fields.ts';

const ONLY_BALANCED = "may only be used when `type` is 'LoadBalancer'";

/** The body without what is refused. @param spec the fields of `spec`. */
export function withoutRefused(spec: Fields, body: ServiceBody): ServiceBody {
  // A type that nobody understands decides nothing.
  if (isWritten(spec, 'type') && spec.raw['type'] !== '' && spec.raw['type'] !== body.type) return body;
  const open = isExternallyAccessible(body);
  refuseByType(spec, body);
  refuseFamilies(spec, body);
  refuseWords(spec, body);
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

/** Keys and values that no pod can have, and names that are none. */
function refuseWords(spec: Fields, { selector, ports, type }: ServiceBody): void {
  for (const [key, value] of selector ?? []) {
    const [ofKey, ofValue] = [qualifiedComplaint(key), labelValueComplaint(value)];
    if (ofKey !== undefined) reportInvalid(spec, ['selector'], key, ofKey);
    if (ofValue !== undefined) reportInvalid(spec, ['selector'], value, ofValue);
  }
  for (const { appProtocol, path } of ports) {
    const wrong = appProtocol === undefined ? undefined : qualifiedComplaint(appProtocol);
    if (wrong !== undefined)
      reportInvalid(spec, [...path.slice(spec.path.length), 'appProtocol'], appProtocol, wrong);
  }
  const { loadBalancerClass } = spec.raw as { readonly loadBalancerClass?: unknown };
  if (type !== 'LoadBalancer' || typeof loadBalancerClass !== 'string') return;
  const wrong = qualifiedComplaint(loadBalancerClass);
  if (wrong !== undefined) reportInvalid(spec, ['loadBalancerClass'], loadBalancerClass, wrong);
}

function refuseByType(spec: Fields, body: ServiceBody): void {
  refuseAddresses(spec, body);
  refusePolicies(spec, body);
  if (body.type !== 'LoadBalancer') refuseBalancerFields(spec);
}

function isWritten(spec: Fields, key: string): boolean {
  return spec.raw[key] !== undefined && spec.raw[key] !== null;
}

function refuseAddresses(spec: Fields, body: ServiceBody): void {
  const { type, headless } = body;
  if (type === 'ExternalName') {
    refuseForExternalName(spec, body);
    return;
  }
  const hasPorts = isWritten(spec, 'ports') && !isEmptyList(spec.raw['ports']);
  if (!hasPorts && !headless) reportRequired(spec, 'ports');
  if (headless && type !== 'ClusterIP') {
    const complaint = `may not be set to 'None' for ${type} services`;
    reportInvalid(spelled(spec, 'clusterIP', 'clusterIPs[0]'), ['clusterIP'], 'None', complaint);
  }
}

function refuseForExternalName(spec: Fields, { headless, clusterIps, externalName }: ServiceBody): void {
  const complaint = 'may not be set for ExternalName services';
  if (clusterIps.length > 0 || headless) {
    const key = isWritten(spec, 'clusterIPs') ? 'clusterIPs' : 'clusterIP';
    reportForbidden(spelled(spec, key, 'clusterIPs'), key, complaint);
  }
  for (const key of ['ipFamilies', 'ipFamilyPolicy']) {
    if (isWritten(spec, key) && !isEmptyList(spec.raw[key])) reportForbidden(spec, key, complaint);
  }
  const name = externalName?.replace(/\.$/, '') ?? '';
  const wrong = name === '' ? undefined : subdomainComplaint(name);
  if (name === '') reportRequired(spec, 'externalName');
  else if (wrong !== undefined) reportInvalid(spec, ['externalName'], name, wrong);
}

/** Addresses and families that do not go together. Source: ValidateServiceClusterIPsRelatedFields. */
function refuseFamilies(spec: Fields, body: ServiceBody): void {
  const { type, clusterIps, ipFamilies, headless } = body;
  if (type === 'ExternalName') return;
  for (const [index, family] of ipFamilies.entries()) {
    if (ipFamilies.indexOf(family) < index) reportDuplicate(spec, ['ipFamilies', index], `IPv${family}`);
  }
  const list = spec.raw['clusterIPs'];
  const complaint = listComplaint(spec, clusterIps);
  if (complaint !== undefined) reportInvalid(spec, ['clusterIPs'], list, complaint);
  if (headless) return;
  const isList = Array.isArray(list);
  const own = isList ? spec : spelled(spec, 'clusterIP', 'clusterIPs[0]');
  for (const [index, ip] of clusterIps.entries()) {
    const family = ipFamilies[index];
    if (family === undefined || family === ip.family) continue;
    const expected = `expected an IPv${family} value as indicated by \`ipFamilies[${index}]\``;
    reportInvalid(own, isList ? ['clusterIPs', index] : ['clusterIP'], ip.text, expected);
  }
}

/** What is wrong with `clusterIPs` as a whole. */
function listComplaint({ raw }: Fields, ips: readonly Ip[]): string | undefined {
  const { clusterIP: single, clusterIPs: list } = raw as Record<'clusterIP' | 'clusterIPs', unknown>;
  if (!Array.isArray(list) || list.length === 0) return undefined;
  const isSingle = typeof single === 'string' && single !== '';
  if (!isSingle) return 'must be empty when `clusterIP` is not specified';
  if (single !== list[0]) return 'first value must match `clusterIP`';
  if (single === 'None' && list.length > 1) return "'None' must be the first and only value";
  if (list.length > 2) return 'may only hold up to 2 values';
  const families = new Set(ips.map(({ family }) => family));
  return families.size < ips.length ? 'may specify no more than one IP for each IP family' : undefined;
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
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
    if (!isWritten(spec, key) || isEmptyList(spec.raw[key])) continue;
    // Upstream's own spelling of this one begins with a capital letter.
    const words = key === 'loadBalancerSourceRanges' ? 'LoadBalancerSourceRanges' : key;
    reportForbidden(spelled(spec, key, words), key, ONLY_BALANCED);
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
      reportDuplicate(spec, path, portKey(port));
      return [];
    }
    names.add(port.name);
    numbers.add(number);
    const wrong = port.name === '' ? undefined : labelComplaint(port.name);
    if (wrong !== undefined) reportInvalid(spec, [...path, 'name'], port.name, wrong);
    return [acceptedNodePort(spec, port, { type, taken: nodePorts })];
  });
}

/** What upstream prints of a port that is there twice: its own structure with nothing but the two fields. */
function portKey({ protocol, port }: ServicePortSpec): object {
  return {
    Name: '',
    Protocol: protocol.toUpperCase(),
    AppProtocol: null,
    Port: port,
    TargetPort: 0,
    NodePort: 0,
  };
}

function acceptedNodePort(
  spec: Fields,
  port: ServicePortSpec,
  { type, taken }: { readonly type: ServiceBody['type']; readonly taken: Set<string> },
): ServicePortSpec {
  const { nodePort, ...closed } = port;
  if (nodePort === undefined) return port;
  const path = [...port.path.slice(spec.path.length), 'nodePort'];
  if (type === 'ClusterIP') reportForbidden(spec, path, "may not be used when `type` is 'ClusterIP'");
  if (type === 'ClusterIP' || type === 'ExternalName') return closed;
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
