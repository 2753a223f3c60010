/** Istio cases: manifests and requests, membership of pods, and the tables. */

import {
  type IstioMesh,
  istioMesh,
  loadSnapshot,
  type MeshBranch,
  type MeshOutcome,
  type MeshRequest,
  parseIp,
  parseMeshRequest,
  podsOf,
  type Snapshot,
} from '../../src/index.ts';
import type { VectorFamily } from './family.ts';
import { runTables } from './istio-tables.ts';
import type { VectorResult } from './result.ts';

type Row = Readonly<Record<string, unknown>>;

interface IstioRequest {
  /** `namespace/pod`, or `outside`. */
  readonly from: string;
  /** `namespace/service` of the gateway. */
  readonly via?: string;
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly connectTo?: string;
  readonly expect: Row;
}

interface IstioCase {
  readonly id: string;
  readonly manifests: readonly unknown[];
  readonly requests?: readonly IstioRequest[];
  readonly membership?: Readonly<Record<string, string>>;
}

export const istio: VectorFamily = {
  name: 'istio',
  modelled: true,
  detects: (json) => {
    const cases = typeof json === 'object' && json !== null ? (json as Row)['cases'] : undefined;
    return Array.isArray(cases) && cases.some((each) => 'requests' in each || 'membership' in each);
  },
  *run(json): Generator<VectorResult> {
    const file = json as Row & { readonly cases: readonly IstioCase[] };
    for (const each of file.cases) yield* runCase(each);
    yield* runTables(file);
  },
};

function* runCase({ id, manifests, requests = [], membership = {} }: IstioCase): Generator<VectorResult> {
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
  const snapshot = loadSnapshot({ files: [{ name: `${id}.json`, text }], profile: { flags: { set: [] } } });
  const mesh = istioMesh(snapshot.control);
  for (const [key, expected] of Object.entries(membership)) {
    const pod = snapshot.cluster.pods.find((each) => each.key === key);
    const got = pod === undefined ? 'no pod' : mesh.mesh.membership(pod).membership;
    yield result(id, `membership ${key}`, got === expected ? [] : [`expected ${expected}, got ${got}`]);
  }
  for (const request of requests) {
    const part = `${request.from} ${request.method ?? 'GET'} ${request.url}`;
    yield result(id, part, compare(snapshot, mesh, request));
  }
}

function result(id: string, part: string, wrong: readonly string[]): VectorResult {
  return wrong.length === 0
    ? { id, part, status: 'pass' }
    : { id, part, status: 'fail', detail: wrong.join('; ') };
}

function compare({ cluster, control }: Snapshot, mesh: IstioMesh, asked: IstioRequest): readonly string[] {
  const request = parsed(asked);
  if (request === undefined) return [`${asked.url} is no URL`];
  const from = cluster.pods.find(({ key }) => key === asked.from);
  if (from === undefined && asked.from !== 'outside') return [`no pod ${asked.from}`];
  const via = [...control.serviceByKey.values()].find(({ key }) => key === asked.via);
  if (via === undefined && asked.via !== undefined) return [`no Service ${asked.via}`];
  const answer = mesh.route({
    request,
    ...(from === undefined ? {} : { from }),
    ...(via === undefined ? {} : { via }),
  });
  return Object.entries(asked.expect).flatMap(([key, expected]) => {
    const field = FIELDS[key];
    if (field === undefined) return NOT_COMPARED.has(key) ? [] : [`nobody compares ${key}`];
    const got = field(answer, expected);
    return JSON.stringify(got) === JSON.stringify(sorted(expected))
      ? []
      : [`expected ${key} ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`];
  });
}

function parsed({ url, method, headers = {}, connectTo }: IstioRequest): MeshRequest | undefined {
  const colon = connectTo?.lastIndexOf(':') ?? -1;
  const ip = parseIp(connectTo?.slice(0, colon) ?? '');
  return parseMeshRequest(url, {
    headers: Object.entries(headers),
    ...(method === undefined ? {} : { method }),
    ...(ip === undefined ? {} : { connectTo: { ip, port: Number(connectTo?.slice(colon + 1)) } }),
  });
}

const NOT_COMPARED = new Set(['note', 'outcomeBasis', 'then', 'body', 'legacyFlag', 'lb', 'lbBySubset']);

/** Each key of an expectation, as the answer has it. */
const FIELDS: Readonly<Record<string, (answer: MeshOutcome, expected: unknown) => unknown>> = {
  result: ({ result: word }) => word,
  destinations: ({ branches }, expected) => destinations(branches, expected as readonly Row[]),
  status: ({ status }) => status,
  flag: ({ flag }) => flag,
  redirect: ({ redirect }) => redirect,
  directResponse: ({ body }) => body,
  rewrite: ({ rewrite }, expected) => picked(rewrite ?? {}, expected),
  mirror: ({ mirrors }, expected) =>
    mirrors.map((mirror, index) => picked(mirror, (expected as readonly unknown[])[index] ?? mirror)),
  fault: ({ fault }) => {
    const abort = fault?.abort;
    if (abort !== undefined) return { abort: abort.httpStatus ?? abort.grpcStatus, percent: abort.percent };
    return fault?.delay === undefined ? [] : { delay: fault.delay.fixedDelay, percent: fault.delay.percent };
  },
  cluster: ({ cluster }) => cluster,
  destinationRule: ({ branches: [branch] }) => {
    const metadata = branch?.rule?.object.metadata;
    return metadata === undefined ? null : `${metadata.namespace}/${metadata.name}`;
  },
  subsets: ({ branches: [branch] }) => branch?.rule?.subsets.map(({ name }) => name) ?? null,
  route: ({ route }) => (route?.kind === 'rule' ? route.name : route?.kind),
  virtualHost: ({ virtualHost }) => virtualHost,
  mtls: ({ branches: [branch] }) => branch?.tls === 'mtls',
  by: ({ by }, expected) => (by === String(expected).split(/\s/)[0] ? expected : by),
  authz: ({ authorization }) => authorization,
  timeout: ({ timeout }) => timeout ?? null,
  retries: ({ retries }, expected) => (retries === undefined ? null : picked(retries, expected ?? retries)),
};

/** The keys that are expected, in their order. */
function picked(got: object, expected: unknown): Row {
  return Object.fromEntries(Object.keys(expected as Row).map((key) => [key, (got as Row)[key]]));
}

/** A set: each expected destination with the branch of ours that it means, then what is left of ours. */
function destinations(branches: readonly MeshBranch[], expected: readonly Row[]): unknown {
  const rest = branches.map(destination);
  const found = expected.map((wanted) => {
    const index = rest.findIndex((each) => KEYS.every((key) => each[key] === wanted[key]));
    const [own] = index < 0 ? [] : rest.splice(index, 1);
    return own === undefined ? null : picked(own, wanted);
  });
  return [...found, ...rest];
}

const KEYS = ['host', 'subset', 'port', 'weight'];

function destination({ host, subset, port, weight, endpoints, failure }: MeshBranch): Row {
  return {
    host,
    subset: subset ?? null,
    port,
    weight: (100 * weight.numerator) / weight.denominator,
    pods: [...podsOf(endpoints)].sort(),
    status: failure?.status,
    flag: failure?.flag,
  };
}

/** Pods are a set. */
function sorted(expected: unknown): unknown {
  if (!Array.isArray(expected)) return expected;
  return expected.map((each: unknown) => {
    const pods = typeof each === 'object' && each !== null ? (each as Row)['pods'] : undefined;
    return Array.isArray(pods) ? { ...(each as Row), pods: [...pods].sort() } : each;
  });
}
