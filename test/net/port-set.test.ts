/** Port sets: the algebra against membership of single ports, which defines it. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ALL_PORTS,
  hasPort,
  holdsAllPorts,
  intersectPorts,
  isEmpty,
  NO_PORTS,
  PORT_PROTOCOLS,
  type PortSet,
  portRange,
  portSetKey,
  printPorts,
  subtractPorts,
  unitePorts,
} from '../../src/net/port-set.ts';

const span = fc.record({
  protocol: fc.constantFrom(...PORT_PROTOCOLS),
  from: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 65530, max: 65535 })),
  length: fc.integer({ min: 0, max: 4 }),
});
const sets = fc
  .array(span, { maxLength: 5 })
  .map((spans) =>
    spans.reduce<PortSet>(
      (set, { protocol, from, length }) =>
        unitePorts(set, portRange(protocol, from, Math.min(65535, from + length))),
      NO_PORTS,
    ),
  );
const portsOfInterest = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 65529, 65530, 65534, 65535,
];

function sameAs(
  set: PortSet,
  holds: (protocol: (typeof PORT_PROTOCOLS)[number], port: number) => boolean,
): boolean {
  return PORT_PROTOCOLS.every((protocol) =>
    portsOfInterest.every((port) => hasPort(set, protocol, port) === holds(protocol, port)),
  );
}

describe('the algebra', () => {
  test('union, intersection and difference are those of the single ports', () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        expect(sameAs(unitePorts(a, b), (p, n) => hasPort(a, p, n) || hasPort(b, p, n))).toBe(true);
        expect(sameAs(intersectPorts(a, b), (p, n) => hasPort(a, p, n) && hasPort(b, p, n))).toBe(true);
        expect(sameAs(subtractPorts(a, b), (p, n) => hasPort(a, p, n) && !hasPort(b, p, n))).toBe(true);
      }),
    );
  });

  test('equal sets have equal keys, however they were made', () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        expect(portSetKey(unitePorts(subtractPorts(a, b), intersectPorts(a, b)))).toBe(portSetKey(a));
        expect(portSetKey(unitePorts(a, b))).toBe(portSetKey(unitePorts(b, a)));
      }),
    );
  });

  test('what is all is ALL_PORTS itself', () => {
    const rest = subtractPorts(ALL_PORTS, portRange('tcp', 80, 80));
    expect(unitePorts(rest, portRange('tcp', 80, 80))).toBe(ALL_PORTS);
    expect(holdsAllPorts(rest)).toBe(false);
    expect(isEmpty(subtractPorts(rest, ALL_PORTS))).toBe(true);
  });
});

test.each([
  { set: ALL_PORTS, text: 'All' },
  { set: NO_PORTS, text: 'None' },
  { set: portRange('udp', 53, 53), text: 'UDP 53' },
  { set: portRange('sctp', 1, 65535), text: 'SCTP' },
  {
    set: [portRange('udp', 53, 53), portRange('tcp', 8080, 8090), portRange('tcp', 80, 80)].reduce(
      unitePorts,
    ),
    text: 'TCP 80,8080-8090; UDP 53',
  },
  { set: unitePorts(portRange('tcp', 80, 80), portRange('tcp', 81, 90)), text: 'TCP 80-90' },
])('prints $text', ({ set, text }) => expect(printPorts(set)).toBe(text));
