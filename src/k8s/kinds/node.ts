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
import { readMilliQuantity } from '../quantity.ts';
import { readReady } from '../read-condition.ts';
import { readTaints, type Taint } from '../scheduling/taint.ts';

export interface NodeBody {
  readonly podCidrs: readonly Cidr[];
  /** status.addresses of type InternalIP. */
  readonly internalIps: readonly Ip[];
  readonly externalIps: readonly Ip[];
  readonly unschedulable: boolean;
  readonly taints: readonly Taint[];
  /** The Ready condition; undefined when the input has none. */
  readonly ready?: boolean;
  /** Allocatable CPU, in thousandths. */
  readonly milliCpu?: number;
}

export type NodeObject = K8sObject<'Node', NodeBody>;

export const nodeReader: KindReader<'Node', NodeBody> = {
  kind: 'Node',
  apiVersions: ['v1'],
  namespaced: false,
  read: (fields) => {
    const spec = readSection(fields, 'spec');
    const status = readSection(fields, 'status');
    const addresses = readMappings(status, 'addresses');
    const ready = readReady(status);
    const milliCpu = readMilliQuantity(readSection(status, 'allocatable'), 'cpu');
    return {
      podCidrs: readPodCidrs(spec),
      internalIps: addressesOfType(addresses, 'InternalIP'),
      externalIps: addressesOfType(addresses, 'ExternalIP'),
      unschedulable: readBoolean(spec, 'unschedulable') ?? false,
      taints: readTaints(spec),
      ...(ready === undefined ? {} : { ready }),
      ...(milliCpu === undefined ? {} : { milliCpu }),
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
