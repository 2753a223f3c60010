/** A name that was looked up, for whoever explains what came of it. */

import type { Pod } from '../cluster/cluster.ts';
import { labelsOf, withoutFinalDot } from '../control/dns/name.ts';
import type { MissReason } from '../control/dns/record.ts';
import type { NameLookupResult, Resolver, ResolverHost } from '../control/dns/resolver/resolver.ts';
import type { IpFamily } from '../net/ip.ts';
import type { Snapshot } from './snapshot.ts';

export interface Looked {
  readonly snapshot: Snapshot;
  readonly pod: Pod;
  /** As typed, and as it was asked. */
  readonly typed: string;
  readonly name: string;
  readonly resolver: Resolver;
  readonly host: ResolverHost;
  readonly result: NameLookupResult;
  /** The family whose addresses are of use; undefined: both, or a type that is no address. */
  readonly family?: IpFamily;
}

/** Why a name has no address. */
export interface Explanation {
  readonly text: string;
  readonly help: readonly string[];
  readonly reason?: MissReason;
  readonly label?: string;
  readonly at?: NonNullable<Pod['origin']>;
}

/** The labels before the cluster's zone and `svc`: `api`, `shop` of `api.shop.svc.cluster.local`. */
export function clusterLabels({ profile }: Snapshot, name: string): readonly string[] {
  const bare = withoutFinalDot(name).toLowerCase();
  const zone = `.${profile.clusterDomain.toLowerCase()}`;
  const short = bare.endsWith(zone) ? bare.slice(0, -zone.length) : bare;
  return labelsOf(short.endsWith('.svc') ? short.slice(0, -'.svc'.length) : short);
}
