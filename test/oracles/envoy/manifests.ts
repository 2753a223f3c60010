/** The manifests of the comparison with Envoy, as far as they are generated, and what stands around them. */

export interface TextMatch {
  readonly exact?: string;
  readonly prefix?: string;
  readonly regex?: string;
}

export interface IstioMatch {
  readonly uri?: TextMatch;
  readonly ignoreUriCase?: boolean;
  readonly headers?: Readonly<Record<string, TextMatch>>;
  readonly withoutHeaders?: Readonly<Record<string, TextMatch>>;
  readonly queryParams?: Readonly<Record<string, TextMatch>>;
  readonly method?: TextMatch;
  readonly authority?: TextMatch;
  readonly scheme?: TextMatch;
  readonly port?: number;
}

export interface HeaderChanges {
  readonly set?: Readonly<Record<string, string>>;
  readonly add?: Readonly<Record<string, string>>;
  readonly remove?: readonly string[];
}

export interface IstioDestination {
  readonly destination: { readonly host: string; readonly subset?: string };
  readonly weight?: number;
  readonly headers?: { readonly request?: HeaderChanges };
}

export interface IstioRedirect {
  readonly uri?: string;
  readonly authority?: string;
  readonly scheme?: string;
  readonly port?: number;
  readonly derivePort?: string;
  readonly redirectCode?: number;
}

export interface IstioRewrite {
  readonly uri?: string;
  readonly authority?: string;
  readonly uriRegexRewrite?: { readonly match: string; readonly rewrite: string };
}

export interface IstioRule {
  readonly match?: readonly IstioMatch[];
  readonly headers?: { readonly request?: HeaderChanges };
  readonly route?: readonly IstioDestination[];
  readonly rewrite?: IstioRewrite;
  readonly redirect?: IstioRedirect;
  readonly directResponse?: { readonly status: number; readonly body?: { readonly string: string } };
  readonly fault?: {
    readonly abort: { readonly percentage: { readonly value: number }; readonly httpStatus: number };
  };
}

interface Named {
  readonly apiVersion: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
}

export interface VirtualService extends Named {
  readonly kind: 'VirtualService';
  readonly spec: {
    readonly hosts: readonly string[];
    readonly gateways: readonly string[];
    readonly http: readonly IstioRule[];
  };
}

export interface IstioGateway extends Named {
  readonly kind: 'Gateway';
  readonly spec: {
    readonly selector: Readonly<Record<string, string>>;
    readonly servers: readonly [{ readonly hosts: readonly string[]; readonly port: object }];
  };
}

interface ValueMatch {
  readonly name: string;
  readonly type: string;
  readonly value: string;
}

export interface HttpRouteMatch {
  readonly path?: { readonly type: string; readonly value: string };
  readonly headers?: readonly ValueMatch[];
  readonly queryParams?: readonly ValueMatch[];
  readonly method?: string;
}

export interface PathModifier {
  readonly type: string;
  readonly replaceFullPath?: string;
  readonly replacePrefixMatch?: string;
}

interface NamedValue {
  readonly name: string;
  readonly value: string;
}

export interface HeaderModifier {
  readonly set?: readonly NamedValue[];
  readonly add?: readonly NamedValue[];
  readonly remove?: readonly string[];
}

export interface HttpRouteFilter {
  readonly type: string;
  readonly requestHeaderModifier?: HeaderModifier;
  readonly urlRewrite?: { readonly hostname?: string; readonly path?: PathModifier };
  readonly requestRedirect?: {
    readonly scheme?: string;
    readonly hostname?: string;
    readonly port?: number;
    readonly statusCode?: number;
    readonly path?: PathModifier;
  };
}

export interface BackendRef {
  readonly name: string;
  readonly port: number;
  readonly weight?: number;
  readonly filters?: readonly HttpRouteFilter[];
}

export interface HttpRouteRule {
  readonly matches?: readonly HttpRouteMatch[];
  readonly filters?: readonly HttpRouteFilter[];
  readonly backendRefs?: readonly BackendRef[];
}

export interface HttpRoute extends Named {
  readonly kind: 'HTTPRoute';
  readonly spec: {
    readonly parentRefs: readonly object[];
    readonly hostnames?: readonly string[];
    readonly rules: readonly HttpRouteRule[];
  };
}

export interface ApiGateway extends Named {
  readonly kind: 'Gateway';
  readonly spec: {
    readonly gatewayClassName: string;
    readonly listeners: readonly [{ readonly hostname?: string; readonly [key: string]: unknown }];
  };
}

/** One generated configuration of a gateway on port 80. */
export type World =
  | {
      readonly api: 'istio';
      readonly gateway: IstioGateway;
      readonly routes: readonly VirtualService[];
    }
  | { readonly api: 'gateway-api'; readonly gateway: ApiGateway; readonly routes: readonly HttpRoute[] };

/** Can a request of the world end at one of several backends? */
export function isShared({ routes }: World): boolean {
  return routes.some(({ spec }) =>
    ('http' in spec ? spec.http : spec.rules).some(
      (rule) =>
        (('route' in rule ? rule.route : 'backendRefs' in rule ? rule.backendRefs : []) ?? []).length > 1,
    ),
  );
}

export interface AskedRequest {
  readonly method: string;
  /** The Host header. */
  readonly host: string;
  readonly uri: string;
  readonly headers: readonly (readonly [string, string])[];
}

/** Services with pods; `a` has the subset `v1` too. Others that routes name do not exist. */
const SERVICES = ['a', 'b', 'c'] as const;
export const NAMESPACE = 'shop';
export const GATEWAY_PORT = 80;

/** Names of headers that are compared where they arrive. */
export const SEEN_HEADERS: readonly string[] = ['x-env', 'x-new', 'x-user'];

function labelled(name: string, port: number, labels: object): readonly object[] {
  const container = { name: 'app', image: 'app', ports: [{ containerPort: port }] };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: NAMESPACE },
      spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: port }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `${name}-0`, namespace: NAMESPACE, labels: { app: name, ...labels } },
      spec: { containers: [container] },
    },
  ];
}

/** Everything that a world needs to be a cluster. */
export function clusterOf({ gateway, routes }: World): string {
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GatewayClass',
      metadata: { name: 'istio' },
      spec: { controllerName: 'istio.io/gateway-controller' },
    },
    ...SERVICES.flatMap((name) => labelled(name, 8080, { version: 'v1' })),
    ...labelled('edge', 8080, { istio: 'edge' }),
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata: { name: 'a', namespace: NAMESPACE },
      spec: { host: 'a', subsets: [{ name: 'v1', labels: { version: 'v1' } }] },
    },
    gateway,
    ...routes,
  ];
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}
