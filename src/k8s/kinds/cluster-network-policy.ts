import { type Fields, readMapping, readSection, reportInvalid, requireEnum } from '../fields.ts';
import type { K8sObject, KindReader } from '../object.ts';
import { type RuleForm, readClusterRules } from '../policy-parts/cluster-rules.ts';
import { readOnePort, readPortName, readPortSpan, unreadable } from '../policy-parts/items.ts';
import type { PodsPart, PortPart, RulePart } from '../policy-parts/parts.ts';
import { readPriority, readSubject } from '../policy-parts/subject.ts';

export interface ClusterNetworkPolicyBody {
  readonly tier: 'Admin' | 'Baseline';
  /** 0 to 1000, the lowest first. */
  readonly priority: number;
  /** undefined: it cannot be told which pods are meant. */
  readonly subject?: PodsPart;
  readonly ingress: readonly RulePart[];
  readonly egress: readonly RulePart[];
}

export type ClusterNetworkPolicyObject = K8sObject<'ClusterNetworkPolicy', ClusterNetworkPolicyBody>;

const TIERS = ['Admin', 'Baseline'] as const;

/** kubernetes-sigs/network-policy-api:apis/v1alpha2/clusternetworkpolicy_types.go. */
const FORM: RuleForm = {
  actions: { Accept: 'allow', Deny: 'deny', Pass: 'pass' },
  portsKey: 'protocols',
  readPort: readProtocolItem,
  most: { rules: 25, peers: 25, ports: 25 },
  mostCidrs: 25,
  egressFields: ['namespaces', 'pods', 'networks', 'nodes', 'domainNames'],
};

export const clusterNetworkPolicyReader: KindReader<'ClusterNetworkPolicy', ClusterNetworkPolicyBody> = {
  kind: 'ClusterNetworkPolicy',
  apiVersions: ['policy.networking.k8s.io/v1alpha2'],
  namespaced: false,
  read: (fields) => {
    const spec = readSection(fields, 'spec');
    const subject = readSubject(spec);
    return {
      tier: requireEnum(spec, 'tier', TIERS) ?? 'Admin',
      priority: readPriority(spec),
      ...(subject === undefined ? {} : { subject }),
      ingress: readClusterRules(spec, 'ingress', FORM),
      egress: readClusterRules(spec, 'egress', FORM),
    };
  },
};

const PROTOCOLS = ['tcp', 'udp', 'sctp'] as const;

/** `{tcp: {destinationPort}}` and its kin, or `{destinationNamedPort}`. */
function readProtocolItem(fields: Fields): PortPart {
  const written = Object.keys(fields.raw).filter((key) => (fields.raw[key] ?? null) !== null);
  const protocol = PROTOCOLS.find((name) => name === written[0]);
  if (written.length !== 1 || (protocol === undefined && written[0] !== 'destinationNamedPort')) {
    reportInvalid(
      fields,
      [],
      fields.raw,
      `must have exactly one of ${PROTOCOLS.join(', ')}, destinationNamedPort`,
    );
    return unreadable(fields);
  }
  if (protocol !== undefined) return readProtocolPorts(fields, protocol);
  const name = readPortName(fields, 'destinationNamedPort');
  return name === undefined ? unreadable(fields) : { kind: 'named', name, path: fields.path };
}

function readProtocolPorts(fields: Fields, protocol: (typeof PROTOCOLS)[number]): PortPart {
  const item = readMapping(fields, protocol);
  if (item === undefined) return unreadable(fields);
  const port = readMapping(item, 'destinationPort');
  if (port === undefined) {
    if ((item.raw['destinationPort'] ?? null) !== null) return unreadable(fields);
    return { kind: 'range', protocol, from: 1, to: 65535, path: fields.path };
  }
  const range = readMapping(port, 'range');
  if (range === undefined) {
    const one = readOnePort({ ...port, raw: { number: port.raw['number'] } }, 'number');
    return one.kind === 'range' ? { ...one, protocol, path: fields.path } : unreadable(fields);
  }
  const span = readPortSpan(range);
  const isBoth = (port.raw['number'] ?? null) !== null;
  if (isBoth) reportInvalid(port, [], port.raw, 'must have exactly one of number, range');
  return span === undefined || isBoth
    ? unreadable(fields)
    : { kind: 'range', protocol, ...span, path: fields.path };
}
