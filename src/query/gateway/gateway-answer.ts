/**
 * The answers to `explain gateway` and `explain route` as programs read them (schema/explain-gateway.schema.json,
 * schema/explain-route.schema.json; a test holds them together).
 */

import type { AssumptionAnswer, DiagnosticAnswer, SourceAnswer } from '../answer.ts';

interface Explanation {
  readonly tool: { readonly name: 'k8snet'; readonly version: string };
  /** With a URL. */
  readonly request?: GatewayRequestAnswer;
  /** Rules that match the request too. */
  readonly losers?: readonly GatewayLoserAnswer[];
  readonly findings: readonly DiagnosticAnswer[];
  readonly assumptions: readonly AssumptionAnswer[];
}

export interface GatewayExplanation extends Explanation {
  readonly schema: 'k8snet/explain-gateway/1';
  /** In the order of the input. */
  readonly gateways: readonly GatewayAnswer[];
}

export interface RouteExplanation extends Explanation {
  readonly schema: 'k8snet/explain-route/1';
  /** By kind, then in the order of the input. */
  readonly routes: readonly RouteObjectAnswer[];
}

/** As a controller would report it in `status`. */
export interface ConditionAnswer {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

export interface GatewayAnswer {
  readonly namespace: string;
  readonly name: string;
  readonly class: string;
  /** As the GatewayClass names it. */
  readonly controller?: string;
  /** false: nobody serves it, and it has no status. */
  readonly served: boolean;
  readonly addresses: readonly string[];
  readonly conditions: readonly ConditionAnswer[];
  /** Its own, then those of its ListenerSets in the order in which they count. */
  readonly listeners: readonly ListenerAnswer[];
  readonly at: SourceAnswer;
}

export interface ListenerAnswer {
  readonly name: string;
  /** `ListenerSet/shop/more`, where it is not the Gateway's own. */
  readonly owner?: string;
  readonly port: number;
  readonly protocol: string;
  /** Absent: every host. */
  readonly hostname?: string;
  readonly tlsMode?: string;
  /** `shop/web-tls`, those that can be served. */
  readonly certificates: readonly string[];
  readonly supportedKinds: readonly string[];
  readonly attachedRoutes: number;
  readonly conditions: readonly ConditionAnswer[];
  /** In the order in which they are tried. */
  readonly hosts: readonly ListenerHostAnswer[];
  readonly at: SourceAnswer;
}

export interface ListenerHostAnswer {
  /** `*` for every host. */
  readonly hostname: string;
  /** In the order in which they are tried. */
  readonly routes: readonly MatchAnswer[];
}

export interface MatchAnswer {
  /** `PathPrefix /api GET`; `every connection` where nothing is looked into. */
  readonly matcher: string;
  /** `shop/web#0`. */
  readonly rule: string;
  readonly backends: readonly BackendAnswer[];
  /** In words, in their order. */
  readonly filters: readonly string[];
  readonly at: SourceAnswer;
}

export interface BackendAnswer {
  /** `shop/web`. */
  readonly service: string;
  /** Absent where none is written. */
  readonly port?: number | string;
  /** A fraction of the requests, as `1/3`; 0 where it gets none. */
  readonly share: string;
  readonly endpoints: readonly string[];
  readonly state: string;
  /** The name that a BackendTLSPolicy has verified. */
  readonly tls?: string;
  readonly at: SourceAnswer;
}

export interface RouteObjectAnswer {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** As written; empty: those of the listeners. */
  readonly hostnames: readonly string[];
  readonly parents: readonly ParentAnswer[];
  readonly rules: readonly RuleAnswer[];
  readonly at: SourceAnswer;
}

export interface ParentAnswer {
  /** `Gateway/shop/edge`. */
  readonly parent: string;
  readonly sectionName?: string;
  readonly port?: number;
  /** Empty where the parent is not there, or nobody serves it. */
  readonly conditions: readonly ConditionAnswer[];
  /** Those that it is attached to, with the hostnames that count there. */
  readonly listeners: readonly { readonly name: string; readonly hostnames: readonly string[] }[];
  readonly at: SourceAnswer;
}

export interface RuleAnswer {
  readonly index: number;
  readonly name?: string;
  readonly matches: readonly string[];
  readonly filters: readonly string[];
  readonly backends: readonly BackendAnswer[];
  readonly at: SourceAnswer;
}

export interface GatewayRequestAnswer {
  readonly url: string;
  readonly method: string;
  /** `Gateway/shop/edge`, or `mesh`. */
  readonly via: string;
  readonly listener?: string;
  /** Absent where no HTTP is spoken, or no connection comes about. */
  readonly status?: number;
  readonly grpcStatus?: string;
  readonly connection?: 'refused' | 'rejected';
  readonly reason: string;
  readonly backend: string | null;
  /** Shares of several backends, and of statuses that the gateway answers. */
  readonly weights?: Readonly<Record<string, number>>;
  readonly matched?: string;
  readonly at?: SourceAnswer;
  readonly endpoints?: readonly string[];
  readonly rewrittenPath?: string;
  readonly rewrittenHost?: string;
  readonly redirect?: string;
  /** At the backend, where filters change any. */
  readonly requestHeaders?: Readonly<Record<string, string>>;
  /** At the client, where filters change any. */
  readonly responseHeaders?: Readonly<Record<string, string>>;
  readonly mirroredTo?: readonly { readonly backend: string; readonly percent?: number }[];
  readonly tls?: string;
  readonly tlsSecret?: string;
  readonly backendTls?: string;
}

export interface GatewayLoserAnswer {
  readonly rule: string;
  readonly matcher: string;
  readonly beatenBy?: string;
  readonly reason: string;
  readonly at: SourceAnswer;
}
