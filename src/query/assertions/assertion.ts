/** An assertion: a question, and what its answer must be. A test file holds a list of them. */

import type { LabelSelector } from '../../k8s/selector.ts';
import type { Cidr } from '../../net/cidr.ts';
import type { SourceFile } from '../../source/file.ts';
import type { SourceRef } from '../../source/ref.ts';
import type { TraceQuestion } from '../asking.ts';
import type { DnsLookupQuestion } from '../dns-lookup.ts';
import type { IngressQuestion } from '../explain-ingress.ts';

interface Head {
  /** What its author calls it. */
  readonly name?: string;
  /** Why it must hold. */
  readonly reason?: string;
  readonly at: SourceRef;
}

/** What becomes of a packet. */
export interface PathAssertion extends Head {
  readonly kind: 'path';
  readonly question: TraceQuestion;
  /** A result, or a disposition, reason or symptom that every path must have. */
  readonly expect: string;
  /** Whom the server sees: `client`, `node`, an address or a reference. */
  readonly sees?: string;
}

/** What a name resolves to. */
export interface LookupAssertion extends Head {
  readonly kind: 'lookup';
  readonly question: DnsLookupQuestion;
  /** One status or rcode, or all the addresses, each written out or as a reference. */
  readonly expect: readonly string[];
}

/** Where a URL lands. */
export interface RequestAssertion extends Head {
  readonly kind: 'request';
  readonly question: IngressQuestion & { readonly url: string };
  /** A status, a Location, or all the backends. */
  readonly expect: readonly string[];
}

/** What policies say of every pair of two sets of peers. */
export interface PairsAssertion extends Head {
  readonly kind: 'pairs';
  readonly from: PeerSet;
  readonly to: PeerSet;
  /** `5432`, `53/udp`; undefined: every port. */
  readonly ports?: string;
  /** All of the ports for every pair, or none of them for any. */
  readonly expect: 'allowed' | 'denied';
}

export type Assertion = PathAssertion | LookupAssertion | RequestAssertion | PairsAssertion;

/** A set of pods and outside addresses. */
export type PeerSet =
  | { readonly kind: 'everything' }
  | { readonly kind: 'internet' }
  | { readonly kind: 'block'; readonly cidr: Cidr }
  /** Of a pod, a workload, a Service. */
  | { readonly kind: 'reference'; readonly text: string }
  /** Without a part: any namespace, any labels. */
  | {
      readonly kind: 'pods';
      readonly namespaces?: readonly string[];
      readonly namespaceSelector?: LabelSelector;
      readonly podSelector?: LabelSelector;
    }
  | { readonly kind: 'not'; readonly of: PeerSet }
  | { readonly kind: 'union'; readonly of: readonly PeerSet[] };

/** A file of assertions. What it says of its input holds where the command line says nothing. */
export interface TestFile {
  readonly file: SourceFile;
  readonly manifests: readonly string[];
  readonly namespace?: string;
  readonly profile?: string;
  readonly assertions: readonly Assertion[];
}
