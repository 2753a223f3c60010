/**
 * Sets of destination ports, exact: for each protocol that a policy can name, the ports as sorted, disjoint
 * ranges with gaps between them. The algebra never loses or invents a port.
 */

/** The protocols whose ports policies choose among. */
export type PortProtocol = 'tcp' | 'udp' | 'sctp';

/** First and last port, both included. */
export type PortRange = readonly [from: number, to: number];

/** Ranges are in order, do not overlap and do not touch. */
export type PortSet = Readonly<Record<PortProtocol, readonly PortRange[]>>;

export const PORT_PROTOCOLS: readonly PortProtocol[] = ['tcp', 'udp', 'sctp'];
const MAX_PORT = 65535;

const EVERY: readonly PortRange[] = [[1, MAX_PORT]];

export const NO_PORTS: PortSet = { tcp: [], udp: [], sctp: [] };
export const ALL_PORTS: PortSet = { tcp: EVERY, udp: EVERY, sctp: EVERY };

/** One range of one protocol; none where `to` is smaller than `from`. */
export function portRange(protocol: PortProtocol, from: number, to: number): PortSet {
  return from > to ? NO_PORTS : { ...NO_PORTS, [protocol]: [[from, to]] };
}

/** The ports that are in any of the two. */
export function unitePorts(a: PortSet, b: PortSet): PortSet {
  if (a === b || isEmpty(b)) return a;
  if (isEmpty(a)) return b;
  return byProtocol((protocol) => uniteRanges(a[protocol], b[protocol]));
}

/** The ports that are in both. */
export function intersectPorts(a: PortSet, b: PortSet): PortSet {
  if (a === b || b === ALL_PORTS) return a;
  if (a === ALL_PORTS) return b;
  return byProtocol((protocol) => intersectRanges(a[protocol], b[protocol]));
}

/** The ports of `a` that are not in `b`. */
export function subtractPorts(a: PortSet, b: PortSet): PortSet {
  if (isEmpty(b)) return a;
  return byProtocol((protocol) => intersectRanges(a[protocol], complement(b[protocol])));
}

/** Does the set hold no port? */
export function isEmpty(set: PortSet): boolean {
  return PORT_PROTOCOLS.every((protocol) => set[protocol].length === 0);
}

/** Does the set hold every port of every protocol? */
export function holdsAllPorts(set: PortSet): boolean {
  return PORT_PROTOCOLS.every((protocol) => {
    const [first, ...more] = set[protocol];
    return more.length === 0 && first?.[0] === 1 && first[1] === MAX_PORT;
  });
}

/** Is the port in the set? */
export function hasPort(set: PortSet, protocol: PortProtocol, port: number): boolean {
  return set[protocol].some(([from, to]) => from <= port && port <= to);
}

/** A text that two sets share exactly when they hold the same ports. */
export function portSetKey(set: PortSet): string {
  return PORT_PROTOCOLS.map((protocol) => set[protocol].map(([from, to]) => `${from}-${to}`).join()).join(
    '|',
  );
}

/** `All`, `None`, or `TCP 80,8080-8090; UDP 53`; every port of a protocol is its name alone. */
export function printPorts(set: PortSet): string {
  if (holdsAllPorts(set)) return 'All';
  const parts = PORT_PROTOCOLS.flatMap((protocol) => {
    const ranges = set[protocol];
    if (ranges.length === 0) return [];
    const name = protocol.toUpperCase();
    return ranges[0]?.[0] === 1 && ranges[0][1] === MAX_PORT ? [name] : [`${name} ${printRanges(ranges)}`];
  });
  return parts.length === 0 ? 'None' : parts.join('; ');
}

/** `80,8080-8090`. */
export function printRanges(ranges: readonly PortRange[]): string {
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(',');
}

function byProtocol(rangesOf: (protocol: PortProtocol) => readonly PortRange[]): PortSet {
  const set = { tcp: rangesOf('tcp'), udp: rangesOf('udp'), sctp: rangesOf('sctp') };
  return holdsAllPorts(set) ? ALL_PORTS : set;
}

function uniteRanges(a: readonly PortRange[], b: readonly PortRange[]): readonly PortRange[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const sorted = [...a, ...b].sort((left, right) => left[0] - right[0]);
  const united: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = united.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else united.push([from, to]);
  }
  return united;
}

function intersectRanges(a: readonly PortRange[], b: readonly PortRange[]): readonly PortRange[] {
  const shared: PortRange[] = [];
  let i = 0;
  let j = 0;
  for (let left = a[0], right = b[0]; left !== undefined && right !== undefined; ) {
    const from = Math.max(left[0], right[0]);
    const to = Math.min(left[1], right[1]);
    if (from <= to) shared.push([from, to]);
    if (left[1] < right[1]) left = a[++i];
    else right = b[++j];
  }
  return shared;
}

function complement(ranges: readonly PortRange[]): readonly PortRange[] {
  const gaps: PortRange[] = [];
  let next = 1;
  for (const [from, to] of ranges) {
    if (from > next) gaps.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= MAX_PORT) gaps.push([next, MAX_PORT]);
  return gaps;
}
