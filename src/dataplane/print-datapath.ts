/**
 * Writes a namespace's devices, addresses, routes, neighbours and forwarding entries as lines that `ip -batch` and
 * `bridge -batch` take (iproute2: ip-link(8), ip-route(8), ip-neighbour(8), bridge(8)). What these tools cannot say
 * (keys of WireGuard, programs) stands in comments.
 */

import { fnv1a } from '../net/hash.ts';
import type { Ip } from '../net/ip.ts';
import type { Device, Link, NamespaceId, NetworkNamespace, Route, TunnelLink } from './network.ts';

export interface DatapathLines {
  readonly ip: readonly string[];
  readonly bridge: readonly string[];
  /** `KEY=VALUE` for `sysctl -w`. */
  readonly sysctl: readonly string[];
  /** What no line says. */
  readonly notes: readonly string[];
}

export interface DatapathNames {
  /** The network namespace of a pod, as `ip netns` knows it. */
  netns(id: NamespaceId): string;
}

/** Longest device name of Linux (IFNAMSIZ less the final zero). */
const LONGEST_NAME = 15;
/** Routing protocols that iproute2 may not know by name. */
const PROTOCOLS: Readonly<Record<string, string>> = { bird: '12' };

/** The lines of a namespace; its uplinks are taken to be there. */
export function datapathLines(namespace: NetworkNamespace, names: DatapathNames): DatapathLines {
  const devices = [...namespace.devices.values()].filter(({ link }) => link.kind !== 'loopback');
  const made = devices.flatMap((device) => linkLines(device, namespace, names));
  const set = devices.flatMap(settingLines);
  return {
    ip: [
      'link set lo up',
      ...made,
      ...set,
      ...neighborLines(devices),
      ...routeLines(namespace),
      ...ruleLines(namespace),
    ],
    bridge: devices.flatMap(forwardingLines),
    sysctl: sysctlLines(namespace, devices),
    notes: devices.flatMap(noteLines),
  };
}

/** A name that the kernel takes: of a longer one the beginning and a hash. */
function kernelName(name: string): string {
  if (name.length <= LONGEST_NAME) return name;
  return `${name.slice(0, 6)}~${fnv1a(name).toString(16).padStart(8, '0')}`;
}

function linkLines(
  { name, mac, addresses, link, switch: bridge }: Device,
  namespace: NetworkNamespace,
  names: DatapathNames,
): readonly string[] {
  const device = kernelName(name);
  const address = link.kind === 'tunnel' ? ` address ${mac ?? inventedMac(addresses[0]?.ip)}` : '';
  switch (link.kind) {
    case 'bridge':
      return [`link add ${device} type bridge`];
    case 'dummy':
      return bridge === undefined ? [`link add ${device} type dummy`] : [];
    case 'veth':
      return vethLines(device, link, { namespace, names, mac });
    case 'tunnel': {
      const type = tunnelType(link);
      return type === undefined ? [] : [`link add ${device}${hasHardware(link) ? address : ''} ${type}`];
    }
    case 'loopback':
    case 'uplink':
      return [];
  }
}

interface VethMaking {
  readonly namespace: NetworkNamespace;
  readonly names: DatapathNames;
  readonly mac: string | undefined;
}

/** A pair is made once: by the node for its pods, by the first of two ends in one namespace. */
function vethLines(
  device: string,
  { peer, bridge, hairpin }: Extract<Link, { readonly kind: 'veth' }>,
  { namespace, names, mac }: VethMaking,
): readonly string[] {
  if (namespace.place.kind === 'pod') return [];
  const isInside = peer.namespace === namespace.id;
  if (isInside && device > kernelName(peer.device)) return [];
  const other = isInside ? '' : ` netns ${names.netns(peer.namespace)}`;
  const own = mac === undefined ? '' : ` address ${mac}`;
  const made = `link add ${device}${own} type veth peer name ${kernelName(peer.device)}${other}`;
  if (bridge === undefined) return [made];
  return [
    made,
    `link set ${device} master ${bridge}`,
    `link set ${device} type bridge_slave hairpin ${hairpin ? 'on' : 'off'}`,
  ];
}

/** undefined: no line makes it. */
function tunnelType({ encapsulation, vni, port, local, perPacketNetwork }: TunnelLink): string | undefined {
  switch (encapsulation) {
    case 'vxlan':
      return perPacketNetwork
        ? `type vxlan external dstport ${port}`
        : `type vxlan id ${vni} local ${local.text} dstport ${port} nolearning`;
    case 'geneve':
      return `type geneve external dstport ${port}`;
    case 'ipip':
      return `type ipip local ${local.text}`;
    case 'wireguard':
      return 'type wireguard';
    case 'udp':
      return undefined;
  }
}

function hasHardware({ encapsulation, perPacketNetwork }: TunnelLink): boolean {
  return encapsulation === 'vxlan' && !perPacketNetwork;
}

function settingLines({ name, addresses, mtu, link }: Device): readonly string[] {
  if (link.kind === 'tunnel' && tunnelType(link) === undefined) return [];
  const device = kernelName(name);
  const added = addresses.map(({ ip, length }) => `address replace ${ip.text}/${length} dev ${device}`);
  return [...added, `link set ${device} mtu ${mtu} up`];
}

/** A tunnel's other ends: their hardware addresses are known beforehand. */
function neighborLines(devices: readonly Device[]): readonly string[] {
  return devices.flatMap(({ name, link }) =>
    endsOf(link).map(
      ([ip, mac]) => `neigh replace ${ip.text} lladdr ${mac} dev ${kernelName(name)} nud permanent`,
    ),
  );
}

function forwardingLines({ name, link }: Device): readonly string[] {
  return endsOf(link).map(
    ([, mac, address]) => `fdb replace ${mac} dev ${kernelName(name)} dst ${address.text} self permanent`,
  );
}

function endsOf(link: Link): readonly (readonly [Ip, string, Ip])[] {
  if (link.kind !== 'tunnel' || link.encapsulation !== 'vxlan' || link.remotes.by !== 'next-hop') return [];
  return [...link.remotes.ends].map(([ip, end]) => [ip, end.mac ?? inventedMac(ip), end.address] as const);
}

/** Routes to a link go before those that have a next hop on it. */
function routeLines({ routes, routingTables }: NetworkNamespace): readonly string[] {
  const inMain = routes.entries.map(([, route]) => ({ route, table: '' }));
  const others = [...(routingTables ?? [])].flatMap(([name, table]) =>
    table.entries.map(([, route]) => ({ route, table: ` table ${name}` })),
  );
  return [...inMain, ...others]
    .toSorted((a, b) => Number(a.route.via !== undefined) - Number(b.route.via !== undefined))
    .map(({ route, table }) => `route replace ${routeText(route)}${table}`);
}

function routeText({ prefix, device, via, onlink, src, mtu, protocol, blackhole }: Route): string {
  const words = blackhole ? [`blackhole ${prefix.text}`] : [prefix.text];
  if (!blackhole) {
    if (via !== undefined) words.push(`via ${via.text}`);
    words.push(`dev ${kernelName(device)}`);
    if (onlink) words.push('onlink');
  }
  if (src !== undefined) words.push(`src ${src.text}`);
  if (mtu !== undefined) words.push(`mtu ${mtu}`);
  if (protocol !== undefined) words.push(`proto ${PROTOCOLS[protocol] ?? protocol}`);
  return words.join(' ');
}

function ruleLines({ routingRules }: NetworkNamespace): readonly string[] {
  return (routingRules ?? []).map(({ priority, from, to, mark, not, table }) =>
    [
      'rule add',
      ...(not ? ['not'] : []),
      ...(from === undefined ? [] : [`from ${from.text}`]),
      ...(to === undefined ? [] : [`to ${to.text}`]),
      ...(mark === undefined ? [] : [`fwmark 0x${mark.value.toString(16)}/0x${mark.mask.toString(16)}`]),
      `priority ${priority}`,
      `table ${table}`,
    ].join(' '),
  );
}

/** Host ends without an address answer for the gateway that pods ask for (proxy ARP). */
function sysctlLines(
  { forwards, bridgeNetfilter, place }: NetworkNamespace,
  devices: readonly Device[],
): readonly string[] {
  if (place.kind !== 'node') return [];
  const silent = devices.filter(
    ({ link, addresses, switch: bridge }) =>
      link.kind === 'veth' &&
      link.bridge === undefined &&
      bridge === undefined &&
      link.neighbors.length > 0 &&
      addresses.length === 0,
  );
  const hasBridge = devices.some(({ link }) => link.kind === 'bridge');
  return [
    ...(forwards ? ['net.ipv4.ip_forward=1'] : []),
    ...(hasBridge ? [`net.bridge.bridge-nf-call-iptables=${bridgeNetfilter ? 1 : 0}`] : []),
    ...silent.flatMap(({ name }) => [
      `net.ipv4.conf.${kernelName(name)}.proxy_arp=1`,
      `net.ipv4.neigh.${kernelName(name)}.proxy_delay=0`,
    ]),
  ];
}

function noteLines(device: Device): readonly string[] {
  return [...nameLines(device), ...switchLines(device), ...tunnelLines(device)];
}

function nameLines({ name }: Device): readonly string[] {
  return kernelName(name) === name ? [] : [`${kernelName(name)} is ${name}`];
}

/** A port of Open vSwitch, which has tools of its own. */
function switchLines({ name, link, switch: bridge }: Device): readonly string[] {
  if (bridge === undefined || link.kind === 'tunnel') return [];
  const port = kernelName(name);
  const type = link.kind === 'dummy' ? ` -- set interface ${port} type=internal` : '';
  return [`ovs-vsctl add-port ${bridge} ${port}${type}`];
}

function tunnelLines({ name, link }: Device): readonly string[] {
  if (link.kind !== 'tunnel') return [];
  if (link.encapsulation === 'wireguard') return [`${name}: keys and peers are wg(8)'s business`];
  if (link.encapsulation === 'udp') return [`${name}: a TUN device that flanneld makes and serves`];
  return link.perPacketNetwork ? [`${name}: programs choose network and remote end of each packet`] : [];
}

/** A hardware address for a tunnel end, from its address: 0a:58 as container runtimes take it. */
function inventedMac(ip: Ip | undefined): string {
  const bits = ip === undefined ? 0 : ip.family === 4 ? Number(ip.bits) : fnv1a(ip.text);
  const octets = [24, 16, 8, 0].map((shift) => ((bits >>> shift) & 0xff).toString(16).padStart(2, '0'));
  return ['0a', '58', ...octets].join(':');
}
