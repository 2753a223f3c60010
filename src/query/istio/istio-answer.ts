/**
 * The answer to `explain virtualservice` as programs read it (schema/explain-virtualservice.schema.json; a test holds
 * them together).
 */

import type { MeshResult } from '../../l7/istio/outcome.ts';
import type { AssumptionAnswer, DiagnosticAnswer, SourceAnswer } from '../answer.ts';

export interface VirtualServiceExplanation {
  readonly schema: 'k8snet/explain-virtualservice/1';
  readonly tool: { readonly name: 'k8snet'; readonly version: string };
  readonly mesh: MeshAnswer;
  /** In the order in which Istio takes them; delegates last. */
  readonly virtualServices: readonly VirtualServiceAnswer[];
  /** With a URL. */
  readonly request?: MeshRequestAnswer;
  /** Rules that could have had the request, and why they have not. */
  readonly losers?: readonly MeshLoserAnswer[];
  readonly findings: readonly DiagnosticAnswer[];
  readonly assumptions: readonly AssumptionAnswer[];
}

/** What is in the mesh. */
export interface MeshAnswer {
  readonly rootNamespace: string;
  readonly outboundTrafficPolicy: string;
  readonly autoMtls: boolean;
  /** Pods by their place in it. */
  readonly pods: {
    readonly sidecar: number;
    readonly gateway: number;
    readonly ambient: number;
    readonly none: number;
  };
}

export interface VirtualServiceAnswer {
  readonly namespace: string;
  readonly name: string;
  readonly hosts: readonly VirtualHostAnswer[];
  /** `mesh`, `shop/gateway`. */
  readonly gateways: readonly string[];
  /** Empty: every namespace. */
  readonly exportTo: readonly string[];
  /** `root`: proxies get it; `delegate`: others hand over to it; `refused`: Istio's webhook does not take it. */
  readonly role: 'root' | 'delegate' | 'refused';
  /** Whose proxy the rules are shown for: `pod shop/web`, `a pod of shop`. */
  readonly viewpoint: string;
  /** In the order in which they are tried. */
  readonly rules: readonly MeshRuleAnswer[];
  readonly findings: readonly DiagnosticAnswer[];
  readonly at: SourceAnswer;
}

export interface VirtualHostAnswer {
  readonly host: string;
  /** `name`: no service has it. `wildcard`: it covers several. */
  readonly kind: 'service' | 'entry' | 'wildcard' | 'name';
  /** The hosts that it stands for. */
  readonly services: readonly string[];
}

export interface MeshRuleAnswer {
  /** `http[0]`; with a delegate `http[0] › shop/other http[1]`. */
  readonly label: string;
  readonly protocol: 'http' | 'tls' | 'tcp';
  readonly name?: string;
  /** Alternatives, each in words; `every request` where nothing is asked. */
  readonly conditions: readonly string[];
  /** What it does beside routing: `redirect to …`, `rewrite to /`, `abort 10 % with 500`. */
  readonly actions: readonly string[];
  readonly destinations: readonly MeshDestinationAnswer[];
  readonly at: SourceAnswer;
}

export interface MeshDestinationAnswer {
  readonly host: string;
  /** null: the whole service. */
  readonly subset: string | null;
  readonly port: number;
  /** Percent of the requests that take the route. */
  readonly weight: number;
  readonly pods: readonly string[];
  /** `10.244.1.5:8080`, or a name outside. */
  readonly endpoints: readonly string[];
  /** `ready`, or why it gets nowhere: `no-such-subset`, `no-endpoints`, `denied`… */
  readonly state: string;
  /** Of a branch that fails. */
  readonly status?: number;
  readonly flag?: string;
  readonly reason?: string;
  /** The rule that defines its subsets and settings. */
  readonly destinationRule: string | null;
  readonly loadBalancer: string;
  /** Of the connection to the endpoints. */
  readonly tls: 'mtls' | 'tls' | 'none';
  readonly at?: SourceAnswer;
}

export interface MeshRequestAnswer {
  readonly url: string;
  readonly method: string;
  /** `shop/client`, `outside`. */
  readonly from: string;
  /** The Service of the gateway. */
  readonly via?: string;
  readonly result: MeshResult;
  readonly status?: number;
  readonly grpcStatus?: string;
  /** Envoy's response flag. */
  readonly flag?: string;
  readonly reason: string;
  readonly destinations: readonly MeshDestinationAnswer[];
  readonly destinationRule: string | null;
  readonly subsets: readonly string[] | null;
  readonly mirror: readonly { readonly host: string; readonly port: number; readonly percent: number }[];
  readonly fault?: {
    readonly abort?: { readonly status?: number; readonly grpcStatus?: string; readonly percent: number };
    readonly delay?: { readonly fixedDelay: string; readonly percent: number };
  };
  readonly redirect?: { readonly code: number; readonly location: string };
  readonly directResponse?: string;
  readonly rewrittenPath?: string;
  readonly rewrittenHost?: string;
  readonly timeout: string | null;
  readonly retries: {
    readonly attempts: number;
    readonly retryOn: string;
    readonly perTryTimeout?: string;
  } | null;
  readonly cluster?: string;
  readonly route?: string;
  readonly virtualHost?: string;
  readonly mtls?: boolean;
  /** The pod whose proxy refuses. */
  readonly by?: string;
  readonly authz?: 'allow' | 'deny';
  /** `shop/web http[0]`. */
  readonly matched?: string;
  readonly at?: SourceAnswer;
}

export interface MeshLoserAnswer {
  readonly rule: string;
  /** `beaten`: it would take the request too. */
  readonly kind: 'beaten' | 'does-not-match' | 'not-for-this-proxy';
  readonly beatenBy?: string;
  readonly reason: string;
  readonly at: SourceAnswer;
}
