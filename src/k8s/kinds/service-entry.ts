/**
 * ServiceEntry of Istio: hosts that the mesh knows beside the cluster's Services.
 * Source: istio/api:networking/v1alpha3/service_entry.proto, istio/istio:pkg/config/validation/validation.go.
 */

import { type Cidr, parseCidr } from '../../net/cidr.ts';
import type { FieldPath } from '../../source/document.ts';
import {
  type Fields,
  readEnum,
  readMappings,
  readPort,
  readSection,
  readString,
  readStrings,
  reportInvalid,
  reportRequired,
  requirePort,
} from '../fields.ts';
import { readExportTo, readNetworkingLabels } from '../istio-parts/selector.ts';
import { readEndpoint, type WorkloadEndpoint } from '../istio-parts/workload-endpoint.ts';
import type { K8sObject, KindReader, Labels } from '../object.ts';

export type EntryResolution = 'NONE' | 'STATIC' | 'DNS' | 'DNS_ROUND_ROBIN' | 'DYNAMIC_DNS';

export interface EntryPort {
  readonly number: number;
  readonly name: string;
  /** As written: `HTTP`, `TLS`; empty: detected. */
  readonly protocol: string;
  readonly targetPort?: number;
  readonly path: FieldPath;
}

export interface ServiceEntryBody {
  readonly hosts: readonly string[];
  readonly addresses: readonly Cidr[];
  readonly ports: readonly EntryPort[];
  readonly isExternal: boolean;
  readonly resolution: EntryResolution;
  readonly endpoints: readonly WorkloadEndpoint[];
  readonly workloadSelector?: Labels;
  readonly exportTo: readonly string[];
}

export type ServiceEntryObject = K8sObject<'ServiceEntry', ServiceEntryBody>;

const RESOLUTIONS = ['NONE', 'STATIC', 'DNS', 'DNS_ROUND_ROBIN', 'DYNAMIC_DNS'] as const;

export const serviceEntryReader: KindReader<'ServiceEntry', ServiceEntryBody> = {
  kind: 'ServiceEntry',
  apiVersions: ['networking.istio.io/v1', 'networking.istio.io/v1beta1', 'networking.istio.io/v1alpha3'],
  stillServed: ['networking.istio.io/v1beta1', 'networking.istio.io/v1alpha3'],
  namespaced: true,
  read: (fields) => {
    const spec = readSection(fields, 'spec');
    const hosts = readHosts(spec);
    const workloadSelector = readNetworkingLabels(spec);
    const endpoints = readMappings(spec, 'endpoints').flatMap(readEndpoint);
    if (workloadSelector !== undefined && endpoints.length > 0) {
      reportInvalid(spec, ['endpoints'], {}, 'only one of workloadSelector or endpoints is allowed');
    }
    return {
      hosts,
      addresses: readAddresses(spec),
      ports: readMappings(spec, 'ports').flatMap(readEntryPort),
      isExternal: readEnum(spec, 'location', ['MESH_EXTERNAL', 'MESH_INTERNAL'] as const) !== 'MESH_INTERNAL',
      resolution: readEnum(spec, 'resolution', RESOLUTIONS) ?? 'NONE',
      endpoints,
      ...(workloadSelector === undefined ? {} : { workloadSelector }),
      exportTo: readExportTo(spec),
    };
  },
};

/** A host may be a wildcard, but not every host. */
function readHosts(spec: Fields): readonly string[] {
  const hosts = readStrings(spec, 'hosts');
  if (hosts.length === 0) reportRequired(spec, 'hosts', 'service entry must have at least one host');
  const starAt = hosts.indexOf('*');
  if (starAt < 0) return hosts;
  reportInvalid(spec, ['hosts', starAt], '*', 'invalid host *');
  return hosts.filter((host) => host !== '*');
}

function readAddresses(spec: Fields): readonly Cidr[] {
  return readStrings(spec, 'addresses').flatMap((text, index): readonly Cidr[] => {
    const cidr = parseCidr(text) ?? parseCidr(`${text}/${text.includes(':') ? 128 : 32}`);
    if (cidr === undefined) reportInvalid(spec, ['addresses', index], text, 'must be an address or a CIDR');
    return cidr === undefined ? [] : [cidr];
  });
}

function readEntryPort(fields: Fields): readonly EntryPort[] {
  const number = requirePort(fields, 'number');
  if (number === undefined) return [];
  const targetPort = readPort(fields, 'targetPort');
  return [
    {
      number,
      name: readString(fields, 'name') ?? '',
      protocol: readString(fields, 'protocol') ?? '',
      ...(targetPort === undefined ? {} : { targetPort }),
      path: fields.path,
    },
  ];
}
