/**
 * The plugin `autopath`: the server walks the search list of a client that asks for the first step of it.
 * Source: coredns/coredns:plugin/autopath/autopath.go, cname.go, plugin/kubernetes/autopath.go.
 */

import { isWithin, joinName, normalName, zoneOfName } from '../name.ts';
import type { DnsPlugin } from '../plugin.ts';
import { type Ask, type DnsQuestion, type DnsReply, reply } from '../record.ts';
import type { KubernetesPlugin } from './kubernetes.ts';

const NAME = 'autopath';

export interface AutopathSettings {
  /** Names in these are walked. */
  readonly zones: readonly string[];
  /** The search list of the client; undefined: not known, nothing is walked. */
  searchesOf(question: DnsQuestion): readonly string[] | undefined;
}

/** Makes the plugin. */
export function autopathPlugin(settings: AutopathSettings): DnsPlugin {
  return { name: NAME, answer: (question, next) => walk(settings, question, next) };
}

/**
 * `autopath @kubernetes`: the list of the pod that asks, as the plugin guesses it. Only `pods verified` knows
 * pods. @param own the server's own search list.
 */
export function podSearches(
  kubernetes: KubernetesPlugin,
  own: readonly string[],
): AutopathSettings['searchesOf'] {
  const { names, settings } = kubernetes.parts;
  return ({ name, client }) => {
    const zone = zoneOfName(settings.zones, name.toLowerCase());
    if (zone === undefined || client === undefined || settings.pods !== 'verified') return undefined;
    const [pod] = names.podsAt(client);
    if (pod === undefined) return undefined;
    const services = joinName('svc', zone);
    return [joinName(pod.namespace, services), services, zone, ...own.map(normalName), '.'];
  };
}

function walk(settings: AutopathSettings, question: DnsQuestion, next: Ask): DnsReply {
  const name = question.name.toLowerCase();
  const searches = zoneOfName(settings.zones, name) === undefined ? undefined : settings.searchesOf(question);
  const [first] = searches ?? [];
  if (searches === undefined || first === undefined || !isWithin(first, name)) return next(question);
  // Nothing is left of the name without the list's first entry, which is an error of the plugin (TrimZone).
  if (name === first) return reply(NAME, 'SERVFAIL', { authoritative: false });
  const base = question.name.slice(0, -(first.length + 1));
  let failed: DnsReply | undefined;
  for (const search of searches) {
    const found = next({ ...question, name: joinName(base, search) });
    if (found.rcode === 'NOERROR') return withAlias(found, question.name);
    failed ??= found;
  }
  return failed ?? next(question);
}

/** The asked name becomes an alias of the one that was found. */
function withAlias(found: DnsReply, asked: string): DnsReply {
  const other = found.answer.find(({ name }) => name.toLowerCase() !== asked.toLowerCase());
  if (other === undefined) return found;
  const alias = { name: asked, type: 'CNAME', ttl: other.ttl, data: other.name };
  return { ...found, answer: [alias, ...found.answer] };
}
