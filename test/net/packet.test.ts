import { expect, test } from 'vitest';
import { type Packet, printDestination, printSource, reverseTuple, tupleKey } from '../../src/net/packet.ts';
import { ip } from '../cluster/world.ts';

const packet: Packet = {
  protocol: 'tcp',
  src: ip('10.244.1.5'),
  srcPort: 40000,
  dst: ip('fd00:96::50'),
  dstPort: 80,
  ttl: 64,
  mark: 0x4000,
};

test('ends of a packet are printed with their ports', () => {
  expect(printSource(packet)).toBe('10.244.1.5:40000');
  expect(printDestination(packet)).toBe('[fd00:96::50]:80');
});

test('the answer has the ends swapped, and nothing of the way', () => {
  expect(reverseTuple(packet)).toEqual({
    protocol: 'tcp',
    src: packet.dst,
    srcPort: 80,
    dst: packet.src,
    dstPort: 40000,
  });
  expect(reverseTuple(reverseTuple(packet))).toEqual({
    protocol: 'tcp',
    src: packet.src,
    srcPort: 40000,
    dst: packet.dst,
    dstPort: 80,
  });
});

test('a key tells protocols, ends and directions apart', () => {
  const tuples = [
    packet,
    { ...packet, protocol: 'udp' as const },
    { ...packet, srcPort: 1 },
    reverseTuple(packet),
  ];
  expect(new Set(tuples.map(tupleKey)).size).toBe(4);
  const later: Packet = { ...packet, ttl: 1, mark: 0 };
  expect(tupleKey(later)).toBe(tupleKey(packet));
});
