import type { Ip } from '../../net/ip.ts';
import type { Protocol } from '../../net/packet.ts';
import type { Fields } from '../fields.ts';
import {
  CORE_PROTOCOLS,
  readEnum,
  readIps,
  readMappings,
  readProtocol,
  readSection,
  readString,
  requirePort,
} from '../fields.ts';
import type { K8sObject, KindReader } from '../object.ts';

export interface ServiceImportPort {
  /** Empty for an unnamed port. */
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
}

/** A Service of a set of clusters (kubernetes-sigs/mcs-api:pkg/apis/v1alpha1/serviceimport.go). */
export interface ServiceImportBody {
  readonly headless: boolean;
  readonly ips: readonly Ip[];
  readonly ports: readonly ServiceImportPort[];
}

export type ServiceImportObject = K8sObject<'ServiceImport', ServiceImportBody>;

export const serviceImportReader: KindReader<'ServiceImport', ServiceImportBody> = {
  kind: 'ServiceImport',
  apiVersions: ['multicluster.x-k8s.io/v1beta1', 'multicluster.x-k8s.io/v1alpha1'],
  namespaced: true,
  read: (fields) => {
    const spec = readSection(fields, 'spec');
    return {
      headless: readEnum(spec, 'type', ['ClusterSetIP', 'Headless'] as const) === 'Headless',
      ips: readIps(spec, 'ips'),
      ports: readMappings(spec, 'ports').flatMap(readImportPort),
    };
  },
};

function readImportPort(fields: Fields): readonly ServiceImportPort[] {
  const port = requirePort(fields, 'port');
  const protocol = readProtocol(fields, 'protocol', CORE_PROTOCOLS);
  if (port === undefined || protocol === undefined) return [];
  return [{ name: readString(fields, 'name') ?? '', protocol, port }];
}
