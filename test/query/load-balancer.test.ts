/**
 * Through a load balancer: which nodes get connections (kubernetes/cloud-provider:controllers/service/controller.go,
 * kubernetes/kubernetes:pkg/proxy/healthcheck), how they are delivered (KEP-1860), and whom the server sees.
 */

import { describe, expect, test } from 'vitest';
import { loadSnapshot, type TraceAnswer, traceQuestion } from '../../src/index.ts';

interface World {
  readonly spec?: string;
  readonly status?: string;
  readonly nodePort?: string;
  readonly nodes?: string;
  readonly set?: readonly string[];
  readonly from?: string;
  readonly to?: string;
}

const NODES = `
- {name: node-a, addresses: [10.0.0.11], podCIDRs: [10.244.1.0/24]}
- {name: node-b, addresses: [10.0.0.12], podCIDRs: [10.244.2.0/24]}
- {name: node-c, addresses: [10.0.0.13], podCIDRs: [10.244.3.0/24]}`;

function world({
  spec = '',
  status = '',
  nodePort = ', nodePort: 30080',
  nodes = NODES,
  set = [],
  from = 'internet',
  to = 'svc/web',
}: World): TraceAnswer {
  const pod = (name: string, node: string, ip: string) => `apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: web}}
spec: {nodeName: ${node}, containers: [{name: web, ports: [{containerPort: 8080}]}]}
status: {podIP: ${ip}}
---
`;
  const text = `${pod('web-a', 'node-a', '10.244.1.5')}${pod('web-b', 'node-b', '10.244.2.5')}apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: LoadBalancer
  selector: {app: web}
  clusterIP: 10.96.0.50
  ports: [{port: 80, targetPort: 8080${nodePort}}]
${spec}
${status === '' ? '' : `status: {loadBalancer: {ingress: [${status}]}}`}`;
  const profile = `apiVersion: k8snet.dev/v1\nkind: Profile\ncni: {name: flannel}\nnodes:${nodes}\n`;
  const snapshot = loadSnapshot({
    files: [{ name: 'web.yaml', text }],
    profile: { file: { name: 'k8snet.yaml', text: profile }, flags: { set } },
  });
  return traceQuestion(snapshot, { from, to, dns: true });
}

/** Share, chosen node, backend and whom it sees; or the way in which it fails. */
function ways(answer: TraceAnswer): readonly string[] {
  return answer.paths.map(({ weight, legs, backends, serverSees, disposition }) => {
    const steps = legs.flatMap((leg) => leg.hops.flatMap((hop) => hop.steps));
    const node = steps.find(({ kind }) => kind === 'balance')?.detail?.['node'];
    const end = disposition === 'accepted' ? `${backends[0]} sees ${serverSees?.peer}` : disposition;
    return `${weight} ${node ?? '-'} ${end}`;
  });
}

const codes = (answer: TraceAnswer, isDecisive: boolean) =>
  answer.assumptions.filter(({ decisive }) => decisive === isDecisive).map(({ code }) => code);

const VIP = '{ip: 198.51.100.7}';

describe('which node', () => {
  test('policy Cluster: each node as likely, the source is lost', () => {
    expect(ways(world({ status: VIP }))).toEqual([
      '1/6 node-a default/web-a sees 10.244.1.1',
      '1/6 node-b default/web-a sees 10.244.2.0',
      '1/6 node-c default/web-a sees 10.244.3.0',
      '1/6 node-a default/web-b sees 10.244.1.0',
      '1/6 node-b default/web-b sees 10.244.2.1',
      '1/6 node-c default/web-b sees 10.244.3.0',
    ]);
  });

  test('policy Local: the nodes with a ready endpoint, the source is kept', () => {
    const answer = world({
      spec: '  externalTrafficPolicy: Local\n  healthCheckNodePort: 32000',
      status: VIP,
    });
    expect(ways(answer)).toEqual([
      '1/2 node-a default/web-a sees 203.0.113.9',
      '1/2 node-b default/web-b sees 203.0.113.9',
    ]);
    const step = answer.paths[0]?.legs[0]?.hops[1]?.steps[0];
    expect(step?.text).toBe('node-a, 1 of 2 nodes with a local endpoint');
    expect(step?.detail).toMatchObject({
      nodes: 2,
      delivery: 'vip',
      healthCheckNodePort: 32000,
      excluded: [{ node: 'node-c', why: 'no-local-endpoint' }],
    });
    expect(codes(answer, true)).toContain('A_LB_HEALTH');
  });

  test('policy Local without health checks: a third of the connections is dropped', () => {
    const set = ['loadBalancer.healthChecks=false'];
    const answer = world({ spec: '  externalTrafficPolicy: Local', status: VIP, set });
    expect(ways(answer)).toEqual([
      '1/3 node-c no-local-endpoint',
      '1/3 node-a default/web-a sees 203.0.113.9',
      '1/3 node-b default/web-b sees 203.0.113.9',
    ]);
    expect(answer.diagnostics[0]).toMatchObject({
      code: 'no-local-endpoint',
      sources: [{ path: 'spec.externalTrafficPolicy', label: 'endpoints: node-a, node-b' }],
    });
    expect(codes(answer, true)).not.toContain('A_LB_HEALTH');
  });

  test('a node with the label that excludes it gets nothing', () => {
    const labels = 'labels: {node.kubernetes.io/exclude-from-external-load-balancers: ""}';
    const nodes = NODES.replace('{name: node-b,', `{name: node-b, ${labels},`);
    expect(ways(world({ status: VIP, nodes })).every((way) => !way.includes('node-b'))).toBe(true);
  });
});

describe('how', () => {
  test('without an address in the status: one is invented, and the node port gets it', () => {
    const answer = world({});
    const [leg] = answer.paths[0]?.legs ?? [];
    const front = leg?.hops[0]?.steps[0]?.packet?.dst;
    expect(front).toMatch(/^198\.51\.100\.\d+:80$/);
    expect(leg?.hops[1]?.steps[0]?.changes).toEqual([
      { field: 'dst', nat: 'dnat', from: front, to: '10.0.0.11:30080' },
    ]);
    expect(leg?.hops[2]?.steps[0]?.packet).toMatchObject({
      src: '203.0.113.9:40000',
      dst: '10.0.0.11:30080',
    });
    // The answer passes the balancer again, and the client sees its address.
    expect(leg?.reply?.hops.at(-1)?.steps.at(-1)?.packet?.src).toBe(front);
    expect(leg?.reply?.hops.at(-2)?.place.kind).toBe('loadbalancer');
    expect(codes(answer, false)).toEqual(expect.arrayContaining(['A_LB', 'A_LB_ADDRESS']));
  });

  test('an address of the profile counts as one of the status', () => {
    const answer = world({ set: ['loadBalancer.addresses.default/web=192.0.2.44'], to: '192.0.2.44:80' });
    expect(answer.result).toBe('reachable');
    expect(answer.paths[0]?.legs[0]?.hops[2]?.steps[0]?.packet?.dst).toBe('192.0.2.44:80');
    expect(codes(answer, false)).not.toContain('A_LB_ADDRESS');
  });

  describe('an address of the profile', () => {
    const set = ['loadBalancer.addresses.default/web=192.0.2.44'];

    test.each([undefined, 'loadBalancer.kind=passthrough'])(
      'without a status: rules know it, as one of the status (%s)',
      (kind) => {
        const told = {
          set: kind === undefined ? set : [...set, kind],
          from: 'pod/web-a',
          to: '192.0.2.44:80',
        };
        const answer = world(told);
        const like = world({ ...told, set: [], status: '{ip: 192.0.2.44}' });
        expect(answer.paths[0]?.disposition).toBe('accepted');
        const texts = ({ paths }: TraceAnswer) =>
          paths.flatMap(({ legs }) =>
            legs.flatMap(({ hops }) => hops.map(({ steps }) => steps.map(({ text }) => text))),
          );
        expect(texts(answer)).toEqual(texts(like));
      },
    );

    // kubernetes/kubernetes:pkg/proxy/serviceport.go: only ingress[].ip is read.
    test('behind the host name of the status: clients outside find it, nodes know nothing of it', () => {
      const status = '{hostname: abc.elb.example}';
      for (const to of ['192.0.2.44:80', 'abc.elb.example:80']) {
        const outside = world({ status, set, to });
        expect(outside.paths[0]).toMatchObject({ disposition: 'accepted' });
        expect(outside.paths[0]?.legs.at(-1)?.hops[1]?.place).toMatchObject({ kind: 'loadbalancer' });
      }
      for (const to of ['192.0.2.44:80', 'abc.elb.example:80']) {
        const inside = world({ status, set, from: 'pod/web-a', to });
        const [leg] = inside.paths.at(-1)?.legs.slice(-1) ?? [];
        expect(leg?.hops.map(({ place }) => place.kind).slice(0, 4)).toEqual([
          'pod',
          'node',
          'loadbalancer',
          'node',
        ]);
        expect(inside.diagnostics).toContainEqual(
          expect.objectContaining({ code: 'load-balancer-outside', severity: 'info' }),
        );
      }
      const back = world({
        status,
        set: [...set, 'loadBalancer.kind=proxy'],
        from: 'pod/web-a',
        to: '192.0.2.44:80',
      });
      expect(back.paths[0]).toMatchObject({ disposition: 'accepted' });
      expect(back.paths[0]?.legs.map(({ purpose }) => purpose)).toEqual(['request', 'proxied']);
    });
  });

  test.each([
    { status: '{ip: 198.51.100.8, ipMode: Proxy}' },
    { status: VIP, set: ['loadBalancer.kind=proxy'] },
  ])('a proxy ends the connection: $status $set', (change) => {
    const answer = world({ spec: '  externalTrafficPolicy: Local', ...change });
    const [path] = answer.paths;
    expect(path?.legs.map(({ purpose }) => purpose)).toEqual(['request', 'proxied']);
    expect(path?.legs[0]?.reply?.disposition).toBe('accepted');
    expect(path?.serverSees?.peer).toBe(path?.legs[0]?.hops[0]?.steps[0]?.packet?.dst.split(':')[0]);
    expect(path?.legs[1]?.hops[0]?.place).toMatchObject({ kind: 'loadbalancer', name: 'web' });
    expect(answer.diagnostics.map(({ text }) => text)).toEqual([
      expect.stringContaining('the client address ends at the load balancer'),
    ]);
  });

  test('without node ports and without an address, nobody knows how it reaches the pods', () => {
    const spec = '  allocateLoadBalancerNodePorts: false';
    const answer = world({ spec, nodePort: '' });
    expect(answer.result).toBe('undetermined');
    expect(answer.paths[0]).toMatchObject({ disposition: 'insufficient-info', symptom: 'unknown' });
    // A written node port is honoured even where none is allocated (KEP-1864); an address does without.
    expect(world({ spec }).result).toBe('reachable');
    expect(world({ spec, nodePort: '', status: VIP }).result).toBe('reachable');
  });

  test('a pod goes out to a proxy, which comes back with a connection of its own', () => {
    const status = '{ip: 198.51.100.8, ipMode: Proxy}';
    const answer = world({ status, from: 'web-a', to: '198.51.100.8:80' });
    expect(answer.result).toBe('reachable');
    for (const { legs, serverSees } of answer.paths) {
      const [out, back] = legs;
      expect(legs.map(({ purpose }) => purpose)).toEqual(['request', 'proxied']);
      // The node's rules leave the address alone: KEP-1860. On the way out the pod takes its node's address.
      expect(out?.hops.map(({ place }) => place.kind)).toEqual(['pod', 'node', 'loadbalancer']);
      expect(out?.hops.at(-1)?.steps.at(-1)?.packet?.src).toMatch(/^10\.0\.0\.1\d:/);
      expect(out?.reply?.disposition).toBe('accepted');
      expect(back?.hops[0]?.place).toMatchObject({ kind: 'loadbalancer', name: 'web' });
      expect(back?.hops[0]?.steps[0]?.packet?.src).toMatch(/^198\.51\.100\.8:/);
      expect(back?.hops.at(-1)?.place.kind).toBe('pod');
      expect(serverSees?.peer).not.toMatch(/^10\.244\.1\.[2-9]/);
    }
    const total = answer.paths.reduce((sum, { weight }) => {
      const [part = 0, whole = 1] = weight.split('/').map(Number);
      return sum + part / whole;
    }, 0);
    expect(total).toBeCloseTo(1);
    const kept = world({
      status,
      from: 'web-a',
      to: '198.51.100.8:80',
      spec: '  loadBalancerSourceRanges: [192.0.2.0/24]',
    });
    expect(kept.paths[0]).toMatchObject({ disposition: 'dropped', reason: 'source-range-mismatch' });
  });

  // The source that came to the balancer is kept: the node's, behind its masquerade. Its own node takes no such packet
  // (Linux net/ipv4/fib_frontend.c fib_validate_source).
  test('a pod goes out to a balancer that goes by a name, and the connection comes back to a node', () => {
    const answer = world({
      status: '{hostname: abc.elb.example}',
      from: 'web-a',
      to: 'abc.elb.example:80',
      spec: '  externalTrafficPolicy: Local',
      set: ['loadBalancer.healthChecks=false'],
    });
    expect(ways(answer)).toEqual([
      '1/3 node-c no-local-endpoint',
      '1/3 node-a dropped',
      '1/3 node-b default/web-b sees 10.0.0.11',
    ]);
    expect(answer.paths[1]?.reason).toBe('martian-source');
    expect(answer.diagnostics).toContainEqual(expect.objectContaining({ code: 'martian-source' }));
    const leg = answer.paths.at(-1)?.legs.at(-1);
    const packets = (hops: typeof leg extends undefined ? never : NonNullable<typeof leg>['hops'] = []) =>
      hops.map(
        ({ place, steps }) => `${place.kind} ${steps.at(-1)?.packet?.src} ${steps.at(-1)?.packet?.dst}`,
      );
    const front = leg?.hops[0]?.steps[0]?.packet?.dst;
    expect(packets(leg?.hops)).toEqual([
      `pod 10.244.1.5:40000 ${front}`,
      `node 10.0.0.11:61000 ${front}`,
      'loadbalancer 10.0.0.11:61000 10.0.0.12:30080',
      'node 10.0.0.11:61000 10.244.2.5:8080',
      'pod 10.0.0.11:61000 10.244.2.5:8080',
    ]);
    expect(packets(leg?.reply?.hops)).toEqual([
      'pod 10.244.2.5:8080 10.0.0.11:61000',
      'node 10.0.0.12:30080 10.0.0.11:61000',
      `loadbalancer ${front} 10.0.0.11:61000`,
      `node ${front} 10.244.1.5:40000`,
      `pod ${front} 10.244.1.5:40000`,
    ]);
    expect(codes(answer, true)).toEqual(expect.arrayContaining(['A_EXTERNAL_DNS', 'A_LB']));
    expect(answer.assumptions.map(({ code }) => code)).toContain('A_LB_ADDRESS');
  });

  test('a pod never gets to the balancer: its own node knows the address', () => {
    const answer = world({ status: VIP, from: 'web-a', to: '198.51.100.7:80' });
    expect(answer.paths.flatMap(({ legs }) => legs[0]?.hops.map(({ place }) => place.kind))).not.toContain(
      'loadbalancer',
    );
    expect(answer.result).toBe('reachable');
  });
});

describe('source ranges', () => {
  const spec = '  loadBalancerSourceRanges: [192.0.2.0/24]';

  test.each([
    { status: VIP, place: 'node' },
    { status: '', place: 'loadbalancer' },
  ])('are kept by the $place', ({ status, place }) => {
    const answer = world({ spec, status });
    expect(answer.paths[0]).toMatchObject({ disposition: 'dropped', reason: 'source-range-mismatch' });
    expect(answer.paths[0]?.legs[0]?.hops.at(-1)?.place.kind).toBe(place);
    expect(answer.diagnostics[0]).toMatchObject({
      code: 'source-range-mismatch',
      sources: [{ path: 'spec.loadBalancerSourceRanges' }],
    });
    expect(world({ spec, status, from: '192.0.2.9' }).result).toBe('reachable');
  });

  test('do not hold for the node port', () => {
    expect(world({ spec, status: VIP, to: 'node/node-a:30080' }).result).toBe('reachable');
  });
});

test('shares sum to one', () => {
  for (const set of [[], ['loadBalancer.kind=proxy'], ['loadBalancer.healthChecks=false']]) {
    for (const spec of ['', '  externalTrafficPolicy: Local']) {
      const total = world({ set, spec }).paths.reduce((sum, { weight }) => {
        const [part = 0, whole = 1] = weight.split('/').map(Number);
        return sum + part / whole;
      }, 0);
      expect(total).toBeCloseTo(1, 12);
    }
  }
});
