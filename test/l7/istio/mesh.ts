/** A mesh from manifests as people write them, and questions to it in one line. */

import { podsOf } from '../../../src/l7/istio/http-answer.ts';
import { parseMeshRequest } from '../../../src/l7/istio/mesh-request.ts';
import type { MeshOutcome } from '../../../src/l7/istio/outcome.ts';
import { type IstioMesh, istioMesh } from '../../../src/l7/istio/routing.ts';
import { parseIp } from '../../../src/net/ip.ts';
import { loadSnapshot, type Snapshot } from '../../../src/query/snapshot.ts';

export interface TestMesh {
  readonly snapshot: Snapshot;
  readonly mesh: IstioMesh;
  /** What becomes of a request, in one line: see `printOutcome`. */
  ask(from: string, url: string, options?: AskOptions): string;
  outcome(from: string, url: string, options?: AskOptions): MeshOutcome;
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly via?: string;
  readonly connectTo?: string;
}

/** Two namespaces in the mesh (shop, other), one outside (plain), a client in each. */
const BASE = `
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Namespace
metadata: {name: other, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Namespace
metadata: {name: plain}
${['shop', 'other', 'plain'].map((namespace) => pod(namespace, 'client', 'app: client')).join('')}
`;

/** A pod that is ready. */
export function pod(namespace: string, name: string, labels: string, port = 8080): string {
  return `
---
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: ${namespace}, labels: {${labels}}}
spec: {containers: [{name: app, image: app, ports: [{containerPort: ${port}}]}]}
`;
}

/** A Service with a pod of the same label, `NAME-0`. */
export function service(
  namespace: string,
  name: string,
  port = '{name: http, port: 80, targetPort: 8080}',
): string {
  return `
---
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: ${namespace}}
spec: {selector: {app: ${name}}, ports: [${port}]}
${pod(namespace, `${name}-0`, `app: ${name}`)}`;
}

/** An object of Istio from its spec in flow style. */
export function istio(kind: string, name: string, spec: string, metadata = ''): string {
  const [namespace = 'shop', own = name] = name.includes('/') ? name.split('/') : ['shop', name];
  const group = /Auth/.test(kind) ? 'security' : 'networking';
  return `
---
apiVersion: ${group}.istio.io/v1
kind: ${kind}
metadata: {name: ${own}, namespace: ${namespace}${metadata}}
spec: ${spec}
`;
}

/** Loads the manifests on top of BASE. */
export function meshOf(...texts: readonly string[]): TestMesh {
  const files = [{ name: 'mesh.yaml', text: [BASE, ...texts].join('\n') }];
  return loaded(loadSnapshot({ files, profile: { flags: { set: [] } } }));
}

function loaded(snapshot: Snapshot): TestMesh {
  const mesh = istioMesh(snapshot.control);
  const outcome: TestMesh['outcome'] = (from, url, { method, headers = {}, via, connectTo } = {}) => {
    const colon = connectTo?.lastIndexOf(':') ?? -1;
    const ip = parseIp(connectTo?.slice(0, colon) ?? '');
    const request = parseMeshRequest(url, {
      headers: Object.entries(headers),
      ...(method === undefined ? {} : { method }),
      ...(ip === undefined ? {} : { connectTo: { ip, port: Number(connectTo?.slice(colon + 1)) } }),
    });
    const client = snapshot.cluster.pods.find(({ key }) => key === from);
    const gateway = snapshot.cluster.services.find(({ key }) => key === via);
    if (request === undefined || (client === undefined && from !== 'outside'))
      throw new Error(`${from} ${url}`);
    return mesh.route({
      request,
      ...(client === undefined ? {} : { from: client }),
      ...(gateway === undefined ? {} : { via: gateway }),
    });
  };
  return { snapshot, mesh, outcome, ask: (...asked) => printOutcome(outcome(...asked)) };
}

/** `delivered 100% web:80 [web-0]`, `local-reply 404 NR`, `partial 80% web/v1:80 [a] 20% web/v2:80 503 NC`. */
function printOutcome({ result, status, flag, redirect, branches }: MeshOutcome): string {
  const parts = branches.map(({ weight, host, subset, port, endpoints, failure }) => {
    const share = Math.round((10000 * weight.numerator) / weight.denominator) / 100;
    const [name = host, namespace = ''] = host.split('.');
    const short = host.endsWith('.svc.cluster.local')
      ? `${name}${namespace === 'shop' ? '' : `.${namespace}`}`
      : host;
    const pods = podsOf(endpoints).map((key) => key.slice(key.indexOf('/') + 1));
    const failed =
      failure === undefined ? '' : ` ${failure.status ?? 'reset'} ${failure.flag ?? ''}`.trimEnd();
    return `${share}% ${short}${subset === undefined ? '' : `/${subset}`}:${port} [${pods.join(' ')}]${failed}`;
  });
  const head = [result, status, flag, redirect?.location].filter((part) => part !== undefined);
  return [...head, ...parts].join(' ');
}
