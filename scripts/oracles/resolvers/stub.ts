/** A name server on loopback that answers from resolver-cases.ts and keeps what it is asked (RFC 1035 4.1). */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { stubReply } from '../../../test/oracles/resolver-cases.ts';

const TYPES = new Map([
  [1, 'A'],
  [28, 'AAAA'],
]);
const CODES = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;
const HEADER = 12;

export interface Stub {
  /** The questions since it was last called: `NAME TYPE SERVER`, each once. */
  take(): readonly string[];
  close(): void;
}

/** Listens on port 53 of each address. */
export async function startStub(addresses: readonly string[]): Promise<Stub> {
  let seen: string[] = [];
  const sockets = await Promise.all(
    addresses.map(async (address) => {
      const socket = createSocket('udp4');
      socket.on('message', (query, { port, address: client }) => {
        const asked = readQuestion(query);
        if (asked === undefined) {
          seen.push(`malformed: ${query.toString('latin1', HEADER)}`);
          return;
        }
        const { name, type, end } = asked;
        const question = `${name.toLowerCase()} ${type} ${address}`;
        if (!seen.includes(question)) seen.push(question);
        socket.send(replyPacket(query, { address, name, type, end }), port, client);
      });
      socket.bind(53, address);
      await once(socket, 'listening');
      return socket;
    }),
  );
  return {
    take() {
      const taken = seen;
      seen = [];
      return taken;
    },
    close: () => sockets.forEach((socket) => void socket.close()),
  };
}

interface Question {
  readonly name: string;
  readonly type: string;
  /** Where the question ends. */
  readonly end: number;
}

/** undefined for what is no question. */
function readQuestion(query: Buffer): Question | undefined {
  let at = HEADER;
  let name = '';
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    name += `${query.toString('latin1', at + 1, at + 1 + length)}.`;
    at += length + 1;
  }
  if (at + 5 > query.length) return undefined;
  const type = query.readUInt16BE(at + 1);
  return { name: name === '' ? '.' : name, type: TYPES.get(type) ?? String(type), end: at + 5 };
}

function replyPacket(
  query: Buffer,
  { address, name, type, end }: Question & { readonly address: string },
): Buffer {
  const { rcode, answer } = stubReply(address, name, type);
  const header = Buffer.alloc(HEADER);
  query.copy(header, 0, 0, 2);
  // QR, RD as asked, RA.
  header.writeUInt16BE(0x8080 | (query.readUInt16BE(2) & 0x0100) | CODES[rcode], 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(answer.length, 6);
  const records = answer.map(([owner, kind, data]) => {
    const bytes = dataBytes(kind, data);
    const fixed = Buffer.alloc(10);
    fixed.writeUInt16BE({ A: 1, CNAME: 5, AAAA: 28 }[kind] ?? 0, 0);
    fixed.writeUInt16BE(1, 2);
    fixed.writeUInt32BE(30, 4);
    fixed.writeUInt16BE(bytes.length, 8);
    return Buffer.concat([nameBytes(owner), fixed, bytes]);
  });
  return Buffer.concat([header, query.subarray(HEADER, end), ...records]);
}

function nameBytes(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '');
  return Buffer.concat([
    ...labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')])),
    Buffer.from([0]),
  ]);
}

/** IPv6 data have one `::` between hextets. */
function dataBytes(kind: string, data: string): Buffer {
  if (kind === 'CNAME') return nameBytes(data);
  if (kind === 'A') return Buffer.from(data.split('.').map(Number));
  const [head = '', tail = ''] = data.split('::');
  const hextets = (text: string) =>
    text === '' ? [] : text.split(':').map((each) => Number.parseInt(each, 16));
  const bytes = Buffer.alloc(16);
  for (const [index, value] of hextets(head).entries()) bytes.writeUInt16BE(value, index * 2);
  const last = hextets(tail);
  for (const [index, value] of last.entries()) bytes.writeUInt16BE(value, 16 - (last.length - index) * 2);
  return bytes;
}
