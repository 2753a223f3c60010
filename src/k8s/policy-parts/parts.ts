/**
 * What the kinds of the NetworkPolicy family are made of, in one shape: selectors, peers, ports and rules,
 * each with its place. An item that cannot be read stays in its list as `unreadable`, since a list that gets
 * empty would mean everything: such an item admits nothing, and denies everything.
 */

import type { Cidr } from '../../net/cidr.ts';
import type { PortProtocol } from '../../net/port-set.ts';
import type { FieldPath } from '../../source/document.ts';
import type { LabelSelector } from '../selector.ts';

/** A selector with its place, relative to the object. */
export interface PlacedSelector {
  readonly selector: LabelSelector;
  /** false: a requirement could not be read and is left out, so that it selects more than is written. */
  readonly readable: boolean;
  readonly path: FieldPath;
}

/** Pods by their namespace's labels and their own; what is absent selects everything. */
export interface PodsPart {
  readonly kind: 'pods';
  readonly namespaces?: PlacedSelector;
  readonly pods?: PlacedSelector;
  readonly path: FieldPath;
}

export interface PlacedCidr {
  readonly cidr: Cidr;
  readonly path: FieldPath;
}

export type PeerPart =
  | PodsPart
  | {
      readonly kind: 'block';
      readonly cidr: Cidr;
      readonly except: readonly PlacedCidr[];
      readonly path: FieldPath;
    }
  | { readonly kind: 'nodes'; readonly nodes: PlacedSelector; readonly path: FieldPath }
  | { readonly kind: 'domains'; readonly names: readonly string[]; readonly path: FieldPath }
  | { readonly kind: 'unreadable'; readonly path: FieldPath };

export type PortPart =
  | {
      readonly kind: 'range';
      readonly protocol: PortProtocol;
      readonly from: number;
      readonly to: number;
      readonly path: FieldPath;
    }
  | {
      readonly kind: 'named';
      readonly name: string;
      /** undefined: of whatever protocol the port of that name is. */
      readonly protocol?: PortProtocol;
      readonly path: FieldPath;
    }
  | { readonly kind: 'unreadable'; readonly path: FieldPath };

export type PolicyAction = 'allow' | 'deny' | 'pass';

export interface RulePart {
  readonly action: PolicyAction;
  readonly name?: string;
  /** undefined: every peer, also outside addresses and nodes. */
  readonly peers?: readonly PeerPart[];
  /** undefined: all ports and protocols. */
  readonly ports?: readonly PortPart[];
  readonly path: FieldPath;
}
