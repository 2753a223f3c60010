/** The tables of the Istio file: one pure function each. */

import {
  believedProtocol,
  captureSettings,
  captureVerdict,
  type DelegateCondition,
  delegateConflicts,
  fullHost,
  gatewayName,
  hostsForNamespace,
  hostsMatch,
  type IstioProtocol,
  inboundCluster,
  inboundVerdict,
  intersectHosts,
  mostSpecific,
  type PeerMode,
  parseIp,
} from '../../src/index.ts';
import type { VectorResult } from './result.ts';

type Row = Readonly<Record<string, unknown>>;

/** An expectation, and what we say. */
interface Comparison {
  readonly expected: unknown;
  readonly got: unknown;
}

interface Table {
  rows(json: Row): readonly Row[];
  compare(row: Row, json: Row): readonly Comparison[];
}

/** Yields a result for each row of each table. */
export function* runTables(json: Row): Generator<VectorResult> {
  for (const [id, { rows, compare }] of Object.entries(TABLES)) {
    for (const [index, row] of rows(json).entries()) {
      const wrong = compare(row, json).filter(
        ({ expected, got }) => JSON.stringify(expected) !== JSON.stringify(got),
      );
      const part = `row ${index}`;
      yield wrong.length === 0
        ? { id, part, status: 'pass' }
        : { id, part, status: 'fail', detail: wrong.map(printComparison).join('; ') };
    }
  }
}

function printComparison({ expected, got }: Comparison): string {
  return `expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`;
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Row)[key] : undefined;
}

function list(value: unknown): readonly Row[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

const names = (key: string, got: (row: Row) => unknown): Table => ({
  rows: (json) => list(at(json['names'], key)),
  compare: (row) => [{ expected: row['expect'], got: got(row) }],
});

const TABLES: Readonly<Record<string, Table>> = {
  'names.short': names('short', ({ host, namespace, domain }) =>
    fullHost(text(host), { namespace: text(namespace), domain: text(domain) }),
  ),
  'names.gatewayRef': names('gatewayRef', ({ ref, namespace }) => gatewayName(text(ref), text(namespace))),
  'names.matches': names('matches', ({ a, b }) => hostsMatch(text(a), text(b))),
  'names.mostSpecific': names(
    'mostSpecific',
    (row) => mostSpecific(row['in'] as string[], text(row['needle'])) ?? null,
  ),
  'names.intersection': names('intersection', ({ a, b }) => intersectHosts(a as string[], b as string[])),
  'names.gatewayHostsForNamespace': names('gatewayHostsForNamespace', ({ hosts, namespace }) =>
    hostsForNamespace(hosts as string[], text(namespace)),
  ),
  protocolSelection: {
    rows: (json) => list(at(json['protocolSelection'], 'rows')),
    compare: ({ port, name, protocol, appProtocol, expect }) => [
      {
        expected: expect,
        got: believedProtocol({
          port: port as number,
          name: text(name),
          protocol: text(protocol).toLowerCase() === 'udp' ? 'udp' : 'tcp',
          appProtocol: text(appProtocol),
        }),
      },
    ],
  },
  delegateConflict: {
    rows: (json) => list(at(json['delegateConflict'], 'rows')),
    compare: ({ root, leaf, conflict }) => [
      { expected: conflict, got: delegateConflicts(condition(root), condition(leaf)) },
    ],
  },
  inboundMatrix: {
    rows: (json) => list(at(json['inboundMatrix'], 'rows')),
    compare: (row, json) => {
      const declared = declaredProtocol(at(at(json['inboundMatrix'], 'service'), String(row['port'])));
      return (['DISABLE', 'PERMISSIVE', 'STRICT'] as const).map((mode) => ({
        expected: row[mode],
        got: inbound(declared, row['client'], { port: row['port'] as number, mode }),
      }));
    },
  },
  peerAuthenticationPorts: {
    rows: (json) => list(at(json['peerAuthenticationPorts'], 'rows')),
    compare: (row) => {
      const port = row['port'] as number;
      const isHttp = (row['servicePorts'] as number[]).includes(port);
      const mode = (at(row['portLevel'], String(port)) ?? row['workloadMode']) as PeerMode;
      const client = { protocol: 'http', tls: row['tls'] };
      return [{ expected: row['expect'], got: inbound(isHttp ? 'HTTP' : undefined, client, { port, mode }) }];
    },
  },
  capture: {
    rows: (json) => list(at(json['capture'], 'rows')),
    compare: (row) => [{ expected: captureWord(text(row['expect'])), got: capture(row) }],
  },
};

/** A StringMatch, or maps of them, as manifests write them. */
function condition(raw: unknown): DelegateCondition {
  return Object.fromEntries(
    Object.entries(raw as Row).map(([key, value]) => {
      if (['uri', 'scheme', 'method', 'authority'].includes(key)) return [key, stringMatch(value)];
      if (['headers', 'withoutHeaders', 'queryParams'].includes(key)) {
        return [
          key,
          new Map(Object.entries(value as Row).map(([name, match]) => [name, stringMatch(match)])),
        ];
      }
      return [key, key === 'sourceLabels' ? new Map(Object.entries(value as Row)) : value];
    }),
  ) as DelegateCondition;
}

function stringMatch(raw: unknown) {
  const [[kind, value] = ['presence', '']] = Object.entries(raw as Row);
  return { kind, value };
}

function declaredProtocol(word: unknown): IstioProtocol | undefined {
  return word === 'not declared' ? undefined : (word as IstioProtocol);
}

function inbound(
  declared: IstioProtocol | undefined,
  client: unknown,
  { port, mode }: { readonly port: number; readonly mode: PeerMode },
): string {
  const protocol = text(at(client, 'protocol')).startsWith('http') ? 'http' : 'tcp';
  const tls = at(client, 'tls') === null ? 'none' : (at(client, 'tls') as 'tls' | 'mtls');
  const verdict = inboundVerdict(declared, { protocol, tls }, mode);
  return verdict === 'accepted' ? inboundCluster(declared, port) : verdict;
}

function captureWord(expected: string): string {
  const word = expected.split(' (')[0] ?? '';
  return word.startsWith('no match') ? 'not captured' : word;
}

const OWN_ADDRESS = '10.244.0.10';

function capture({ annotations, packet }: Row): string {
  const { hook, proto, src, dst, dport, oif, uid, gid } = packet as Row;
  const address = (value: unknown) => parseIp(value === 'SELF' ? OWN_ADDRESS : text(value));
  const [source, destination] = [src === undefined ? undefined : address(src), address(dst)];
  if (destination === undefined) return `${dst} is no address`;
  const verdict = captureVerdict(
    captureSettings(new Map(Object.entries(annotations as Record<string, string>))),
    {
      hook: hook === 'OUTPUT' ? 'output' : 'prerouting',
      protocol: proto === 'udp' ? 'udp' : 'tcp',
      ...(source === undefined ? {} : { src: source }),
      dst: destination,
      port: dport as number,
      ...(oif === undefined ? {} : { out: text(oif) }),
      ...(uid === undefined ? {} : { owner: { uid: uid as number, gid: gid as number } }),
    },
  );
  if (verdict.kind === 'redirect') return `REDIRECT ${verdict.port}`;
  return verdict.kind === 'return' ? 'RETURN' : 'not captured';
}
