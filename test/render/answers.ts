/** Answers written by hand, as the text view and the command line get them. */

import type {
  DiagnosticAnswer,
  HopAnswer,
  LegAnswer,
  PathAnswer,
  PlaceAnswer,
  SourceAnswer,
  StepAnswer,
  TraceAnswer,
} from '../../src/query/answer.ts';
import type { View } from '../../src/render/renderer.ts';
import { traceRenderer } from '../../src/render/text/trace.ts';

export const CLIENT: PlaceAnswer = {
  kind: 'pod',
  name: 'cart-0',
  namespace: 'store',
  node: 'node-a',
  address: '10.244.1.5',
};
export const NODE_A: PlaceAnswer = { kind: 'node', name: 'node-a', address: '10.0.0.11' };
export const NODE_B: PlaceAnswer = { kind: 'node', name: 'node-b', address: '10.0.0.12' };
export const SERVER: PlaceAnswer = {
  kind: 'pod',
  name: 'stock#1',
  namespace: 'store',
  node: 'node-b',
  address: '10.244.2.7',
};

/** A piped terminal of 80 columns, unless said otherwise. */
export function view(changes: Partial<View> = {}): View {
  return { width: 80, color: 0, unicode: true, level: 'default', ...changes };
}

export function answer(changes: Partial<TraceAnswer>): TraceAnswer {
  return {
    schema: 'k8snet/trace/1',
    tool: { name: 'k8snet', version: '0.0.0' },
    question: { from: CLIENT, to: 'svc/stock:80', protocol: 'tcp' },
    profile: { cni: 'flannel-vxlan', proxy: 'iptables', kubernetes: '1.35' },
    result: 'reachable',
    paths: [],
    diagnostics: [],
    assumptions: [],
    ...changes,
  };
}

export function path(changes: Partial<PathAnswer>): PathAnswer {
  return {
    weight: '1/1',
    backends: ['store/stock#1'],
    disposition: 'accepted',
    symptom: 'connected',
    legs: [request([])],
    ...changes,
  };
}

export function request(hops: readonly HopAnswer[], reply?: LegAnswer['reply']): LegAnswer {
  return { purpose: 'request', hops, ...(reply === undefined ? {} : { reply }) };
}

export function hop(place: PlaceAnswer, ...steps: readonly StepAnswer[]): HopAnswer {
  return { place, steps };
}

function source(line: number, changes: Partial<SourceAnswer> = {}): SourceAnswer {
  return { file: 'k8s/stock.yaml', line, column: 1, endLine: line, endColumn: 2, ...changes };
}

export function send(text: string): StepAnswer {
  return { kind: 'originate', text, where: { out: 'eth0' } };
}

export function dnat(from: string, to: string): StepAnswer {
  return {
    kind: 'translate',
    text: `${from} ⇒ ${to}`,
    where: {
      hook: 'prerouting',
      table: 'nat',
      chain: ['KUBE-SERVICES', 'KUBE-SVC-RUKNB3TURLFC6SGL', 'KUBE-SEP-TYBTUTNN3PRKI6ZG'],
      rule: '2',
    },
    changes: [{ field: 'dst', nat: 'dnat', from, to }],
    because: [source(9, { object: 'service/store/stock', path: 'spec.ports[0]' })],
  };
}

export function restore(from: string, to: string): StepAnswer {
  return {
    kind: 'translate',
    text: `${from} ⇒ ${to}`,
    where: { hook: 'postrouting', rule: 'conntrack' },
    changes: [{ field: 'src', nat: 'reverse', from, to }],
  };
}

export function route(text: string, out: string, ttl?: number): StepAnswer {
  const changes = ttl === undefined ? {} : { changes: [{ field: 'ttl' as const, from: ttl + 1, to: ttl }] };
  return { kind: 'route', text, where: { out }, ...changes };
}

export function accept(text: string, port?: string): StepAnswer {
  return {
    kind: 'accept',
    text,
    where: { in: 'eth0', ...(port === undefined ? {} : { rule: `port ${port}` }) },
  };
}

export function receive(device: string): StepAnswer {
  return {
    kind: 'receive',
    text: '10.244.1.5:40000 → 10.96.0.50:80',
    where: { in: device },
    detail: { mtu: 1450 },
  };
}

export function transmit(device: string, text = '10.244.1.5:40000 → 10.244.2.7:8080'): StepAnswer {
  return { kind: 'transmit', text, where: { out: device }, detail: { mtu: 1450 } };
}

/** Pod to Service to pod on another node and back, with every kind of step that such a walk has. */
export function acrossNodes(): readonly LegAnswer[] {
  return [
    {
      purpose: 'lookup',
      hops: [
        hop(CLIENT, send('10.244.1.5:40000 → 10.96.0.10:53 udp')),
        hop(
          {
            kind: 'resolver',
            name: 'coredns#1',
            namespace: 'kube-system',
            node: 'node-a',
            address: '10.244.1.3',
          },
          {
            kind: 'resolve',
            text: 'stock → stock.store.svc.cluster.local → 10.96.0.50',
            where: { rule: 'search 1 of 3' },
          },
        ),
      ],
      reply: { disposition: 'accepted', hops: [] },
    },
    request(forwardHops(), { disposition: 'accepted', hops: replyHops() }),
  ];
}

function forwardHops(): readonly HopAnswer[] {
  const inner = '10.244.1.5:40000 → 10.244.2.7:8080';
  const outer = '10.0.0.11:51000 → 10.0.0.12:8472 vxlan 1';
  return [
    hop(
      CLIENT,
      send('10.244.1.5:40000 → 10.96.0.50:80'),
      transmit('eth0', '10.244.1.5:40000 → 10.96.0.50:80'),
    ),
    hop(
      NODE_A,
      receive('cni0'),
      {
        kind: 'match',
        text: 'PREROUTING › KUBE-SERVICES › KUBE-SVC-RUKNB3TURLFC6SGL › KUBE-SEP-TYBTUTNN3PRKI6ZG rule 2: accept',
        where: { hook: 'prerouting', table: 'nat', chain: ['KUBE-SERVICES'], rule: '1' },
        because: [source(9, { object: 'service/store/stock', path: 'spec.ports[0]' })],
      },
      dnat('10.96.0.50:80', '10.244.2.7:8080'),
      { kind: 'track', text: 'original direction, reply tuple 10.244.2.7:8080 → 10.244.1.5:40000' },
      route('10.244.2.0/24 via 10.244.2.0', 'flannel.1', 63),
      {
        kind: 'match',
        text: 'FORWARD › FLANNEL-FWD rule 1: accept',
        where: { hook: 'forward', table: 'filter', chain: ['FLANNEL-FWD'], rule: '1' },
      },
      {
        kind: 'neighbor',
        text: '10.244.2.0 is the tunnel end of node-b, 10.0.0.12',
        where: { out: 'flannel.1' },
      },
      { kind: 'encapsulate', text: 'vxlan 1, 10.0.0.11 → 10.0.0.12:8472', where: { out: 'eth0' } },
      transmit('eth0', `${outer} [${inner}]`),
    ),
    hop(
      NODE_B,
      { kind: 'receive', text: `${outer} [${inner}]`, where: { in: 'eth0' } },
      { kind: 'decapsulate', text: 'vxlan 1', where: { in: 'flannel.1' } },
      route('10.244.2.0/24 on link', 'cni0', 62),
      { kind: 'bridge', text: 'cni0 › veth~stock#1', where: { in: 'cni0', out: 'veth~stock#1' } },
    ),
    hop(SERVER, receive('eth0'), accept(inner, 'http')),
  ];
}

function replyHops(): readonly HopAnswer[] {
  const answerText = '10.244.2.7:8080 → 10.244.1.5:40000';
  return [
    hop(SERVER, send(answerText)),
    hop(NODE_B, route('10.244.1.0/24 via 10.244.1.0', 'flannel.1', 63)),
    hop(
      NODE_A,
      { kind: 'decapsulate', text: 'vxlan 1', where: { in: 'flannel.1' } },
      route('10.244.1.0/24 on link', 'cni0', 62),
      restore('10.244.2.7:8080', '10.96.0.50:80'),
    ),
    hop(CLIENT, accept('10.96.0.50:80 → 10.244.1.5:40000')),
  ];
}

export const ASSUMPTIONS: TraceAnswer['assumptions'] = [
  { code: 'A_POD_IP', text: 'pod and node addresses', decisive: false },
  { code: 'A_VETH_NAME', text: 'veth names', decisive: false },
  { code: 'A_SPORT', text: 'client port', values: ['40000'], decisive: false },
];

export const POLICY_NOTE: DiagnosticAnswer = {
  severity: 'info',
  code: 'policy-not-enforced',
  text: 'plain flannel enforces no NetworkPolicy; the 2 here change nothing (try --cni calico)',
};

/** A manifest for code frames: the lines of a Service whose selector fits nothing. */
const SERVICE_LINES: readonly string[] = [
  'apiVersion: v1',
  'kind: Service',
  'metadata:',
  '  name: stock',
  '  namespace: store',
  'spec:',
  '  selector:',
  '    app: stock',
  '  ports:',
  '  - port: 80',
];

function readServiceLine(_file: string, line: number): string | undefined {
  return SERVICE_LINES[line - 1];
}

/** The Service has no endpoints: kube-proxy rejects the packet, and the cause has a frame. */
export function noEndpoints(): TraceAnswer {
  const reject: StepAnswer = {
    kind: 'end',
    verdict: 'reject',
    text: 'store/stock has no endpoints',
    where: { hook: 'forward', table: 'filter', chain: ['KUBE-SERVICES'], rule: '1' },
  };
  return answer({
    result: 'unreachable',
    paths: [
      path({
        backends: [],
        disposition: 'no-endpoints',
        reason: 'selector-matches-no-pod',
        symptom: 'refused',
        legs: [
          request([
            hop(CLIENT, send('10.244.1.5:40000 → 10.96.0.50:80')),
            hop(NODE_A, receive('cni0'), reject),
          ]),
        ],
      }),
    ],
    diagnostics: [
      {
        severity: 'error',
        code: 'selector-matches-no-pod',
        text: 'The selector matches 0 of 4 pods in store:',
        sources: [
          source(8, {
            column: 5,
            endColumn: 15,
            object: 'service/store/stock',
            path: 'spec.selector',
            label: 'closest: Deployment stock, app=stock-server',
            role: 'primary',
          }),
          source(31, {
            file: 'k8s/deploy.yaml',
            column: 9,
            object: 'deployment/store/stock',
            path: 'spec.template.metadata.labels',
            label: 'app=stock-server',
            role: 'near-miss',
          }),
        ],
        help: [
          {
            text: 'select app: stock-server\nor label the pod template:\n  labels: { app: stock }',
            applicability: 'likely',
            opens: ['cart-0 → stock#1:8080'],
            closes: ['cart-0 → old-stock#1:8080'],
          },
        ],
      },
      {
        severity: 'warning',
        code: 'unmodelled',
        text: 'EgressGateway eg is not modelled',
        sources: [source(3)],
      },
      POLICY_NOTE,
    ],
    assumptions: ASSUMPTIONS,
  });
}

/** The text of an answer, with the Service's lines for frames. */
export function render(given: TraceAnswer, changes: Partial<View> = {}): string {
  return traceRenderer.render(given, view({ readLine: readServiceLine, ...changes }));
}

/** Where the expected text of a case is kept. */
export function golden(name: string): string {
  return `../../fixtures/render/${name}`;
}

/** How many steps are marked as the end of a path. */
export function stops(text: string): number {
  return text.split('\n').filter((line) => /^ {2,3}✗ /.test(line)).length;
}
