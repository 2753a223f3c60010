/** Variables of containers that name Services: which one each means, and whether it is there. */

import { expandReferences } from '../control/env/expand.ts';
import type { EnvEntry } from '../k8s/container-env.ts';
import type { FieldPath } from '../source/document.ts';
import { type Address, addressesIn } from './address-forms.ts';
import { type CheckInput, type OfInput, perInput } from './check-input.ts';
import { containerEnvs, type WrittenEnv } from './container-envs.ts';
import type { PodGroup } from './pod-groups.ts';

/** How the name of a Service is written. */
export type NameForm = 'bare' | 'with-namespace' | 'whole';

/** An address that means a Service of the cluster. */
export interface EnvAddress {
  readonly group: PodGroup;
  readonly entry: EnvEntry;
  /** Where the value stands in the object. */
  readonly path: FieldPath;
  readonly address: Address;
  readonly form: NameForm;
  readonly namespace: string;
  readonly service: string;
  readonly exists: boolean;
  /** Of `name.ns.svc.DOMAIN`, where that is not the domain of the cluster. */
  readonly foreignDomain?: string;
}

/** A host outside the cluster, as far as one can see. */
export interface OutsideAddress extends Pick<EnvAddress, 'group' | 'entry' | 'path' | 'address'> {
  readonly outside: true;
}

/** Every address in the variables of the input's containers that means a Service. */
export const envAddresses: OfInput<readonly EnvAddress[]> = perInput((input) =>
  allAddresses(input).flatMap((each) => ('outside' in each ? [] : [each])),
);

/** Those that mean hosts outside. */
export const outsideAddresses: OfInput<readonly OutsideAddress[]> = perInput((input) =>
  allAddresses(input).flatMap((each) => ('outside' in each ? [each] : [])),
);

const allAddresses: OfInput<readonly (EnvAddress | OutsideAddress)[]> = perInput((input) =>
  containerEnvs(input).flatMap((env) => addressesOf(input, env)),
);

const servicePorts: OfInput<ReadonlySet<number>> = perInput(({ snapshot }) => {
  const { services } = snapshot.cluster;
  return new Set(services.flatMap(({ body }) => body.ports.map(({ port }) => port)));
});

/** Namespaces that the input has objects in, and those of every cluster. */
const knownNamespaces: OfInput<ReadonlySet<string>> = perInput(
  ({ snapshot, assumedNamespaces }) =>
    new Set([...snapshot.cluster.namespaces.keys(), ...assumedNamespaces.keys()]),
);

function addressesOf(
  input: CheckInput,
  { group, written }: WrittenEnv,
): readonly (EnvAddress | OutsideAddress)[] {
  const known = new Map<string, string>();
  const aliases = new Set(group.spec.hostAliases?.flatMap(({ hostnames }) => hostnames));
  return written.env.flatMap((entry) => {
    if (entry.source !== undefined) return [];
    const { text } = expandReferences(entry.value, (name) => known.get(name));
    known.set(entry.name, text);
    if (/\$\(|\$\{|\{\{/.test(text)) return [];
    const path = [...entry.path, 'value'];
    return addressesIn({ name: entry.name, value: text }, (port) => servicePorts(input).has(port))
      .filter(({ host }) => !aliases.has(host) && host !== group.spec.hostname)
      .map((address) => {
        const place = { group, entry, path, address };
        const meaning = meaningOf(input, group.namespace, address.host);
        return meaning === undefined ? { ...place, outside: true as const } : { ...place, ...meaning };
      });
  });
}

type Meaning = Pick<EnvAddress, 'form' | 'namespace' | 'service' | 'exists' | 'foreignDomain'>;

/** What a name means to a pod of the namespace; undefined for a name of the world outside. */
function meaningOf(input: CheckInput, own: string, host: string): Meaning | undefined {
  const labels = host.split('.');
  const svc = labels.indexOf('svc');
  if (svc >= 2) return wholeName(input, labels, svc);
  const [first = '', second] = labels;
  if (second === undefined) return meaning(input, { form: 'bare', namespace: own, service: first });
  if (labels.length > 2) return undefined;
  // `web-0.web`: a pod of a headless Service beside the asking one.
  if (input.hasService(own, second)) return meaning(input, { form: 'bare', namespace: own, service: second });
  if (!knownNamespaces(input).has(second)) return undefined;
  return meaning(input, { form: 'with-namespace', namespace: second, service: first });
}

function wholeName(input: CheckInput, labels: readonly string[], svc: number): Meaning | undefined {
  const domain = labels.slice(svc + 1).join('.');
  // Names of other clusters (KEP-1645).
  if (domain === 'clusterset.local') return undefined;
  const named: Omit<Meaning, 'exists'> = {
    form: 'whole',
    namespace: labels[svc - 1] ?? '',
    service: labels[svc - 2] ?? '',
  };
  const isForeign = domain !== '' && domain !== input.snapshot.profile.clusterDomain;
  return { ...meaning(input, named), ...(isForeign ? { foreignDomain: domain } : {}) };
}

function meaning(input: CheckInput, named: Omit<Meaning, 'exists'>): Meaning {
  return { ...named, exists: input.hasService(named.namespace, named.service) };
}

/** Does the pod ask the cluster DNS at all? */
export function asksClusterDns({ spec }: PodGroup): boolean {
  if (spec.dnsPolicy === 'ClusterFirstWithHostNet') return true;
  return spec.dnsPolicy === 'ClusterFirst' && !spec.hostNetwork;
}
