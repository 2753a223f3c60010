/**
 * The answer to `trace` as programs read it (schema/trace.schema.json; a test holds the two together).
 * The text view reads this and nothing else, save manifest lines for code frames.
 */

import type { DiagnosticCode } from '../diagnostics/codes.ts';
import type { Severity, SourceRole } from '../diagnostics/diagnostic.ts';
import type { Hook } from '../netfilter/ruleset.ts';
import type { Disposition, Reason, Result, Symptom } from '../trace/disposition.ts';

export interface TraceAnswer {
  readonly schema: 'k8snet/trace/1';
  readonly tool: { readonly name: 'k8snet'; readonly version: string };
  readonly question: Question;
  readonly profile: { readonly cni: string; readonly proxy: string; readonly kubernetes: string };
  readonly result: Result;
  /** Failures first, then in the order of their backends. */
  readonly paths: readonly PathAnswer[];
  readonly diagnostics: readonly DiagnosticAnswer[];
  readonly assumptions: readonly AssumptionAnswer[];
}

export interface Question {
  readonly from: PlaceAnswer;
  /** As typed. */
  readonly to: string;
  readonly protocol: 'tcp' | 'udp' | 'sctp' | 'icmp';
  /** The request that is sent, where the target is a URL or an option says something of it. */
  readonly http?: HttpAnswer;
}

export interface HttpAnswer {
  readonly method: string;
  /** The Host header. */
  readonly host: string;
  /** With its query, as the client sends it. */
  readonly path: string;
  /** Those that the question gives, the Host left out. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The server name of the TLS handshake. */
  readonly sni?: string;
  readonly grpc?: true;
}

export interface PlaceAnswer {
  readonly kind: 'pod' | 'node' | 'proxy' | 'loadbalancer' | 'external' | 'resolver';
  readonly name: string;
  readonly namespace?: string;
  readonly node?: string;
  readonly address?: string;
}

export interface PathAnswer {
  /** Exact share of new connections, `1/3`. */
  readonly weight: string;
  readonly backends: readonly string[];
  readonly disposition: Disposition;
  readonly reason?: Reason;
  readonly symptom: Symptom;
  /** What the policies of each side say of the asked connection, whether or not they are enforced. */
  readonly policy?: { readonly egress: 'allow' | 'deny'; readonly ingress: 'allow' | 'deny' };
  /** What a proxy on the path answered or did. */
  readonly l7?: L7Answer;
  readonly legs: readonly LegAnswer[];
  readonly serverSees?: ServerView;
}

export interface L7Answer {
  /** That the proxy gives; absent when the request went to a backend. */
  readonly status?: number;
  /** Envoy's response flag. */
  readonly flag?: string;
  readonly grpcStatus?: string;
  /** Of a redirect. */
  readonly location?: string;
  readonly mirroredTo?: readonly { readonly backend: string; readonly percent?: number }[];
}

/** What the program that takes the connection sees of its client. */
export interface ServerView {
  /** An address. */
  readonly peer: string;
  /** Of the request: Host, and what proxies on the way added. */
  readonly headers?: Readonly<Record<string, string>>;
  /** With its query, as it arrives. */
  readonly path?: string;
}

/** One transport connection; a name look-up is a leg of its own. */
export interface LegAnswer {
  readonly purpose: 'lookup' | 'request' | 'proxied';
  readonly hops: readonly HopAnswer[];
  readonly reply?: { readonly disposition: Disposition; readonly hops: readonly HopAnswer[] };
}

/** One network namespace, or one opaque device. */
export interface HopAnswer {
  readonly place: PlaceAnswer;
  readonly steps: readonly StepAnswer[];
}

export type StepKind =
  | 'resolve'
  | 'originate'
  | 'receive'
  | 'match'
  | 'translate'
  | 'track'
  | 'route'
  | 'neighbor'
  | 'bridge'
  | 'encapsulate'
  | 'decapsulate'
  | 'policy'
  | 'balance'
  | 'terminate-tls'
  | 'l7-route'
  | 'l7-rewrite'
  | 'proxy'
  | 'transmit'
  | 'accept'
  | 'end';

export interface StepAnswer {
  readonly kind: StepKind;
  readonly verdict?: 'allow' | 'deny' | 'ignored' | 'pass' | 'reject' | 'drop';
  /** For people; may change between versions. */
  readonly text: string;
  readonly where?: Where;
  readonly changes?: readonly Change[];
  readonly packet?: PacketAnswer;
  readonly because?: readonly SourceAnswer[];
  readonly assumed?: readonly string[];
  readonly detail?: Readonly<Record<string, unknown>> & { readonly tried?: readonly TriedRuleAnswer[] };
}

/** A rule that was tried: `detail.tried` of the steps of a hook, where the question asks for rules. */
export interface TriedRuleAnswer {
  readonly chain: string;
  /** Counted from 1. */
  readonly position: number;
  /** As iptables-save spells it. */
  readonly rule: string;
  readonly matched: boolean;
  /** Why it did not match: the first condition that does not hold, and what the packet has. */
  readonly why?: string;
  readonly because?: readonly SourceAnswer[];
}

export interface Where {
  readonly in?: string;
  readonly out?: string;
  readonly hook?: Hook | 'connect' | 'tc-ingress' | 'tc-egress';
  readonly table?: string;
  /** Of a base chain of nftables, whose tables have any name. */
  readonly type?: 'filter' | 'nat';
  readonly chain?: readonly string[];
  readonly rule?: string;
}

export interface Change {
  readonly field: 'src' | 'dst' | 'ttl' | 'mark' | 'outer' | 'host' | 'path' | 'header';
  readonly from: string | number | null;
  readonly to: string | number | null;
  readonly nat?: 'dnat' | 'snat' | 'masquerade' | 'redirect' | 'reverse';
}

export interface PacketAnswer {
  readonly src: string;
  readonly dst: string;
  readonly protocol: string;
  readonly ttl: number;
  readonly mark?: string;
  readonly outer?: {
    readonly kind: 'vxlan' | 'geneve' | 'ipip' | 'wireguard' | 'udp';
    readonly src: string;
    readonly dst: string;
    readonly vni?: number;
    readonly ttl: number;
  };
}

export interface SourceAnswer {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly object?: string;
  readonly path?: string;
  readonly label?: string;
  readonly role?: SourceRole;
}

export interface DiagnosticAnswer {
  readonly severity: Severity;
  readonly code: DiagnosticCode;
  readonly text: string;
  readonly sources?: readonly SourceAnswer[];
  readonly help?: readonly HelpAnswer[];
}

export interface HelpAnswer {
  readonly text: string;
  readonly applicability?: 'exact' | 'likely' | 'has-placeholders';
  /** What to write where: `insert` before the place, or `replace` the text there. */
  readonly edit?: EditAnswer;
  /** What to write besides: only all of it together does what is said. */
  readonly also?: readonly EditAnswer[];
  /** Connections that following the advice allows, and forbids. */
  readonly opens?: readonly string[];
  readonly closes?: readonly string[];
}

export interface EditAnswer {
  readonly source: SourceAnswer;
  readonly insert?: string;
  readonly replace?: string;
}

export interface AssumptionAnswer {
  readonly code: string;
  readonly text: string;
  readonly values?: readonly string[];
  /** True when another value would change the disposition. */
  readonly decisive: boolean;
}
