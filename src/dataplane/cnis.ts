/** The CNIs we can wire. A new one is one file in cni/ and one line here. */

import type { Cluster } from '../cluster/cluster.ts';
import { nearest } from '../diagnostics/did-you-mean.ts';
import { type Cidr, parseCidr } from '../net/cidr.ts';
import { parseIp } from '../net/ip.ts';
import { isMapping } from '../source/document.ts';
import type { SourceRef } from '../source/ref.ts';
import { antrea } from './cni/antrea.ts';
import { awsVpc } from './cni/aws-vpc.ts';
import { azure } from './cni/azure.ts';
import { bridge } from './cni/bridge.ts';
import { calico } from './cni/calico.ts';
import { calicoEbpf } from './cni/calico-ebpf.ts';
import { canal } from './cni/canal.ts';
import { cilium } from './cni/cilium.ts';
import { flannel } from './cni/flannel.ts';
import { gke } from './cni/gke.ts';
import { kindnet } from './cni/kindnet.ts';
import { kubenet } from './cni/kubenet.ts';
import {
  type Cni,
  type CniEvidence,
  type CniOption,
  type CniSettings,
  type Facets,
  type PolicyPoint,
  writtenCidrs,
} from './cni.ts';
import { genericPacketFilter } from './policy-engines.ts';
import { detectUnmodelledCni, UNMODELLED_CNIS } from './unmodelled-cnis.ts';

export const CNIS: readonly Cni[] = [
  flannel,
  bridge,
  kubenet,
  kindnet,
  calicoEbpf,
  calico,
  canal,
  cilium,
  antrea,
  awsVpc,
  gke,
  azure,
];

/** Wired when nothing is named or detected (assumption A_CNI). */
const ASSUMED: Cni = flannel;

export interface ChosenCni {
  readonly facets: Facets;
  readonly settings: CniSettings;
  readonly source: 'profile' | 'detected' | 'assumed';
  readonly origin?: SourceRef;
  /** A CNI that the input shows or names, but that is not modelled; the wiring is another one's. */
  readonly unmodelled?: { readonly name: string; readonly origin?: SourceRef };
  /** What is wrong with what the profile asks for: nothing can be answered. */
  readonly problems: readonly CniProblem[];
}

export interface CniProblem {
  readonly text: string;
  /** What may have been meant. */
  readonly candidates: readonly string[];
}

/** What a CNI is asked to be, by the words of the profile. */
export interface CniWish {
  readonly name: string;
  readonly backend?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly clusterCidrs?: readonly Cidr[];
}

/** The facets of a CNI by itself; undefined where there is no such CNI or backend. */
export function cniFacets(wish: CniWish): Facets | undefined {
  const cni = CNIS.find((each) => isCalled(each, wish.name));
  const backend = cni === undefined ? undefined : backendOf(cni, wish.backend ?? cni.backends[0]?.name ?? '');
  if (cni === undefined || backend === undefined) return undefined;
  return cni.facets({ backend, options: wish.options ?? {}, clusterCidrs: wish.clusterCidrs ?? [] });
}

/** Which CNI wires this cluster: the profile's, else the one the manifests show, else the assumed one. */
export function chooseCni(cluster: Cluster): ChosenCni {
  const { name } = cluster.profile.cni;
  if (name !== undefined) return named(cluster, name);
  // Nobody else replaces kube-proxy so.
  if (cluster.profile.proxy.mode === 'cilium') return named(cluster, cilium.name);
  return detected(cluster) ?? wired(cluster, ASSUMED, { source: 'assumed' });
}

function named(cluster: Cluster, name: string): ChosenCni {
  const cni = CNIS.find((each) => isCalled(each, name));
  if (UNMODELLED_CNIS.includes(name)) {
    const text = `CNI ${name} is not modelled, and its roads are no other one's`;
    return wired(cluster, ASSUMED, { source: 'profile', problems: [{ text, candidates: [] }] });
  }
  if (cni === undefined) {
    const names = CNIS.map((each) => each.name);
    const candidates = nearest(name, names, 3);
    const problem = {
      text: `no CNI ${name} is modelled`,
      candidates: candidates.length > 0 ? candidates : names,
    };
    return wired(cluster, ASSUMED, { source: 'profile', problems: [problem] });
  }
  // What the manifests show of the same CNI still counts where the profile is silent.
  const evidence = cni.detect(cluster);
  return wired(cluster, cni, { source: 'profile', ...(evidence === undefined ? {} : { evidence }) });
}

function isCalled({ name, aliases }: Pick<Cni, 'name' | 'aliases'>, word: string): boolean {
  return name === word || (aliases?.includes(word) ?? false);
}

/** One that is not modelled goes first: it may run beside the agent of one that is. */
function detected(cluster: Cluster): ChosenCni | undefined {
  const unmodelled = detectUnmodelledCni(cluster);
  if (unmodelled !== undefined) return wired(cluster, ASSUMED, { source: 'assumed', unmodelled });
  for (const cni of DETECTED_IN_TURN) {
    const evidence = cni.detect(cluster);
    if (evidence === undefined) continue;
    const { backend, origin } = evidence;
    const at = origin === undefined ? {} : { origin };
    if (backend !== undefined && backendOf(cni, backend) === undefined) {
      const name = `${cni.name} ${backend}`;
      return wired(cluster, ASSUMED, { source: 'assumed', unmodelled: { name, ...at } });
    }
    return wired(cluster, cni, { source: 'detected', evidence, ...at });
  }
  return undefined;
}

/** Canal has the agents of Calico and of flannel, and is told by both. */
const DETECTED_IN_TURN: readonly Cni[] = [canal, ...CNIS.filter((cni) => cni !== canal)];

/** The backend of that name or other name; undefined: the CNI has none. */
function backendOf({ backends }: Cni, word: string): string | undefined {
  return backends.find((backend) => isCalled(backend, word))?.name;
}

type Choice = Pick<ChosenCni, 'source' | 'origin' | 'unmodelled'> & {
  readonly evidence?: CniEvidence;
  readonly problems?: readonly CniProblem[];
};

function wired(cluster: Cluster, cni: Cni, { evidence, problems = [], ...choice }: Choice): ChosenCni {
  const { profile } = cluster;
  const asked = choice.source === 'profile' ? profile.cni.backend : undefined;
  const word = asked ?? evidence?.backend;
  const fallback = cni.backends[0]?.name ?? '';
  const backend = word === undefined ? fallback : (backendOf(cni, word) ?? fallback);
  const mtu = profile.cni.mtu ?? evidence?.mtu;
  const settings: CniSettings = {
    backend,
    clusterCidrs: profile.podCidrs,
    options: { ...evidence?.options, ...profile.cni.options },
    ...(mtu === undefined ? {} : { mtu }),
    ...(profile.proxy.mode === 'cilium' ? { replacesKubeProxy: true } : {}),
  };
  const facets = cni.facets(settings);
  const known = choice.source !== 'assumed' && choice.unmodelled === undefined;
  const wrong = choice.source === 'profile' ? problemsOf(cni, settings, { cluster, asked }) : [];
  const lacking = known ? cni.lacksFamilies?.(settings, profile.ipFamilies) : undefined;
  const families = lacking === undefined ? [] : [{ text: lacking, candidates: [] }];
  const policy = policyOf(profile.cni.enforcesPolicy, facets.policy, known);
  return {
    ...choice,
    settings,
    facets: { ...facets, policy },
    problems: [...problems, ...wrong, ...families],
  };
}

/** The profile decides whether policies are enforced; a CNI that nobody named may have any engine. */
function policyOf(asked: boolean | undefined, own: PolicyPoint, known: boolean): PolicyPoint {
  const enforces = asked ?? (known ? own.enforces : true);
  if (!enforces) return { enforces: false };
  return own.enforces ? own : genericPacketFilter;
}

function problemsOf(
  cni: Cni,
  settings: CniSettings,
  { cluster, asked }: { readonly cluster: Cluster; readonly asked: string | undefined },
): readonly CniProblem[] {
  const problems: CniProblem[] = [];
  if (asked !== undefined && backendOf(cni, asked) === undefined) {
    const names = cni.backends.map(({ name }) => name);
    const candidates = nearest(asked, names, 3);
    problems.push({
      text: `CNI ${cni.name} has no backend ${asked}`,
      candidates: candidates.length > 0 ? candidates : names,
    });
  }
  for (const [name, value] of Object.entries(cluster.profile.cni.options)) {
    problems.push(...optionProblems(cni, name, value));
  }
  const refused = cni.refuse?.(settings, cluster) ?? [];
  return [...problems, ...refused.map((text) => ({ text, candidates: [] }))];
}

function optionProblems({ name: cni, options }: Cni, name: string, value: unknown): readonly CniProblem[] {
  const option = options.find((each) => each.name === name);
  if (option === undefined) {
    const known = options.map((each) => each.name);
    return [{ text: `CNI ${cni} has no option ${name}`, candidates: nearest(name, known, 3) }];
  }
  const wanted = wantedValue(option);
  if (value === null || wanted.holds(value)) return [];
  const text = `cni.options.${name} of CNI ${cni}: ${JSON.stringify(value)} is not ${wanted.text}`;
  return [{ text, candidates: option.words ?? [] }];
}

interface WantedValue {
  readonly text: string;
  holds(value: unknown): boolean;
}

/** What an option's value must be. */
function wantedValue({ type, words }: CniOption): WantedValue {
  switch (type) {
    case 'boolean':
      return { text: 'a boolean', holds: (value) => typeof value === 'boolean' };
    case 'number':
      return { text: 'a number', holds: (value) => Number.isInteger(value) && Number(value) >= 0 };
    case 'cidrs':
      return { text: 'a list of ranges like 10.0.0.0/8', holds: isCidrList };
    case 'addresses':
      return { text: 'a mapping of nodes to addresses', holds: isAddressMapping };
    case 'word': {
      const text = words === undefined ? 'a text' : `one of ${words.join(', ')}`;
      const isOne = (word: string) => words === undefined || words.includes(word);
      return { text, holds: (value) => typeof value === 'string' && isOne(value) };
    }
  }
}

/** Node to address; interfaces of a node have more to say than one. */
function isAddressMapping(value: unknown): boolean {
  const isAddress = (text: unknown) => typeof text === 'string' && parseIp(text) !== undefined;
  return isMapping(value) && Object.values(value).every((each) => isMapping(each) || isAddress(each));
}

function isCidrList(value: unknown): boolean {
  return writtenCidrs(value).every((text) => text !== undefined && (text === '' || parseCidr(text)));
}
