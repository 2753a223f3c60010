/** The answer to `explain ingress` as programs read it (schema/explain-ingress.schema.json; a test holds them together). */

import type { AssumptionAnswer, DiagnosticAnswer, SourceAnswer } from './answer.ts';

export interface IngressExplanation {
  readonly schema: 'k8snet/explain-ingress/1';
  readonly tool: { readonly name: 'k8snet'; readonly version: string };
  /** In the order of the input. */
  readonly ingresses: readonly IngressAnswer[];
  /** One for each controller that serves any of them. */
  readonly tables: readonly RouteTableAnswer[];
  /** With a URL. */
  readonly request?: RoutedRequest;
  /** Rules that match the request too. */
  readonly losers?: readonly LoserAnswer[];
  readonly findings: readonly DiagnosticAnswer[];
  readonly assumptions: readonly AssumptionAnswer[];
}

export interface IngressAnswer {
  readonly namespace: string;
  readonly name: string;
  /** Absent where it has none and gets none. */
  readonly class?: string;
  /** Absent where nobody serves it. */
  readonly controller?: string;
  /** Why that controller, or why none. */
  readonly reason: string;
  /** status.loadBalancer: where clients have to go. */
  readonly addresses: readonly string[];
  readonly tls: readonly {
    readonly hosts: readonly string[];
    readonly secretName?: string;
    readonly found: boolean;
  }[];
  /** As written; the default backend last, without a path. */
  readonly rules: readonly IngressRuleAnswer[];
  readonly at: SourceAnswer;
}

export interface IngressRuleAnswer {
  /** `*` for every host. */
  readonly host: string;
  readonly path?: string;
  readonly pathType?: string;
  /** `shop/web`; absent for a resource backend. */
  readonly service?: string;
  /** Its number where the Service has it, else as written. */
  readonly port?: number | string;
  /** `10.244.1.5:8080`, the ready ones. */
  readonly endpoints: readonly string[];
  readonly state: string;
  readonly rewrite?: string;
  readonly findings: readonly DiagnosticAnswer[];
  readonly at: SourceAnswer;
}

export interface RouteTableAnswer {
  readonly controller: string;
  /** In the order in which hosts are tried. */
  readonly hosts: readonly RouteHostAnswer[];
}

export interface RouteHostAnswer {
  readonly names: readonly string[];
  readonly mode?: { readonly text: string; readonly at: SourceAnswer };
  readonly certificate?: string;
  /** In the order in which they are tried. */
  readonly routes: readonly RouteAnswer[];
}

export interface RouteAnswer {
  /** In the words of the proxy: `= /foo`, `~* ^/foo`. */
  readonly matcher: string;
  /** `shop/web a.example /foo Prefix`; absent for the controller's own default backend. */
  readonly rule?: string;
  readonly backend?: string;
  readonly endpoints: number;
  readonly state: string;
  readonly rewrite?: string;
  readonly at?: SourceAnswer;
}

export interface RoutedRequest {
  readonly url: string;
  readonly method: string;
  readonly controller: string;
  readonly status: number;
  readonly reason: string;
  readonly backend: string | null;
  /** Shares of several backends. */
  readonly weights?: Readonly<Record<string, number>>;
  readonly matched?: string;
  readonly at?: SourceAnswer;
  readonly endpointCount?: number;
  readonly rewrittenPath?: string;
  readonly upstreamPath?: string;
  readonly rewrittenHost?: string;
  readonly redirect?: string;
  /** What the proxy speaks to the backend, where it is not plain HTTP. */
  readonly backendProtocol?: string;
  readonly requestHeaders?: Readonly<Record<string, string>>;
  readonly tlsSecret?: string;
}

export interface LoserAnswer {
  readonly rule: string;
  readonly beatenBy?: string;
  readonly reason: string;
  readonly at: SourceAnswer;
}
