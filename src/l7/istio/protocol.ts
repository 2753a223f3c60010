/**
 * Which protocol a proxy takes a port for: its `appProtocol`, else the beginning of its name; else it looks at the
 * first bytes. Source: istio/istio:pkg/config/kube/conversion.go ConvertProtocol, pkg/config/protocol/instance.go.
 * Rules: docs/semantics/istio.md 3.
 */

import type { Protocol } from '../../net/packet.ts';

/** `auto`: the proxy detects it. */
export type IstioProtocol =
  | 'HTTP'
  | 'HTTP2'
  | 'HTTP_PROXY'
  | 'GRPC'
  | 'GRPC-Web'
  | 'HTTPS'
  | 'TLS'
  | 'TCP'
  | 'Mongo'
  | 'Redis'
  | 'MySQL'
  | 'UDP'
  | 'auto';

const WORDS: ReadonlyMap<string, IstioProtocol> = new Map([
  ['tcp', 'TCP'],
  ['udp', 'UDP'],
  ['grpc', 'GRPC'],
  ['grpc-web', 'GRPC-Web'],
  ['http', 'HTTP'],
  ['http_proxy', 'HTTP_PROXY'],
  ['http2', 'HTTP2'],
  ['https', 'HTTPS'],
  ['tls', 'TLS'],
  ['mongo', 'Mongo'],
  ['redis', 'Redis'],
  ['mysql', 'MySQL'],
] as const);

/** Words of Kubernetes for `appProtocol` (KEP-3726). */
const KUBERNETES_WORDS: ReadonlyMap<string, IstioProtocol> = new Map([
  ['kubernetes.io/h2c', 'HTTP2'],
  ['kubernetes.io/ws', 'HTTP'],
  ['kubernetes.io/wss', 'HTTPS'],
] as const);

/** SMTP, DNS, MySQL, MongoDB: there the server speaks first, so there is nothing to look at. */
const SERVER_FIRST_PORTS = [25, 53, 3306, 27017];

export interface DeclaredPort {
  readonly port: number;
  readonly name: string;
  readonly protocol: Protocol;
  readonly appProtocol?: string;
}

/** The protocol that a word means, in any case; `auto` for every other word. */
export function protocolNamed(word: string): IstioProtocol {
  return WORDS.get(word.toLowerCase()) ?? 'auto';
}

/** What a proxy takes a Service's port for. */
export function believedProtocol({ port, name, protocol, appProtocol }: DeclaredPort): IstioProtocol {
  if (protocol === 'udp') return 'UDP';
  const believed =
    appProtocol === undefined || appProtocol === ''
      ? protocolNamed(prefixOf(name))
      : (KUBERNETES_WORDS.get(appProtocol.toLowerCase()) ?? protocolNamed(prefixOf(appProtocol)));
  return believed === 'auto' && SERVER_FIRST_PORTS.includes(port) ? 'TCP' : believed;
}

function prefixOf(name: string): string {
  const lower = name.toLowerCase();
  if (lower === 'grpc-web' || lower.startsWith('grpc-web-')) return 'grpc-web';
  return lower.split('-', 1)[0] ?? '';
}

/** Do HTTP rules apply to it? */
export function isHttp(protocol: IstioProtocol): boolean {
  return ['HTTP', 'HTTP2', 'HTTP_PROXY', 'GRPC', 'GRPC-Web'].includes(protocol);
}

/** Do HTTP rules apply to it, if it turns out to be HTTP? */
export function maybeHttp(protocol: IstioProtocol): boolean {
  return protocol === 'auto' || isHttp(protocol);
}

/** Is there a port, and none that rules of HTTP could be for? */
export function speaksNoHttp(ports: readonly { readonly protocol: IstioProtocol }[]): boolean {
  return ports.length > 0 && !ports.some(({ protocol }) => maybeHttp(protocol));
}

/** Is it TLS that proxies pass on as it is? */
export function isTls(protocol: IstioProtocol): boolean {
  return protocol === 'HTTPS' || protocol === 'TLS';
}
