/** Names, hardware addresses and MTUs that CNIs and proxies compute: pure functions, one result a row. */

import {
  calicoTunnelMac,
  cniFacets,
  hostDeviceName,
  iptablesEndpointChain,
  iptablesServiceHash,
  type Protocol,
  podMtu,
  portmapChainName,
} from '../../src/index.ts';
import type { VectorResult } from './result.ts';

type Row = Readonly<Record<string, string | number>>;

export interface CniNamesFile {
  readonly [table: string]: unknown;
}

/** What each table asks for. */
const ANSWERS: Readonly<Record<string, (row: Row) => unknown>> = {
  calicoVeth: ({ ns, pod }) => hostDeviceName('cali', String(ns), String(pod)),
  awsVeth: ({ ns, pod }) => hostDeviceName('eni', String(ns), String(pod)),
  calicoVtepMac: ({ node }) => calicoTunnelMac(String(node)),
  kubeProxyChain: ({ prefix, key }) => proxyChain(String(prefix), String(key)),
  cniPortmapChain: ({ network, containerID, prefix }) =>
    portmapChainName(String(network), String(containerID), ...(prefix === undefined ? [] : [String(prefix)])),
  mtu: ({ id }) => mtuOf(String(id)),
};

/** A key is the Service port's name, its protocol and, for an endpoint, its address. */
function proxyChain(prefix: string, key: string): string {
  const [, name = '', protocol = '', endpoint = ''] = /^(.*)(tcp|udp|sctp)([\d.:[\]a-f]*)$/.exec(key) ?? [];
  return endpoint === ''
    ? prefix + iptablesServiceHash(name, protocol as Protocol)
    : iptablesEndpointChain(name, protocol as Protocol, endpoint);
}

interface Datapath {
  readonly name: string;
  readonly backend?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly families?: readonly (4 | 6)[];
  /** The interface has the CNI's own default instead of 1500 bytes. */
  readonly ownUplink?: true;
}

/** The datapath of each row of `mtu`. */
const DATAPATHS: Readonly<Record<string, Datapath>> = {
  'flannel-vxlan': { name: 'flannel', backend: 'vxlan' },
  'flannel-host-gw': { name: 'flannel', backend: 'host-gw' },
  'flannel-wireguard': { name: 'flannel', backend: 'wireguard' },
  'flannel-ipip': { name: 'flannel', backend: 'ipip' },
  'flannel-udp': { name: 'flannel', backend: 'udp' },
  'calico-noencap': { name: 'calico', backend: 'bgp' },
  'calico-ipip': { name: 'calico', backend: 'ipip' },
  'calico-vxlan': { name: 'calico', backend: 'vxlan' },
  'calico-vxlan-v6': { name: 'calico', backend: 'vxlan', families: [6] },
  'calico-wireguard': { name: 'calico', backend: 'wireguard' },
  'calico-wireguard-v6': { name: 'calico', backend: 'wireguard', families: [6] },
  'calico-wireguard-aks': { name: 'calico', backend: 'wireguard', options: { hostEncryption: true } },
  'cilium-native': { name: 'cilium', backend: 'native' },
  'cilium-tunnel': { name: 'cilium', backend: 'vxlan' },
  'cilium-wireguard-native': { name: 'cilium', backend: 'native', options: { encryption: 'wireguard' } },
  'cilium-wireguard-tunnel': { name: 'cilium', backend: 'vxlan', options: { encryption: 'wireguard' } },
  kindnet: { name: 'kindnet' },
  'aws-vpc-cni': { name: 'aws-vpc', ownUplink: true },
  kubenet: { name: 'kubenet' },
};

function mtuOf(id: string): number | undefined {
  const datapath = DATAPATHS[id];
  const facets = datapath === undefined ? undefined : cniFacets(datapath);
  if (datapath === undefined || facets === undefined) return undefined;
  const families = datapath.families ?? [4];
  return podMtu({}, facets, { families, ...(datapath.ownUplink ? {} : { mtu: 1500 }) });
}

/** Runs every row of a file. */
export function* runCniNames(file: CniNamesFile): Generator<VectorResult> {
  for (const [table, answer] of Object.entries(ANSWERS)) {
    for (const row of rowsOf(file[table])) {
      const want = row['want'] ?? row['at1500'];
      const got = answer(row);
      const id = `${table} ${row['id'] ?? row['want']}`;
      if (got === undefined) yield { id, status: 'skip', detail: `${id} is not modelled yet` };
      else if (got === want) yield { id, status: 'pass' };
      else yield { id, status: 'fail', detail: `expected ${want}, got ${got}` };
    }
  }
}

function rowsOf(table: unknown): readonly Row[] {
  if (Array.isArray(table)) return table as readonly Row[];
  const cases = typeof table === 'object' && table !== null && 'cases' in table ? table.cases : [];
  return Array.isArray(cases) ? (cases as readonly Row[]) : [];
}
