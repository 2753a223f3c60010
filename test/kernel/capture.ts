/** What passes the devices of a network namespace: one packet socket that sees them all, as tcpdump -i any does. */

import { spawn } from 'node:child_process';

export interface Seen {
  readonly dev: string;
  readonly way: 'in' | 'out';
  readonly src: string;
  readonly dst: string;
  readonly ttl: number;
  readonly syn: boolean;
  readonly ack: boolean;
  /** Of a tunnel packet: `src > dst`. */
  readonly outer?: string;
}

/** Reads frames of TCP connections being opened, plain and inside VXLAN (ports 4789 and 8472). */
const SCRIPT = `
import json, socket, struct, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
print('ready', flush=True)
def ipv4(data):
    ihl = (data[0] & 15) * 4
    return {'ttl': data[8], 'proto': data[9], 'src': socket.inet_ntoa(data[12:16]), 'dst': socket.inet_ntoa(data[16:20]), 'rest': data[ihl:]}
def tcp(p):
    sp, dp = struct.unpack('!HH', p['rest'][:4])
    flags = p['rest'][13]
    return {'src': '%s:%d' % (p['src'], sp), 'dst': '%s:%d' % (p['dst'], dp), 'ttl': p['ttl'], 'syn': bool(flags & 2), 'ack': bool(flags & 16)}
while True:
    frame, addr = s.recvfrom(65535)
    dev, kind = addr[0], addr[2]
    if dev == 'lo' or struct.unpack('!H', frame[12:14])[0] != 0x0800: continue
    p = ipv4(frame[14:])
    outer = None
    if p['proto'] == 17:
        sp, dp = struct.unpack('!HH', p['rest'][:4])
        if dp not in (4789, 8472): continue
        outer = '%s > %s:%d' % (p['src'], p['dst'], dp)
        inner = p['rest'][16:]
        if struct.unpack('!H', inner[12:14])[0] != 0x0800: continue
        p = ipv4(inner[14:])
    if p['proto'] != 6: continue
    t = tcp(p)
    if not t['syn']: continue
    t.update(dev=dev, way='out' if kind == 4 else 'in')
    if outer: t['outer'] = outer
    print(json.dumps(t), flush=True)
`;

export interface Capture {
  /** What was seen since the last time. */
  take(): readonly Seen[];
  stop(): void;
}

/** Begins to listen in a namespace. @param netns its name. */
export async function captureIn(netns: string): Promise<Capture> {
  const child = spawn('ip', ['netns', 'exec', netns, 'python3', '-u', '-c', SCRIPT], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('ready')) resolve();
    });
    child.once('exit', () => reject(new Error(`no capture in ${netns}`)));
  });
  text = '';
  return {
    take() {
      const lines = text.split('\n').filter((line) => line.startsWith('{'));
      text = '';
      return lines.map((line) => JSON.parse(line) as Seen);
    },
    stop: () => child.kill(),
  };
}
