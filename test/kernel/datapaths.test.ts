/**
 * Datapaths of CNIs, run by the kernel as `rules NODE --datapath` prints them: the devices that the first packet and its
 * answer pass, with addresses and TTL, are those of the trace.
 */

import { spawnSync } from 'node:child_process';
import { beforeEach, describe, expect, test } from 'vitest';
import type { TraceAnswer } from '../../src/index.ts';
import { traceQuestion } from '../../src/index.ts';
import { type World, worldSnapshot } from '../dataplane/two-nodes.ts';
import type { Seen } from './capture.ts';
import { CLIENT_ADDRESS, raiseDatapath } from './datapath-lab.ts';
import { whyNoNamespaces } from './namespaces.ts';

const DATAPATHS: Readonly<Record<string, string>> = {
  bridge: '{name: bridge, options: {hairpinMode: true}}',
  'flannel vxlan': '{name: flannel, backend: vxlan}',
  'flannel host-gw': '{name: flannel, backend: host-gw}',
  'kind ptp': '{name: kindnet, backend: ptp}',
  kindnet: '{name: kindnet, backend: knet}',
  'calico vxlan': '{name: calico, backend: vxlan}',
  'calico bgp': '{name: calico, backend: bgp}',
  'aws vpc': '{name: aws-vpc, options: {vpcCIDRs: [10.0.0.0/24, 10.244.0.0/16]}}',
};

interface Question {
  readonly backend: NonNullable<World['backend']>;
  readonly from: string;
  readonly to: string;
}

const QUESTIONS: Readonly<Record<string, Question>> = {
  'pod to pod, same node': { backend: 'a2', from: 'pod/a1', to: '10.244.1.6:8080' },
  'pod to pod, other node': { backend: 'b1', from: 'pod/a1', to: '10.244.2.7:8080' },
  'pod to Service, same node': { backend: 'a2', from: 'pod/a1', to: '10.96.0.50:80' },
  'pod to Service, other node': { backend: 'b1', from: 'pod/a1', to: '10.96.0.50:80' },
  hairpin: { backend: 'a1', from: 'pod/a1', to: '10.96.0.50:80' },
  'node to its pod': { backend: 'b1', from: 'node/node-a', to: '10.244.1.5:8080' },
  'node to a remote pod': { backend: 'b1', from: 'node/node-a', to: '10.244.2.7:8080' },
  'outside to node port, remote': { backend: 'b1', from: CLIENT_ADDRESS, to: '10.0.0.11:30080' },
  'outside to node port, local': { backend: 'a2', from: CLIENT_ADDRESS, to: '10.0.0.11:30080' },
  'pod to the internet': { backend: 'b1', from: 'pod/a1', to: `${CLIENT_ADDRESS}:8080` },
  'pod to another node': { backend: 'b1', from: 'pod/a1', to: '10.0.0.12:8080' },
};

/** What this kernel cannot build; each CNI's own devices are tried. */
const why =
  whyNoNamespaces() ??
  (spawnSync('python3', ['--version']).error === undefined
    ? undefined
    : 'python3, which captures, is not installed');

describe.each(Object.entries(DATAPATHS))('%s', (datapath, cni) => {
  beforeEach((context) => {
    if (why !== undefined) context.skip(why);
  });

  test('every packet passes the devices of the trace', async () => {
    const lab = await raiseDatapath(worldSnapshot({ cni, backend: 'b1' }));
    try {
      for (const [index, [name, { backend, from, to }]] of Object.entries(QUESTIONS).entries()) {
        const sourcePort = 40000 + index;
        const snapshot = worldSnapshot({ cni, backend });
        lab.load(snapshot);
        const answer = traceQuestion(snapshot, { from, to, sourcePort, dns: false });
        const [host = '', port = ''] = to.split(':');
        const { result, seen } = await lab.connect(from.replace(/^(pod|node)\//, ''), [
          host,
          Number(port),
          sourcePort,
        ]);
        expect({ datapath, name, result }).toEqual({ datapath, name, result: 'connected' });
        for (const [place, packets] of seen) {
          const kernel = { datapath, name, place, packets: packets.map(printSeen) };
          expect(kernel).toEqual({
            datapath,
            name,
            place,
            packets: tracedAt(answer, place).map(withoutChosenPorts),
          });
        }
      }
    } finally {
      lab.down();
    }
  }, 120_000);
});

/** The request's first packet, then the answer's, as one place sees them. */
function tracedAt(answer: TraceAnswer, place: string): readonly string[] {
  const leg = answer.paths[0]?.legs[0];
  const lines = (hops: NonNullable<typeof leg>['hops']) =>
    hops
      .filter((hop) => hop.place.name === place)
      .flatMap(({ steps }) =>
        steps
          .filter(({ kind }) => kind === 'receive' || kind === 'transmit')
          .map(({ where, packet }) => {
            const device = where?.in === undefined ? `${where?.out} out` : `${where.in} in`;
            const outer =
              packet?.outer === undefined
                ? ''
                : ` in ${packet.outer.src.replace(/:\d+$/, '')} > ${packet.outer.dst}`;
            return `${device} ${packet?.src} > ${packet?.dst} ttl ${packet?.ttl}${outer}`;
          }),
      );
  return [...lines(leg?.hops ?? []), ...lines(leg?.reply?.hops ?? [])];
}

function printSeen({ dev, way, src, dst, ttl, outer }: Seen): string {
  return withoutChosenPorts(
    `${dev} ${way} ${src} > ${dst} ttl ${ttl}${outer === undefined ? '' : ` in ${outer}`}`,
  );
}

/** Translated ports are the kernel's choice. */
function withoutChosenPorts(line: string): string {
  return line.replace(/:(\d+)/g, (whole, port: string) =>
    /^(400\d\d|8080|80|30080|8472|4789)$/.test(port) ? whole : ':*',
  );
}
