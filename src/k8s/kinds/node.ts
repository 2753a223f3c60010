import type { Cidr } from '../../net/cidr.ts';
import type { Ip } from '../../net/ip.ts';
import {
  type Fields,
  readBoolean,
  readCidr,
  readCidrs,
  readIp,
  readMappings,
  readSection,
} from '../fields.ts';
import type { K8sObject, KindReader } from '../object.ts';

export interface NodeBody {
  readonly podCidrs: readonly Cidr[];
  /** status.addresses of type InternalIP. */
  readonly internalIps: readonly Ip[];
  readonly externalIps: readonly Ip[];
  readonly unschedulable: boolean;
}

export type NodeObject = K8sObject<'Node', NodeBody>;

export const nodeReader: KindReader<'Node', NodeBody> = {
  kind: 'Node',
  apiVersions: ['v1'],
  namespaced: false,
  read: (fields) => {
    const spec = readSection(fields, 'spec');
    const addresses = readMappings(readSection(fields, 'status'), 'addresses');
    return {
      podCidrs: readPodCidrs(spec),
      internalIps: addressesOfType(addresses, 'InternalIP'),
      externalIps: addressesOfType(addresses, 'ExternalIP'),
      unschedulable: readBoolean(spec, 'unschedulable') ?? false,
    };
  },
};

/** podCIDR repeats the first of podCIDRs. */
function readPodCidrs(spec: Fields): readonly Cidr[] {
  if (Array.isArray(spec.raw['podCIDRs'])) return readCidrs(spec, 'podCIDRs');
  const cidr = readCidr(spec, 'podCIDR');
  return cidr === undefined ? [] : [cidr];
}

/** The list also holds host names, which have types of their own. */
function addressesOfType(addresses: readonly Fields[], type: string): readonly Ip[] {
  return addresses
    .filter(({ raw }) => raw['type'] === type)
    .flatMap((address) => readIp(address, 'address') ?? []);
}
