/**
 * IP addresses as values. An address is parsed once and interned: two equal addresses are the same
 * object, so `===` compares them. IPv4 bits are an unsigned 32-bit number, IPv6 bits a bigint.
 */

export type IpFamily = 4 | 6;

export interface Ip {
  readonly family: IpFamily;
  /** Unsigned 32-bit number for IPv4, 128-bit bigint for IPv6. */
  readonly bits: number | bigint;
  /** Canonical text: dotted decimal, or RFC 5952 for IPv6. */
  readonly text: string;
}

export const WIDTH: Readonly<Record<IpFamily, number>> = { 4: 32, 6: 128 };

const interned = new Map<number | bigint, Ip>();

/**
 * The address with these bits.
 * @param bits unsigned 32-bit number for IPv4, bigint for IPv6.
 */
export function ipFromBits(bits: number | bigint): Ip {
  const known = interned.get(bits);
  if (known !== undefined) return known;
  const ip: Ip =
    typeof bits === 'number'
      ? { family: 4, bits, text: printIpv4(bits) }
      : { family: 6, bits, text: printIpv6(bits) };
  interned.set(bits, ip);
  return ip;
}

/**
 * Reads an address as Kubernetes does: leading zeros of an IPv4 octet are decimal, and an
 * IPv4-mapped IPv6 address is IPv4. Source: kubernetes/utils:net/parse.go ParseIPSloppy.
 * @returns undefined if the text is no address.
 */
export function parseIp(text: string): Ip | undefined {
  const bits = text.includes(':') ? parseIpv6(text) : parseIpv4(text);
  if (bits === undefined) return undefined;
  if (typeof bits === 'bigint' && bits >> 32n === 0xffffn) return ipFromBits(Number(bits & 0xffffffffn));
  return ipFromBits(bits);
}

/** Orders addresses: IPv4 before IPv6, then by value. */
export function compareIps(a: Ip, b: Ip): number {
  if (a.family !== b.family) return a.family - b.family;
  return a.bits < b.bits ? -1 : a.bits > b.bits ? 1 : 0;
}

/** `ip + offset`; the caller keeps the sum inside the family's range. */
export function addToIp(ip: Ip, offset: number): Ip {
  return ipFromBits(typeof ip.bits === 'number' ? ip.bits + offset : ip.bits + BigInt(offset));
}

/** `10.0.0.1:80`, `[fd00::1]:80`. */
export function printSocketAddress(ip: Ip, port: number): string {
  return ip.family === 4 ? `${ip.text}:${port}` : `[${ip.text}]:${port}`;
}

/** Is this a loopback address (127.0.0.0/8 or ::1)? */
export function isLoopback(ip: Ip): boolean {
  return typeof ip.bits === 'number' ? ip.bits >>> 24 === 127 : ip.bits === 1n;
}

function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let bits = 0;
  for (const part of parts) {
    if (!/^\d{1,10}$/.test(part)) return undefined;
    const octet = Number(part);
    if (octet > 255) return undefined;
    bits = bits * 256 + octet;
  }
  return bits;
}

function parseIpv6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '', true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  let bits = 0n;
  for (const group of [...head, ...new Array<number>(missing).fill(0), ...tail]) {
    bits = (bits << 16n) | BigInt(group);
  }
  return bits;
}

/** 16-bit groups of `a:b:c`, whose last part may be dotted IPv4 where `mayEndDotted`. */
function parseGroups(text: string, mayEndDotted: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (mayEndDotted && index === parts.length - 1 && part.includes('.')) {
      const v4 = parseIpv4(part);
      if (v4 === undefined) return undefined;
      groups.push(v4 >>> 16, v4 & 0xffff);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return undefined;
    }
  }
  return groups;
}

function printIpv4(bits: number): string {
  return `${bits >>> 24}.${(bits >>> 16) & 255}.${(bits >>> 8) & 255}.${bits & 255}`;
}

/** RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups as `::`. */
function printIpv6(bits: bigint): string {
  const groups: number[] = [];
  for (let shift = 112n; shift >= 0n; shift -= 16n) groups.push(Number((bits >> shift) & 0xffffn));
  const run = longestZeroRun(groups);
  const print = (part: number[]) => part.map((group) => group.toString(16)).join(':');
  if (run.length < 2) return print(groups);
  return `${print(groups.slice(0, run.start))}::${print(groups.slice(run.start + run.length))}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let i = 0; i <= groups.length; i++) {
    if (groups[i] === 0) continue;
    if (i - start > best.length) best = { start, length: i - start };
    start = i + 1;
  }
  return best;
}
