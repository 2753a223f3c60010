import { type Ip, type IpFamily, parseIp } from '../../net/ip.ts';
import {
  CORE_PROTOCOLS,
  type Fields,
  IP_FORM,
  pickStrings,
  readBoolean,
  readCidrs,
  readEnum,
  readInteger,
  readIp,
  readIps,
  readMappings,
  readPortOrName,
  readProtocol,
  readSection,
  readString,
  readStringMap,
  readStrings,
  reportInvalid,
  reportRequired,
  reportUnsupported,
  requirePort,
} from '../fields.ts';
import { serviceNameComplaint } from '../name-forms.ts';
import type { K8sObject, KindReader, ReadOptions } from '../object.ts';
import { refuseAnnotations } from '../service-annotation-rules.ts';
import type {
  LoadBalancerIngress,
  ServiceBody,
  ServicePortSpec,
  ServiceType,
  TrafficDistribution,
  TrafficPolicy,
} from '../service-body.ts';
import { withoutRefused } from '../service-rules.ts';
import { spelled } from '../spelled-fields.ts';

export type ServiceObject = K8sObject<'Service', ServiceBody>;

const TYPES: readonly ServiceType[] = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const TRAFFIC_POLICIES: readonly TrafficPolicy[] = ['Cluster', 'Local'];
const DISTRIBUTIONS: readonly TrafficDistribution[] = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];
const FAMILY_POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack'] as const;
const FAMILIES: readonly { readonly word: string; readonly family: IpFamily }[] = [
  { word: 'IPv4', family: 4 },
  { word: 'IPv6', family: 6 },
];
/** kubernetes/kubernetes:pkg/apis/core/v1/defaults.go SetDefaults_SessionAffinityConfig. */
const AFFINITY_SECONDS = 10800;
/** The complaint says "less than"; the value itself is taken (validateAffinityTimeout). */
const MOST_AFFINITY_SECONDS = 86400;
const ANY_INTEGER = { min: -(2 ** 31), max: 2 ** 31 - 1 };

/** Defaults that the API server fills in are those of kubernetes/kubernetes:pkg/apis/core/v1/defaults.go. */
export const serviceReader: KindReader<'Service', ServiceBody> = {
  kind: 'Service',
  apiVersions: ['v1'],
  namespaced: true,
  nameForm: serviceNameComplaint,
  read: (fields, _, options) => {
    const spec = readSection(fields, 'spec');
    const selector = readStringMap(spec, 'selector');
    const affinitySeconds = readAffinity(spec);
    const healthCheckNodePort = readNodePort(spec, 'healthCheckNodePort');
    const trafficDistribution = readEnum(spec, 'trafficDistribution', DISTRIBUTIONS);
    const { clusterIP } = spec.raw as { readonly clusterIP?: unknown };
    const isAddress = typeof clusterIP === 'string' && parseIp(clusterIP) !== undefined;
    const body: ServiceBody = {
      type: readEnum(spec, 'type', TYPES) ?? 'ClusterIP',
      ...(selector.size === 0 ? {} : { selector }),
      headless: spec.raw['clusterIP'] === 'None',
      clusterIps: readClusterIps(spec),
      ...(isAddress ? { clusterIpText: clusterIP } : {}),
      ipFamilies: readFamilies(spec),
      ...pickStrings(spec, ['externalName']),
      ...readFamilyPolicy(spec),
      ports: readServicePorts(spec, options),
      externalIps: readIps(spec, 'externalIPs'),
      loadBalancerIngress: readIngress(readSection(fields, 'status')),
      loadBalancerSourceRanges: readCidrs(
        spelled(spec, 'loadBalancerSourceRanges', 'LoadBalancerSourceRanges'),
        'loadBalancerSourceRanges',
      ),
      allocateLoadBalancerNodePorts: readBoolean(spec, 'allocateLoadBalancerNodePorts') ?? true,
      ...(healthCheckNodePort === undefined ? {} : { healthCheckNodePort }),
      internalTrafficPolicy: readEnum(spec, 'internalTrafficPolicy', TRAFFIC_POLICIES) ?? 'Cluster',
      externalTrafficPolicy: readEnum(spec, 'externalTrafficPolicy', TRAFFIC_POLICIES) ?? 'Cluster',
      ...(affinitySeconds === undefined ? {} : { sessionAffinitySeconds: affinitySeconds }),
      publishNotReadyAddresses: readBoolean(spec, 'publishNotReadyAddresses') ?? false,
      ...(trafficDistribution === undefined ? {} : { trafficDistribution }),
    };
    if (!options.defaults) return body;
    refuseAnnotations(fields, body);
    return withoutRefused(spec, body);
  },
};

/**
 * Of several ports each needs a name (kubernetes/kubernetes:pkg/apis/core/validation ValidateService).
 * Endpoints belong to a port by its name, so of those without one only the first can be told.
 */
function readServicePorts(spec: Fields, { defaults }: ReadOptions): readonly ServicePortSpec[] {
  const entries = readMappings(spec, 'ports');
  const ports = entries.flatMap(readServicePort);
  if (!defaults || entries.length < 2) return ports;
  const unnamed = entries.filter(({ raw }) => raw['name'] === undefined || raw['name'] === '');
  for (const entry of unnamed) reportRequired(entry, 'name');
  return ports.filter(
    (port, index) => port.name !== '' || ports.findIndex(({ name }) => name === '') === index,
  );
}

function readServicePort(fields: Fields): readonly ServicePortSpec[] {
  const port = requirePort(fields, 'port');
  const protocol = readProtocol(fields, 'protocol', CORE_PROTOCOLS);
  if (port === undefined || protocol === undefined) return [];
  const nodePort = readNodePort(fields, 'nodePort');
  const spec: ServicePortSpec = {
    name: readString(fields, 'name') ?? '',
    protocol,
    port,
    targetPort: readTargetPort(fields) ?? port,
    ...pickStrings(fields, ['appProtocol']),
    ...(nodePort === undefined ? {} : { nodePort }),
    path: fields.path,
  };
  return [spec];
}

/** 0 and the empty name stand for no target port. */
function readTargetPort(fields: Fields): number | string | undefined {
  const { targetPort } = fields.raw as { targetPort?: unknown };
  return targetPort === 0 || targetPort === '' ? undefined : readPortOrName(fields, 'targetPort');
}

/** 0 stands for no node port. Whether the port lies in the cluster's range is not known here. */
function readNodePort(fields: Fields, key: string): number | undefined {
  return readInteger(fields, key, { min: 0, max: 65535 }) || undefined;
}

/** clusterIP repeats the first of clusterIPs; `None` and the empty string are no addresses. */
function readClusterIps(spec: Fields): readonly Ip[] {
  const isList = Array.isArray(spec.raw['clusterIPs']) && spec.raw['clusterIPs'].length > 0;
  const texts = isList ? readStrings(spec, 'clusterIPs') : [readString(spec, 'clusterIP') ?? ''];
  const ips: Ip[] = [];
  for (const [index, text] of texts.entries()) {
    if (text === 'None' || text === '') continue;
    const ip = parseIp(text);
    if (ip !== undefined) ips.push(ip);
    else if (isList) reportInvalid(spec, ['clusterIPs', index], text, IP_FORM);
    else reportInvalid(spelled(spec, 'clusterIP', 'clusterIPs[0]'), ['clusterIP'], text, IP_FORM);
  }
  return ips;
}

function readFamilyPolicy(spec: Fields): Pick<ServiceBody, 'ipFamilyPolicy'> {
  const ipFamilyPolicy = readEnum(spec, 'ipFamilyPolicy', FAMILY_POLICIES);
  return ipFamilyPolicy === undefined ? {} : { ipFamilyPolicy };
}

function readFamilies(spec: Fields): readonly IpFamily[] {
  return readStrings(spec, 'ipFamilies').flatMap((word, index) => {
    const known = FAMILIES.find((family) => family.word === word);
    const words = FAMILIES.map((family) => family.word);
    if (known === undefined) reportUnsupported(spec, ['ipFamilies', index], word, words);
    return known?.family ?? [];
  });
}

function readIngress(status: Fields): readonly LoadBalancerIngress[] {
  return readMappings(readSection(status, 'loadBalancer'), 'ingress').map((entry) => {
    const ip = readIp(entry, 'ip');
    const ipMode = readEnum(entry, 'ipMode', ['VIP', 'Proxy'] as const);
    return {
      ...(ip === undefined ? {} : { ip }),
      ...pickStrings(entry, ['hostname']),
      ...(ipMode === undefined ? {} : { ipMode }),
    };
  });
}

/** Seconds that a client keeps its backend; undefined without session affinity. */
function readAffinity(spec: Fields): number | undefined {
  if (readEnum(spec, 'sessionAffinity', ['None', 'ClientIP'] as const) !== 'ClientIP') return undefined;
  const clientIp = readSection(readSection(spec, 'sessionAffinityConfig'), 'clientIP');
  const seconds = readInteger(clientIp, 'timeoutSeconds', ANY_INTEGER) ?? AFFINITY_SECONDS;
  if (seconds >= 1 && seconds <= MOST_AFFINITY_SECONDS) return seconds;
  const complaint = `must be greater than 0 and less than ${MOST_AFFINITY_SECONDS}`;
  reportInvalid(clientIp, ['timeoutSeconds'], seconds, complaint);
  return AFFINITY_SECONDS;
}
