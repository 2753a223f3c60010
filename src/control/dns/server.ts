/**
 * The cluster's DNS server: server blocks by zone, each a chain of plugins. Without a Corefile it is one block
 * with the plugins that kubeadm's has. Source: coredns/coredns:core/dnsserver/server.go ServeDNS.
 */

import { once } from '../../collections/once.ts';
import type { SourceRef } from '../../source/ref.ts';
import type { ControlPlane } from '../control-plane.ts';
import { type ClusterNames, clusterNames } from './cluster-names.ts';
import { absolute, zoneOfName } from './name.ts';
import { autopathPlugin, podSearches } from './plugin/autopath.ts';
import { externalPlugin } from './plugin/external.ts';
import { forwardPlugin, upstreamReply } from './plugin/forward.ts';
import { type KubernetesPlugin, kubernetesPlugin } from './plugin/kubernetes.ts';
import type { DnsPlugin, KnownName } from './plugin.ts';
import { type Ask, type DnsQuestion, type DnsReply, reply } from './record.ts';
import type { DnsServerSettings, KubernetesSettings, ServerFacts } from './settings.ts';

export interface ServerBlockPlugins {
  /** Lower case, absolute. */
  readonly zones: readonly string[];
  /** In the order in which they are asked. */
  readonly plugins: readonly DnsPlugin[];
}

/** Zones that a server serves from the cluster's objects. */
export interface ServedZones {
  readonly settings: KubernetesSettings;
  readonly names: ClusterNames;
}

export interface DnsServer {
  readonly control: ControlPlane;
  readonly facts: ServerFacts;
  /** The Corefile that it is set up by; undefined without one. */
  readonly origin?: SourceRef;
  /** What the plugins `kubernetes` of its blocks serve. */
  readonly served: readonly ServedZones[];
  /** The names that the plugins list, in the order of their blocks and chains; one may come twice. */
  readonly knownNames: () => Iterable<KnownName>;
  /** One question. The name is taken as absolute, with or without its final dot. */
  readonly ask: Ask;
}

/** A server of one block. */
export function dnsServer(control: ControlPlane, settings: DnsServerSettings): DnsServer {
  return serverOfBlocks(control, settings, (ask) => {
    const { kubernetes: own, external, autopath } = settings;
    const names = clusterNames(control, own);
    const kubernetes = kubernetesPlugin({ names, settings: own, facts: settings, ask });
    const zones = own.zones;
    const searches = { zones, searchesOf: podSearches(kubernetes, settings.searches) };
    const plugins: readonly DnsPlugin[] = [
      ...(autopath ? [autopathPlugin(searches)] : []),
      ...(external === undefined ? [] : [externalPlugin(external, kubernetes)]),
      kubernetes,
      forwardPlugin({ from: '.', except: [] }, settings),
    ];
    return [{ zones: ['.'], plugins }];
  });
}

/** @param makeBlocks gets the server's own `ask`, to be used when a question is answered. */
export function serverOfBlocks(
  control: ControlPlane,
  facts: ServerFacts,
  makeBlocks: (ask: Ask) => readonly ServerBlockPlugins[],
): DnsServer {
  const ask: Ask = (question) => askBlocks(byZone(), absoluteQuestion(question));
  const blocks = makeBlocks((question) => ask(question));
  // Of two blocks with one zone the first one counts.
  const zonesOf = ({ zones, plugins }: ServerBlockPlugins) => zones.map((zone) => [zone, plugins] as const);
  const byZone = once(() => new Map(blocks.flatMap(zonesOf).toReversed()));
  const served = blocks.flatMap(({ plugins }) => plugins.filter(isKubernetes).map(({ parts }) => parts));
  return { control, facts, served, ask, knownNames: () => namesOf(blocks) };
}

function absoluteQuestion(question: DnsQuestion): DnsQuestion {
  return question.name.endsWith('.') ? question : { ...question, name: absolute(question.name) };
}

function* namesOf(blocks: readonly ServerBlockPlugins[]): Generator<KnownName> {
  for (const { plugins } of blocks) for (const { knownNames } of plugins) yield* knownNames?.() ?? [];
}

function isKubernetes(plugin: DnsPlugin): plugin is KubernetesPlugin {
  return plugin.name === 'kubernetes' && 'parts' in plugin;
}

/** The block with the longest zone is asked, and no other one; outside of all zones: REFUSED. */
function askBlocks(byZone: ReadonlyMap<string, readonly DnsPlugin[]>, question: DnsQuestion): DnsReply {
  const zone = zoneOfName(byZone.keys(), question.name.toLowerCase());
  const plugins = byZone.get(zone ?? '');
  return plugins === undefined
    ? reply('server', 'REFUSED', { authoritative: false })
    : askPlugins(plugins, question, 0);
}

/** A chain that nobody ends: SERVFAIL where a plugin was there to answer, else REFUSED (plugin.NextOrFailure). */
function askPlugins(plugins: readonly DnsPlugin[], question: DnsQuestion, index: number): DnsReply {
  const plugin = plugins[index];
  if (plugin === undefined)
    return reply('server', index === 0 ? 'REFUSED' : 'SERVFAIL', { authoritative: false });
  return plugin.answer(question, (next) => askPlugins(plugins, next, index + 1));
}

/** What a name server outside the cluster answers. */
export function askOutside({ facts }: DnsServer, question: DnsQuestion): DnsReply {
  return upstreamReply(facts, absoluteQuestion(question));
}
