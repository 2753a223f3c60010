/** The CNIs we can wire. A new one is one file in cni/ and one line here. */

import type { Cluster } from '../cluster/cluster.ts';
import type { SourceRef } from '../source/ref.ts';
import { flannel } from './cni/flannel.ts';
import type { Cni, CniSettings, Facets } from './cni.ts';
import { detectUnmodelledCni } from './unmodelled-cnis.ts';

export const CNIS: readonly Cni[] = [flannel];

/** Wired when nothing is named or detected (assumption A_CNI). */
const ASSUMED: Cni = flannel;

/** The engine that is taken to enforce policies when nobody says which CNI it is (A_POLICY_ENGINE). */
const GENERIC_ENGINE = 'generic packet filter';

export interface ChosenCni {
  readonly facets: Facets;
  readonly settings: CniSettings;
  readonly source: 'profile' | 'detected' | 'assumed';
  readonly origin?: SourceRef;
  /** A CNI that the input shows or names, but that is not modelled; the wiring is another one's. */
  readonly unmodelled?: { readonly name: string; readonly origin?: SourceRef };
}

/** Which CNI wires this cluster: the profile's, else the one the manifests show, else the assumed one. */
export function chooseCni(cluster: Cluster): ChosenCni {
  const { profile } = cluster;
  if (profile.cni.name !== undefined) {
    const named = CNIS.find(({ name }) => name === profile.cni.name);
    const backend = profile.cni.backend ?? named?.backends[0];
    if (named?.backends.includes(backend ?? '')) return wired(cluster, named, { source: 'profile' });
    return wired(cluster, ASSUMED, {
      source: 'profile',
      unmodelled: { name: [profile.cni.name, profile.cni.backend].filter((part) => part).join(' ') },
    });
  }
  return detected(cluster) ?? wired(cluster, ASSUMED, { source: 'assumed' });
}

/** One that is not modelled goes first: canal is flannel's overlay with Calico's links and policies. */
function detected(cluster: Cluster): ChosenCni | undefined {
  const unmodelled = detectUnmodelledCni(cluster);
  if (unmodelled !== undefined) return wired(cluster, ASSUMED, { source: 'assumed', unmodelled });
  for (const cni of CNIS) {
    const evidence = cni.detect(cluster);
    if (evidence === undefined) continue;
    const { backend, origin } = evidence;
    const at = origin === undefined ? {} : { origin };
    if (backend !== undefined && !cni.backends.includes(backend)) {
      return wired(cluster, ASSUMED, {
        source: 'assumed',
        unmodelled: { name: `${cni.name} ${backend}`, ...at },
      });
    }
    return wired(cluster, cni, { source: 'detected', options: evidence.options ?? {}, ...at });
  }
  return undefined;
}

type Choice = Pick<ChosenCni, 'source' | 'origin' | 'unmodelled'> & {
  readonly options?: Readonly<Record<string, unknown>>;
};

function wired(cluster: Cluster, cni: Cni, { options, ...choice }: Choice): ChosenCni {
  const { profile } = cluster;
  const settings: CniSettings = {
    backend: cni.backends[0] ?? '',
    clusterCidrs: profile.podCidrs,
    options: { ...options, ...profile.cni.options },
    ...(profile.cni.mtu === undefined ? {} : { mtu: profile.cni.mtu }),
  };
  const facets = cni.facets(settings);
  const known = choice.source !== 'assumed' && choice.unmodelled === undefined;
  const enforces = profile.cni.enforcesPolicy ?? (known ? facets.policy.enforces : true);
  const policy = enforces
    ? facets.policy.enforces
      ? facets.policy
      : { enforces, engine: GENERIC_ENGINE }
    : { enforces };
  return { ...choice, settings, facets: { ...facets, policy } };
}
