/** The names that kube-proxy and the CNI plugin portmap give to their chains. */

import type { Protocol } from '../../net/packet.ts';
import { sha256, sha512 } from './sha2.ts';

/** A port of a Service, as names are made from it. */
export interface ServicePortName {
  readonly namespace: string;
  readonly service: string;
  /** Empty for an unnamed port. */
  readonly port: string;
  readonly protocol: Protocol;
}

/** An endpoint's address, as its slice writes it, and port. */
export interface EndpointAddress {
  readonly ip: string;
  readonly port: number;
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** Longest name of nftables that kube-proxy writes. */
const NFTABLES_LENGTH = 240;
/** Longest chain name of iptables. */
const IPTABLES_LENGTH = 28;

/**
 * `ns/name:port`, or `ns/name` for an unnamed port: how kube-proxy names a port of a Service.
 * Source: kubernetes/kubernetes:pkg/proxy/types.go ServicePortName.String.
 */
export function servicePortKey(name: ServicePortName): string {
  const service = `${name.namespace}/${name.service}`;
  return name.port === '' ? service : `${service}:${name.port}`;
}

/**
 * The 16 characters behind `KUBE-SVC-`, `KUBE-SVL-`, `KUBE-EXT-` and `KUBE-FW-`.
 * Source: kubernetes/kubernetes:pkg/proxy/iptables/proxier.go portProtoHash.
 * @param key `ns/name:port`, as `servicePortKey` makes it.
 */
export function iptablesServiceHash(key: string, protocol: Protocol): string {
  return base32(sha256(key + protocol), 16);
}

/**
 * `KUBE-SEP-…`, the chain of one endpoint of a Service port.
 * Source: kubernetes/kubernetes:pkg/proxy/iptables/proxier.go servicePortEndpointChainName.
 * @param endpoint `10.244.1.5:80`, `[fd00::5]:80`.
 */
export function iptablesEndpointChain(key: string, protocol: Protocol, endpoint: string): string {
  return `KUBE-SEP-${base32(sha256(key + protocol + endpoint), 16)}`;
}

/**
 * What follows `service-`, `local-`, `external-` and `firewall-` in nftables mode.
 * Source: kubernetes/kubernetes:pkg/proxy/nftables/proxier.go servicePortChainNameBase.
 */
export function nftablesServiceName(name: ServicePortName): string {
  return nftablesName(nftablesServiceText(name));
}

/**
 * What follows `endpoint-` and `affinity-` in nftables mode.
 * Source: kubernetes/kubernetes:pkg/proxy/nftables/proxier.go servicePortEndpointChainNameBase.
 */
export function nftablesEndpointName(name: ServicePortName, endpoint: EndpointAddress): string {
  const ip = endpoint.ip.replaceAll(':', '.');
  return nftablesName(`${nftablesServiceText(name)}__${ip}/${endpoint.port}`);
}

/**
 * The chain of a container's host ports.
 * Source: containernetworking/plugins:pkg/utils/utils.go MustFormatChainNameWithPrefix.
 */
export function portmapChainName(network: string, containerId: string, prefix = 'CNI-DN-'): string {
  const hash = Array.from(sha512(network + containerId), (byte) => byte.toString(16).padStart(2, '0'));
  return `${prefix}${hash.join('')}`.slice(0, IPTABLES_LENGTH);
}

function nftablesServiceText({ namespace, service, port, protocol }: ServicePortName): string {
  return `${namespace}/${service}/${protocol}/${port}`;
}

function nftablesName(text: string): string {
  const name = `${base32(sha256(text), 8)}-${text}`;
  return name.length > NFTABLES_LENGTH ? `${name.slice(0, NFTABLES_LENGTH - 3)}...` : name;
}

/** The two characters of each ten bits. */
const PAIRS = Array.from(BASE32, (high) => Array.from(BASE32, (low) => high + low)).flat();

/** The first `length` characters, an even number, of the bytes in base32 (RFC 4648 section 6). */
function base32(bytes: Uint8Array, length: number): string {
  let text = '';
  for (let bit = 0; bit < 5 * length; bit += 10) {
    const at = bit >> 3;
    const two = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    text += PAIRS[(two >> (6 - (bit & 7))) & 1023];
  }
  return text;
}
