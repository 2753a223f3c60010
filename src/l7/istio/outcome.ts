/**
 * What becomes of a request in the mesh: where it goes, or who answers or refuses it, in Envoy's own words.
 * Rules: docs/semantics/istio.md 12.
 */

import type { PodKey } from '../../cluster/cluster.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Fault } from '../../k8s/istio-parts/http-fault.ts';
import type { Fraction } from '../../net/fraction.ts';
import type { SourceRef } from '../../source/ref.ts';
import type { SentRequest } from './actions.ts';
import type { MergedRule, PlacedSubset } from './destination-rules.ts';
import type { HttpRoute } from './http-routes.ts';
import type { MeshEndpoint, MeshService } from './registry.ts';
import type { RetryPolicy } from './retries.ts';
import type { Placed, RuleSet } from './rule-sets.ts';

/**
 * `partial`: some of its branches fail. `local-reply`: a proxy answers. `passthrough`: it goes on as if there were no
 * mesh. `reset`: a proxy closes the connection. `refused`: nobody listens.
 */
export type MeshResult = 'delivered' | 'partial' | 'local-reply' | 'passthrough' | 'reset' | 'refused';

/** TLS of the last hop. */
export type HopTls = 'mtls' | 'tls' | 'none';

/** Why a branch does not arrive. */
export interface BranchFailure {
  readonly kind:
    | 'no-such-service'
    | 'no-such-port'
    | 'no-such-subset'
    | 'no-endpoints'
    | 'tls-mismatch'
    | 'unauthenticated'
    | 'denied'
    | 'refused';
  readonly text: string;
  /** undefined: the connection is reset. */
  readonly status?: number;
  /** Envoy's response flag. */
  readonly flag?: string;
  /** Whose proxy it is that refuses: `namespace/pod`, `client`. */
  readonly by?: PodKey;
  readonly because: readonly SourceRef[];
}

/** One of the clusters that a route leads to. */
export interface MeshBranch {
  /** Of all requests that take the route. */
  readonly weight: Fraction;
  readonly host: string;
  readonly subset?: string;
  /** Of the service. */
  readonly port: number;
  /** As Envoy knows it: `outbound|80|v1|web.shop.svc.cluster.local`. */
  readonly cluster: string;
  readonly service?: MeshService;
  readonly endpoints: readonly MeshEndpoint[];
  readonly loadBalancer: string;
  readonly tls: HopTls;
  /** Does no DestinationRule say which TLS? Then each endpoint decides. */
  readonly isTlsAutomatic: boolean;
  readonly rule?: MergedRule;
  readonly chosenSubset?: PlacedSubset;
  /** The request as the proxy sends it there; undefined: nobody reads it. */
  readonly sent?: SentRequest;
  /** undefined: it arrives. */
  readonly failure?: BranchFailure;
  /** The field that names the destination; undefined: the service's own route. */
  readonly at?: SourceRef;
}

export interface MirrorBranch {
  readonly host: string;
  readonly subset?: string;
  readonly port: number;
  /** 0 to 100. */
  readonly percent: number;
  readonly pods: readonly PodKey[];
  readonly at?: SourceRef;
}

/** A VirtualService, or a route of one, that could have had the request. */
export interface PassedOver {
  readonly label: string;
  /** `beaten`: it would take the request too. */
  readonly kind: 'beaten' | 'does-not-match' | 'not-for-this-proxy';
  readonly reason: string;
  readonly at: SourceRef;
}

export interface MeshOutcome {
  readonly result: MeshResult;
  /** HTTP, of an answer that a proxy gives. */
  readonly status?: number;
  readonly grpcStatus?: string;
  readonly flag?: string;
  readonly reason: string;
  readonly branches: readonly MeshBranch[];
  readonly mirrors: readonly MirrorBranch[];
  readonly fault?: Fault;
  readonly redirect?: { readonly code: number; readonly location: string };
  /** The text that a proxy answers with. */
  readonly body?: string;
  readonly rewrite?: { readonly path?: string; readonly authority?: string };
  readonly timeout?: string;
  readonly retries?: RetryPolicy;
  /** Envoy's cluster where there is no destination: PassthroughCluster, BlackHoleCluster. */
  readonly cluster?: string;
  readonly route?: HttpRoute;
  /** A TLS or TCP rule that decided. */
  readonly l4Rule?: Placed<unknown>;
  readonly set?: RuleSet;
  readonly virtualHost?: string;
  /** Who refuses, where it is not the client's own proxy. */
  readonly by?: PodKey;
  readonly authorization?: 'allow' | 'deny';
  /** What decided, beside the route. */
  readonly because: readonly SourceRef[];
  /** Computed when asked for: there may be thousands. */
  passedOver(): readonly PassedOver[];
  /** What can change the answer and is not modelled. */
  readonly unmodelled: readonly Diagnostic[];
}

/** An outcome with what most of them lack filled in. */
export function outcome(part: Pick<MeshOutcome, 'result' | 'reason'> & Partial<MeshOutcome>): MeshOutcome {
  return { branches: [], mirrors: [], because: [], passedOver: () => [], unmodelled: [], ...part };
}
