/** Addresses, ranges and shares against ip-num, an independent implementation, and against their laws. */

import fc from 'fast-check';
import { IPv4, IPv4CidrRange, IPv6, IPv6CidrRange } from 'ip-num';
import { describe, expect, test } from 'vitest';
import { cidrContains, cidrOf, cidrSize, cidrsOverlap, nthSubnet, parseCidr } from '../../src/net/cidr.ts';
import { addFractions, multiplyFractions, ONE } from '../../src/net/fraction.ts';
import { compareIps, type Ip, ipFromBits, parseIp, WIDTH } from '../../src/net/ip.ts';
import { prefixTable } from '../../src/net/prefix-table.ts';

const ipv4 = fc.nat({ max: 0xffffffff }).map((bits) => ipFromBits(bits));
/** Runs of zero groups are what the shortest spelling is about, so they are made often. */
const ipv6 = fc
  .array(fc.oneof(fc.constant(0), fc.nat({ max: 0xffff })), { minLength: 8, maxLength: 8 })
  .map((groups) => groups.reduce((bits, group) => (bits << 16n) | BigInt(group), 0n))
  .filter((bits) => bits >> 32n !== 0xffffn)
  .map((bits) => ipFromBits(bits));
const ip = fc.oneof(ipv4, ipv6);
const cidr = ip.chain((base) => fc.nat({ max: WIDTH[base.family] }).map((length) => cidrOf(base, length)));

function oracle({ family, text }: Ip): IPv4 | IPv6 {
  return family === 4 ? new IPv4(text) : new IPv6(text);
}

describe('addresses', () => {
  test('what is printed reads back as the same object', () => {
    fc.assert(fc.property(ip, (address) => parseIp(address.text) === address));
  });

  test('ip-num reads what is printed as the same number', () => {
    fc.assert(fc.property(ip, (address) => oracle(address).value === BigInt(address.bits)));
  });

  test('what ip-num prints reads as the same object', () => {
    fc.assert(fc.property(ip, (address) => parseIp(oracle(address).toString()) === address));
  });

  test('IPv6 is printed as RFC 5952 wants it', () => {
    fc.assert(
      fc.property(ipv6, ({ text }) => {
        const groups = text.split(':').filter((group) => group !== '');
        const zeroRuns = text.match(/(?<![0-9a-f])0(:0(?![0-9a-f]))*/g) ?? [];
        const longestShown = Math.max(0, ...zeroRuns.map((run) => (run.length + 1) / 2));
        const hidden = 8 - groups.length;
        expect(groups.filter((group) => !/^(0|[1-9a-f][0-9a-f]{0,3})$/.test(group))).toEqual([]);
        if (text.includes('::')) expect(hidden).toBeGreaterThanOrEqual(Math.max(2, longestShown));
        else expect(longestShown).toBeLessThan(2);
      }),
    );
  });

  test('no text makes the parser throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f.:/]{0,20}$/)), (text) => {
        const address = parseIp(text);
        return address === undefined || parseIp(address.text) === address;
      }),
    );
  });

  test('the order is that of the numbers', () => {
    const sameFamily = fc.oneof(fc.tuple(ipv4, ipv4), fc.tuple(ipv6, ipv6));
    fc.assert(
      fc.property(sameFamily, ([a, b]) => {
        const [x, y] = [oracle(a).value, oracle(b).value];
        return Math.sign(compareIps(a, b)) === (x < y ? -1 : x > y ? 1 : 0);
      }),
    );
  });
});

describe('ranges', () => {
  test('hold what ip-num says they hold', () => {
    const cases = fc.oneof(
      fc.tuple(ipv4, ipv4, fc.nat({ max: 32 })),
      fc.tuple(ipv6, ipv6, fc.nat({ max: 128 })),
    );
    fc.assert(
      fc.property(cases, fc.boolean(), ([base, other, length], near) => {
        const range = cidrOf(base, length);
        const address = near ? cidrOf(base, Math.max(0, length - 1)).base : other;
        const known =
          base.family === 4
            ? IPv4CidrRange.fromCidr(range.text).contains(new IPv4(address.text))
            : IPv6CidrRange.fromCidr(range.text).contains(new IPv6(address.text));
        return cidrContains(range, address) === known;
      }),
    );
  });

  test('begin and end where ip-num says', () => {
    fc.assert(
      fc.property(cidr, (range) => {
        const known =
          range.family === 4 ? IPv4CidrRange.fromCidr(range.text) : IPv6CidrRange.fromCidr(range.text);
        const size = 2n ** BigInt(WIDTH[range.family] - range.length);
        expect(cidrSize(range)).toBe(Number(size));
        expect(known.getFirst().value).toBe(BigInt(range.base.bits));
        expect(known.getLast().value).toBe(BigInt(range.base.bits) + size - 1n);
      }),
    );
  });

  test('what is printed reads back, host bits masked', () => {
    fc.assert(
      fc.property(cidr, (range) => {
        expect(parseCidr(range.text)).toEqual(range);
      }),
    );
  });

  test('overlap exactly if one holds the base of the other', () => {
    fc.assert(
      fc.property(
        cidr,
        cidr,
        (a, b) => cidrsOverlap(a, b) === (cidrContains(a, b.base) || cidrContains(b, a.base)),
      ),
    );
  });

  test('parts lie inside, apart from each other', () => {
    fc.assert(
      fc.property(cidr, fc.nat({ max: 6 }), fc.nat({ max: 80 }), (range, more, index) => {
        const length = Math.min(WIDTH[range.family], range.length + more);
        const part = nthSubnet(range, length, index);
        const next = nthSubnet(range, length, index + 1);
        expect(part !== undefined).toBe(index < 2 ** (length - range.length));
        if (part === undefined) return;
        expect(cidrContains(range, part.base)).toBe(true);
        if (next !== undefined) expect(cidrsOverlap(part, next)).toBe(false);
      }),
    );
  });

  test('the longest prefix wins, as a walk over all entries finds it', () => {
    const entries = fc.array(fc.tuple(cidr, fc.nat()), { maxLength: 12 });
    fc.assert(
      fc.property(entries, ip, (routes, address) => {
        const holding = routes.filter(([range]) => cidrContains(range, address));
        const longest = Math.max(-1, ...holding.map(([range]) => range.length));
        const expected = holding.find(([range]) => range.length === longest)?.[1];
        expect(prefixTable(routes).lookup(address)).toBe(expected);
      }),
    );
  });
});

describe('shares', () => {
  const share = fc
    .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 60 }))
    .map(([numerator, denominator]) => multiplyFractions(ONE, { numerator, denominator }));

  test('add and multiply as numbers do', () => {
    fc.assert(
      fc.property(share, share, share, (a, b, c) => {
        expect(addFractions(a, b)).toEqual(addFractions(b, a));
        expect(multiplyFractions(a, addFractions(b, c))).toEqual(
          addFractions(multiplyFractions(a, b), multiplyFractions(a, c)),
        );
      }),
    );
  });

  test('are in lowest terms', () => {
    fc.assert(
      fc.property(share, share, (a, b) => {
        const { numerator, denominator } = addFractions(a, b);
        for (let n = 2; n <= Math.min(numerator, denominator); n++) {
          expect(numerator % n === 0 && denominator % n === 0).toBe(false);
        }
      }),
    );
  });
});
