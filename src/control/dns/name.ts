/** Domain names as texts: absolute ones end with a dot, and letters compare in any case. */

import { type Ip, ipFromBits, parseIp } from '../../net/ip.ts';

const IP4_ARPA = '.in-addr.arpa.';
const IP6_ARPA = '.ip6.arpa.';
const NIBBLES = 32;

/** RFC 1035 2.3.4. */
export const MAX_LABEL = 63;
/** Of an absolute name as text, its final dot counted: 255 octets on the wire. */
export const MAX_NAME = 254;

/** The name with its final dot. */
export function absolute(name: string): string {
  return name.endsWith('.') ? name : `${name}.`;
}

/** A zone or domain as it is compared: lower case, with its final dot. */
export function normalName(name: string): string {
  return absolute(name.toLowerCase());
}

/** Without the final dot, unless it is the root. */
export function withoutFinalDot(name: string): string {
  return name.length > 1 && name.endsWith('.') ? name.slice(0, -1) : name;
}

/** The labels of an absolute name; none for the root. */
export function labelsOf(name: string): string[] {
  const bare = name.endsWith('.') ? name.slice(0, -1) : name;
  return bare === '' ? [] : bare.split('.');
}

/** Is the name the zone's own, or one below it? Both are lower case and absolute. */
export function isWithin(zone: string, name: string): boolean {
  return zone === '.' || name === zone || (name.length > zone.length && name.endsWith(`.${zone}`));
}

/**
 * The longest of the zones that a name is in (coredns/coredns:plugin/normalize.go Zones.Matches).
 * @param name lower case, absolute.
 */
export function zoneOfName(zones: Iterable<string>, name: string): string | undefined {
  let longest: string | undefined;
  for (const zone of zones) {
    if (isWithin(zone, name) && zone.length > (longest?.length ?? 0)) longest = zone;
  }
  return longest;
}

/** The labels of a name before its zone, in which it is. Both are absolute. */
export function labelsBelow(zone: string, name: string): string[] {
  return zone === '.' ? labelsOf(name) : labelsOf(name.slice(0, Math.max(0, name.length - zone.length)));
}

/** `name.zone`, where the zone may be the root. */
export function joinName(...parts: readonly string[]): string {
  const zone = parts.at(-1) ?? '.';
  const before = parts
    .slice(0, -1)
    .map(withoutFinalDot)
    .filter((part) => part !== '');
  return zone === '.' ? absolute(before.join('.')) : absolute([...before, zone].join('.'));
}

/** Does the name lie below in-addr.arpa or ip6.arpa? @param name lower case. */
export function isReverseName(name: string): boolean {
  return name.endsWith(IP4_ARPA) || name.endsWith(IP6_ARPA);
}

/** Is this a zone of reverse names, or one of their trees as a whole? @param zone lower case, absolute. */
export function isReverseZone(zone: string): boolean {
  return isReverseName(`.${zone}`);
}

/**
 * The address that a whole reverse name means; undefined for a shorter or longer name.
 * Source: coredns/coredns:plugin/pkg/dnsutil/reverse.go ExtractAddressFromReverse.
 * @param name lower case.
 */
export function addressOfReverse(name: string): Ip | undefined {
  if (name.endsWith(IP4_ARPA)) {
    const octets = name.slice(0, -IP4_ARPA.length).split('.').reverse();
    const isPlain = octets.every((octet) => /^(0|[1-9]\d{0,2})$/.test(octet));
    return isPlain ? parseIp(octets.join('.')) : undefined;
  }
  if (!name.endsWith(IP6_ARPA)) return undefined;
  const nibbles = name.slice(0, -IP6_ARPA.length).split('.').reverse();
  const isWhole = nibbles.length === NIBBLES && nibbles.every((nibble) => /^[0-9a-f]$/.test(nibble));
  return isWhole ? ipFromBits(BigInt(`0x${nibbles.join('')}`)) : undefined;
}

/** The reverse name of an address. */
export function reverseName({ family, bits, text }: Ip): string {
  if (family === 4) return `${text.split('.').reverse().join('.')}${IP4_ARPA}`;
  const nibbles = bits.toString(16).padStart(NIBBLES, '0');
  return `${[...nibbles].reverse().join('.')}${IP6_ARPA}`;
}

/** `_http._tcp.web.shop.svc.<zone>` for a port of a Service. @param service its name. */
export function portName(
  { name, protocol }: { readonly name: string; readonly protocol: string },
  service: string,
): string {
  return joinName(`_${name.toLowerCase()}`, `_${protocol.toLowerCase()}`, service);
}

const ASKABLE = new RegExp(`^(?:(?:[^.]{1,${MAX_LABEL}}\\.)*[^.]{1,${MAX_LABEL}})?\\.?$`, 's');

/** RFC 1035 2.3.4: what a packet can carry. */
export function isAskable(name: string): boolean {
  return name.length <= MAX_NAME && ASKABLE.test(name);
}
