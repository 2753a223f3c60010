/**
 * API objects as written: the shapes we use, nothing derived. A reader sees one object and never
 * another. Maps stand for label sets, so that `__proto__` is a label like any other.
 */

import type { SourceRef } from '../source/ref.ts';
import type { Fields } from './fields.ts';
import type { Complaint } from './name-forms.ts';

export type Labels = ReadonlyMap<string, string>;

export interface ObjectMeta {
  readonly name: string;
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly owners: readonly OwnerReference[];
}

export interface OwnerReference {
  readonly kind: string;
  readonly name: string;
  readonly controller: boolean;
}

export interface K8sObject<Kind extends string, Body> {
  readonly apiVersion: string;
  readonly kind: Kind;
  readonly metadata: ObjectMeta;
  readonly body: Body;
  /** The object's own place; field paths are relative to it. */
  readonly origin: SourceRef;
}

/** How objects are read: as people write them (defaults filled in) or as the API server stores them. */
export interface ReadOptions {
  readonly defaults: boolean;
}

/** Reads the parts of one kind. One file per kind, listed in kinds.ts. */
export interface KindReader<Kind extends string, Body> {
  readonly kind: Kind;
  /** The kind as objects write it, where another group has one of the same name. */
  readonly writtenKind?: string;
  /** Served versions, newest first; an object of another version of the group is read all the same. */
  readonly apiVersions: readonly string[];
  /** Other versions of them that today's API server serves, or stores, too. */
  readonly stillServed?: readonly string[];
  readonly namespaced: boolean;
  /** The form of its names; undefined: a subdomain (NameIsDNSSubdomain), as most kinds have it. */
  readonly nameForm?: Complaint;
  /**
   * Reads everything but apiVersion, kind and metadata (which is handed in). Bad fields are reported and
   * left out.
   */
  read(fields: Fields, metadata: ObjectMeta, options: ReadOptions): Body;
}

/** An object that no reader knows; it is kept for what may ask for it by kind. */
export interface OtherObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly origin: SourceRef;
  /** The name and namespace need the document's value: reading them parses it. */
  readonly name: string;
  readonly namespace: string;
  readonly raw: unknown;
}
