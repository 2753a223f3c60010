/** Further network interfaces of EC2 nodes, as the profile gives them: no manifest shows which pod has which. */

import { cidrOf, nthAddress } from '../../net/cidr.ts';
import { type Ip, parseIp } from '../../net/ip.ts';
import { isMapping } from '../../source/document.ts';
import { fieldOf, textAt } from '../detect/marks.ts';

export interface SecondaryEni {
  readonly node: string;
  readonly device: string;
  readonly address: Ip;
  /** The router of its subnet: the first address (VPC user guide, "Subnet sizing"). */
  readonly gateway: Ip;
  readonly pods: readonly Ip[];
  /** The number of the routing table: that of the interface, from 2. */
  readonly table: string;
}

const SUBNET = 24;

/** `{node-a: {eth1: {address: 10.0.1.7, pods: [10.0.1.9]}}}`; what is no address is left out. */
export function readSecondaryEnis(raw: unknown): readonly SecondaryEni[] {
  if (!isMapping(raw)) return [];
  return Object.entries(raw).flatMap(([node, devices]) =>
    isMapping(devices)
      ? Object.entries(devices).flatMap(([device, eni], index) => readEni({ node, device, index }, eni))
      : [],
  );
}

function readEni(
  { node, device, index }: { readonly node: string; readonly device: string; readonly index: number },
  raw: unknown,
): readonly SecondaryEni[] {
  const address = parseIp(textAt(raw, 'address') ?? '');
  if (address === undefined) return [];
  const listed = fieldOf(raw, 'pods');
  const pods = Array.isArray(listed)
    ? listed.flatMap((text) => (typeof text === 'string' ? (parseIp(text) ?? []) : []))
    : [];
  const gateway = parseIp(textAt(raw, 'gateway') ?? '') ?? nthAddress(cidrOf(address, SUBNET), 1);
  return [{ node, device, address, gateway, pods, table: String(index + 2) }];
}
