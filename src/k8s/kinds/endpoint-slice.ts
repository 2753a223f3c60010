import type { Protocol } from '../../net/packet.ts';
import type { FieldPath } from '../../source/document.ts';
import {
  CORE_PROTOCOLS,
  type Fields,
  pickStrings,
  readBoolean,
  readIps,
  readMapping,
  readMappings,
  readPort,
  readProtocol,
  readSection,
  readString,
  readStrings,
  requireEnum,
} from '../fields.ts';
import type { K8sObject, KindReader } from '../object.ts';

export interface SliceEndpoint {
  readonly addresses: readonly string[];
  /** Conditions as written; undefined means the API's default (ready and serving: true, terminating: false). */
  readonly ready?: boolean;
  readonly serving?: boolean;
  readonly terminating?: boolean;
  readonly hostname?: string;
  readonly nodeName?: string;
  readonly zone?: string;
  readonly zoneHints: readonly string[];
  readonly nodeHints: readonly string[];
  /** Name and namespace of the pod behind it. */
  readonly target?: { readonly kind: string; readonly name: string; readonly namespace: string };
  readonly path: FieldPath;
}

export interface SlicePort {
  readonly name: string;
  readonly protocol: Protocol;
  /** undefined: all ports; kube-proxy does not use such an entry. */
  readonly port?: number;
  readonly appProtocol?: string;
  readonly path: FieldPath;
}

export interface EndpointSliceBody {
  readonly addressType: 'IPv4' | 'IPv6' | 'FQDN';
  readonly endpoints: readonly SliceEndpoint[];
  readonly ports: readonly SlicePort[];
}

export type EndpointSliceObject = K8sObject<'EndpointSlice', EndpointSliceBody>;

const ADDRESS_TYPES = ['IPv4', 'IPv6', 'FQDN'] as const;

export const endpointSliceReader: KindReader<'EndpointSlice', EndpointSliceBody> = {
  kind: 'EndpointSlice',
  apiVersions: ['discovery.k8s.io/v1', 'discovery.k8s.io/v1beta1'],
  namespaced: true,
  read: (fields, { namespace }) => {
    const addressType = requireEnum(fields, 'addressType', ADDRESS_TYPES) ?? 'IPv4';
    return {
      addressType,
      endpoints: readMappings(fields, 'endpoints').map((endpoint) => ({
        addresses: readAddresses(endpoint, addressType),
        ...readEndpoint(endpoint, namespace),
      })),
      ports: readMappings(fields, 'ports').flatMap(readSlicePort),
    };
  },
};

function readAddresses(fields: Fields, type: EndpointSliceBody['addressType']): readonly string[] {
  if (type === 'FQDN') return readStrings(fields, 'addresses');
  return readIps(fields, 'addresses').map((ip) => ip.text);
}

function readEndpoint(fields: Fields, namespace: string): Omit<SliceEndpoint, 'addresses'> {
  const conditions = readSection(fields, 'conditions');
  const hints = readSection(fields, 'hints');
  return {
    ...optionalBooleans(conditions),
    ...pickStrings(fields, ['hostname', 'nodeName', 'zone']),
    zoneHints: readMappings(hints, 'forZones').flatMap((hint) => readString(hint, 'name') ?? []),
    nodeHints: readMappings(hints, 'forNodes').flatMap((hint) => readString(hint, 'name') ?? []),
    ...readTarget(fields, namespace),
    path: fields.path,
  };
}

function optionalBooleans(conditions: Fields): Pick<SliceEndpoint, 'ready' | 'serving' | 'terminating'> {
  const found: { ready?: boolean; serving?: boolean; terminating?: boolean } = {};
  for (const key of ['ready', 'serving', 'terminating'] as const) {
    const value = readBoolean(conditions, key);
    if (value !== undefined) found[key] = value;
  }
  return found;
}

/** One entry of `ports`, of a slice or of an Endpoints subset; none of a protocol that nobody knows. */
export function readSlicePort(fields: Fields): readonly SlicePort[] {
  const port = readPort(fields, 'port');
  const protocol = readProtocol(fields, 'protocol', CORE_PROTOCOLS);
  if (protocol === undefined) return [];
  const slicePort: SlicePort = {
    name: readString(fields, 'name') ?? '',
    protocol,
    ...(port === undefined ? {} : { port }),
    ...pickStrings(fields, ['appProtocol']),
    path: fields.path,
  };
  return [slicePort];
}

/** The object that `targetRef` names; one without a namespace is in that of the endpoint. */
export function readTarget(fields: Fields, namespace: string): Pick<SliceEndpoint, 'target'> {
  const target = readMapping(fields, 'targetRef');
  const name = target === undefined ? undefined : readString(target, 'name');
  if (target === undefined || name === undefined) return {};
  const kind = readString(target, 'kind') ?? 'Pod';
  return { target: { kind, name, namespace: readString(target, 'namespace') ?? namespace } };
}
