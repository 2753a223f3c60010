/** Address ranges in CIDR notation (RFC 4632). */

import { addToIp, type Ip, type IpFamily, ipFromBits, parseIp, WIDTH } from './ip.ts';

export interface Cidr {
  readonly family: IpFamily;
  /** The first address; host bits are zero. */
  readonly base: Ip;
  /** Prefix length, 0 to 32 or 128. */
  readonly length: number;
  /** Canonical text, `base/length`. */
  readonly text: string;
}

/** The range of `length` bits that holds `ip`; host bits are masked away. */
export function cidrOf(ip: Ip, length: number): Cidr {
  const base = ipFromBits(networkBits(ip.bits, length));
  return { family: ip.family, base, length, text: `${base.text}/${length}` };
}

/** The range that holds this address alone (/32 or /128). */
export function hostCidr(ip: Ip): Cidr {
  return { family: ip.family, base: ip, length: WIDTH[ip.family], text: `${ip.text}/${WIDTH[ip.family]}` };
}

/** Does the range hold one address alone? */
export function isOneAddress({ family, length }: Cidr): boolean {
  return length === WIDTH[family];
}

/** The range of every address of a family. */
export function everyAddress(family: IpFamily): Cidr {
  return cidrOf(ipFromBits(family === 4 ? 0 : 0n), 0);
}

/**
 * Reads `address/length`. Host bits are masked, as the API server's parser does.
 * @returns undefined if the text is no CIDR.
 */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const address = text.slice(0, slash);
  const ip = parseIp(address);
  if (ip === undefined || !/^\d{1,3}$/.test(text.slice(slash + 1))) return undefined;
  const mapped = ip.family === 4 && address.includes(':');
  const length = Number(text.slice(slash + 1)) - (mapped ? 96 : 0);
  if (length < 0 || length > WIDTH[ip.family]) return undefined;
  return cidrOf(ip, length);
}

/** Does the range hold the address? Families never mix. */
export function cidrContains(cidr: Cidr, ip: Ip): boolean {
  if (cidr.family !== ip.family) return false;
  const host = WIDTH[cidr.family] - cidr.length;
  if (typeof ip.bits === 'number') {
    return host === 32 || ip.bits >>> host === (cidr.base.bits as number) >>> host;
  }
  return ip.bits >> BigInt(host) === (cidr.base.bits as bigint) >> BigInt(host);
}

/** Do the ranges share an address? */
export function cidrsOverlap(a: Cidr, b: Cidr): boolean {
  return a.length <= b.length ? cidrContains(a, b.base) : cidrContains(b, a.base);
}

/** Number of addresses in the range; Infinity is never returned, large IPv6 ranges lose precision. */
export function cidrSize(cidr: Cidr): number {
  return 2 ** (WIDTH[cidr.family] - cidr.length);
}

/** The address `index` places behind the base. */
export function nthAddress(cidr: Cidr, index: number): Ip {
  return addToIp(cidr.base, index);
}

/**
 * The `index`-th (from 0) sub-range of `length` bits.
 * @returns undefined when the range has no such part.
 */
export function nthSubnet(cidr: Cidr, length: number, index: number): Cidr | undefined {
  if (length < cidr.length || length > WIDTH[cidr.family]) return undefined;
  if (index >= 2 ** (length - cidr.length)) return undefined;
  const step = WIDTH[cidr.family] - length;
  const { bits } = cidr.base;
  const base = typeof bits === 'number' ? bits + index * 2 ** step : bits + (BigInt(index) << BigInt(step));
  return cidrOf(ipFromBits(base), length);
}

/** The bits of an address with all behind the first `length` of them cleared. */
export function networkBits(bits: Ip['bits'], length: number): Ip['bits'] {
  if (typeof bits === 'number') return length === 0 ? 0 : ((bits >>> (32 - length)) << (32 - length)) >>> 0;
  const host = BigInt(128 - length);
  return (bits >> host) << host;
}
