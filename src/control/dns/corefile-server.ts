/** The server of a Corefile that a ConfigMap of the input holds. Source: coredns/coredns:core/dnsserver/register.go. */

import { configMapsNamed } from '../../cluster/facts/fact.ts';
import type { Report } from '../../diagnostics/diagnostic.ts';
import { nearest } from '../../diagnostics/did-you-mean.ts';
import type { OtherObject } from '../../k8s/object.ts';
import type { ObjectSet } from '../../k8s/read.ts';
import {
  type Corefile,
  type CorefileToken,
  type Directive,
  readCorefile,
  type ServerBlock,
} from '../../source/corefile.ts';
import { isMapping, type Span } from '../../source/document.ts';
import { nestedPlaces } from '../../source/nested.ts';
import { refTo, type SourceRef } from '../../source/ref.ts';
import type { ControlPlane } from '../control-plane.ts';
import { normalName } from './name.ts';
import { type DnsPlugin, type PluginContext, type PluginReader, zonesOfKey } from './plugin.ts';
import {
  PLUGINS_WITHOUT_EFFECT,
  type PluginOverrides,
  pluginReaders,
  UNMODELLED_PLUGINS,
} from './plugins.ts';
import type { Ask } from './record.ts';
import { type DnsServer, type ServerBlockPlugins, serverOfBlocks } from './server.ts';
import type { ServerFacts } from './settings.ts';

const KEY = 'Corefile';

export interface CorefileSource {
  /** The field of the ConfigMap. */
  readonly at: SourceRef;
  readonly text: string;
  /** The other files that the server's pod mounts from ConfigMaps, by path as far as it is known. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * The Corefile of the cluster's DNS: in ConfigMap coredns of its namespace (kubeadm, k3s, kind, EKS, AKS), or one
 * of a chart, whose name ends with it.
 */
export function findCorefile(
  objects: ObjectSet,
  namespace: string,
  report: Report,
): CorefileSource | undefined {
  const maps = objects.otherOfKind('ConfigMap').length === 0 ? [] : coreMaps(objects, namespace);
  for (const map of maps) checkText(map, report);
  const holder =
    maps.find(({ name, raw }) => dataOf(raw).has(KEY) && name === 'coredns') ??
    maps.find(({ raw }) => dataOf(raw).has(KEY));
  if (holder === undefined) return undefined;
  const files = new Map<string, string>();
  for (const map of maps) {
    for (const [key, text] of dataOf(map.raw)) {
      if (key === KEY) continue;
      files.set(map === holder ? `/etc/coredns/${key}` : `/etc/coredns/custom/${key}`, text);
    }
  }
  return { at: refTo(holder.origin, 'data', KEY), text: dataOf(holder.raw).get(KEY) ?? '', files };
}

/** Texts of a ConfigMap are texts: the API server refuses all else. */
function checkText({ raw, origin }: OtherObject, report: Report): void {
  const data = isMapping(raw) ? raw['data'] : undefined;
  const value = isMapping(data) && Object.hasOwn(data, KEY) ? data[KEY] : '';
  if (typeof value === 'string') return;
  report({
    code: 'corefile-invalid',
    severity: 'warning',
    text: 'Corefile: is no text, the API server refuses the ConfigMap; write it as a block: Corefile: |',
    sources: [{ at: refTo(origin, 'data', KEY), role: 'primary' }],
  });
}

/** ConfigMaps about CoreDNS; `coredns-custom` holds what users of AKS and k3s add. */
function coreMaps(objects: ObjectSet, namespace: string): readonly OtherObject[] {
  const isNear = ({ namespace: own }: OtherObject) => own === namespace;
  return configMapsNamed(objects, 'coredns').filter(isNear);
}

function dataOf(raw: unknown): ReadonlyMap<string, string> {
  const data = isMapping(raw) && isMapping(raw['data']) ? raw['data'] : {};
  return new Map(
    Object.entries(data).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** What a server is made from besides its Corefile. */
export interface CorefileParts {
  readonly control: ControlPlane;
  readonly facts: ServerFacts;
  readonly overrides: PluginOverrides;
  readonly report: Report;
}

/** Builds the server. What CoreDNS would refuse is reported, and left out. */
export function corefileServer(source: CorefileSource, parts: CorefileParts): DnsServer {
  const reporting = reportsAt(source, parts.report);
  const corefile = readCorefile(source.text, importedFrom(source));
  for (const { text, span } of corefile.problems) reporting.refuse({ text: '', span }, text);
  checkBlocks(corefile, reporting);
  const server = serverOfBlocks(parts.control, parts.facts, (ask) =>
    corefile.blocks.map((block) => blockPlugins(block, { ...parts, ...reporting, ask, source })),
  );
  return { ...server, origin: source.at };
}

type Reporting = Pick<PluginContext, 'refuse' | 'unmodelled'>;

function reportsAt({ at, text }: CorefileSource, report: Report): Reporting {
  const places = nestedPlaces(at, text);
  const placed = (span: Span) => ({ file: at.document.file, span: places(span) });
  return {
    refuse: ({ span }, problem) =>
      report({
        code: 'corefile-invalid',
        severity: 'warning',
        text: `Corefile: ${problem}; CoreDNS does not start with it, the rest is used`,
        sources: [{ at: placed(span), role: 'primary' }],
      }),
    unmodelled: ({ span }, what) =>
      report({
        code: 'unmodelled',
        severity: 'warning',
        text: `Corefile: ${what}; names that it answers are answered as if it were not there`,
        sources: [{ at: placed(span), role: 'primary' }],
      }),
  };
}

/** Files of an `import`: a pattern that fits no file of the directory of users' additions is nothing to complain of. */
function importedFrom({ files }: CorefileSource): (pattern: string) => readonly string[] | undefined {
  return (pattern) => {
    const expression = new RegExp(
      `^${pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*')}$`,
    );
    const found = [...files].filter(([path]) => expression.test(path)).map(([, text]) => text);
    return found.length > 0 || pattern.includes('*') ? found : undefined;
  };
}

const HIGHEST_PORT = 65_535;

/** Two blocks for one zone and port, or a port that is none: CoreDNS does not start. */
function checkBlocks({ blocks }: Corefile, { refuse }: Reporting): void {
  const seen = new Set<string>();
  for (const { keys } of blocks) {
    for (const key of keys) {
      const port = /:(\d+)$/.exec(key.text)?.[1] ?? '53';
      if (Number(port) > HIGHEST_PORT) refuse(key, `listen tcp: address ${port}: invalid port`);
      for (const zone of zonesOfKey(key.text)) {
        if (seen.has(`${zone}:${port}`)) refuse(key, `cannot serve ${zone}:${port} - it is already defined`);
        seen.add(`${zone}:${port}`);
      }
    }
  }
}

interface BlockParts extends CorefileParts, Reporting {
  readonly ask: Ask;
  readonly source: CorefileSource;
}

/** Plugins are made from the end of the chain, so that one can ask for another behind it. */
function blockPlugins({ keys, directives }: ServerBlock, parts: BlockParts): ServerBlockPlugins {
  const zones = keys.flatMap(({ text }) => zonesOfKey(text));
  const readers = pluginReaders(parts.overrides);
  const made = new Map<string, DnsPlugin>();
  const context: PluginContext = {
    control: parts.control,
    facts: parts.facts,
    zones,
    ask: parts.ask,
    plugin: (name) => made.get(name),
    fileText: (path) => parts.source.files.get(path),
    refuse: parts.refuse,
    unmodelled: parts.unmodelled,
  };
  for (const reader of readers.toReversed()) {
    const own = directives.filter(({ name }) => name.text === reader.directive);
    const plugin = own.length === 0 ? undefined : reader.read(own, context);
    if (plugin !== undefined) made.set(reader.directive, plugin);
  }
  reportOthers(directives, readers, parts);
  return {
    zones: zones.map(normalName),
    plugins: readers.flatMap(({ directive }) => made.get(directive) ?? []),
  };
}

function reportOthers(
  directives: readonly Directive[],
  readers: readonly PluginReader[],
  reporting: Reporting,
): void {
  const known = new Set(readers.map(({ directive }) => directive));
  for (const { name } of directives) {
    if (known.has(name.text) || PLUGINS_WITHOUT_EFFECT.has(name.text)) continue;
    if (UNMODELLED_PLUGINS.has(name.text)) {
      reporting.unmodelled(name, `plugin ${name.text} is not modelled`);
      continue;
    }
    reporting.unmodelled(name, unknownDirective(name, known));
  }
}

function unknownDirective({ text }: CorefileToken, known: ReadonlySet<string>): string {
  const [near] = nearest(text, [...known, ...PLUGINS_WITHOUT_EFFECT], 1);
  return `no plugin ${text} is known${near === undefined ? '' : `, did you mean ${near}?`}`;
}
