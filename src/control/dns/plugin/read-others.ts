/** Directives whose plugins have few settings: forward, autopath, k8s_external, minimal, any. */

import { normalName } from '../name.ts';
import {
  type DnsPlugin,
  fallthroughZones,
  numberArg,
  type PluginContext,
  type PluginReader,
  zonesOf,
} from '../plugin.ts';
import { reply } from '../record.ts';
import { EXTERNAL_DEFAULTS, type ExternalSettings } from '../settings.ts';
import { autopathPlugin, podSearches } from './autopath.ts';
import { externalPlugin } from './external.ts';
import { forwardPlugin } from './forward.ts';
import type { KubernetesPlugin } from './kubernetes.ts';

/** coredns/coredns:plugin/forward/setup.go: what is not in FROM, or in `except`, goes on. */
export const forwardReader: PluginReader = {
  directive: 'forward',
  read(directives, { facts, refuse }) {
    const forwards = directives.flatMap(({ name, args, block }) => {
      const [from, ...to] = args;
      if (from === undefined || to.length === 0) {
        refuse(name, 'forward: needs a zone and a server: forward . /etc/resolv.conf');
        return [];
      }
      const excepted = block.filter((line) => line.name.text === 'except').flatMap((line) => line.args);
      const settings = { from: normalName(from.text), except: excepted.map(({ text }) => normalName(text)) };
      return [forwardPlugin(settings, facts)];
    });
    return chain('forward', forwards);
  },
};

/** Plugins of one name, one after the other. */
function chain(name: string, plugins: readonly DnsPlugin[]): DnsPlugin | undefined {
  if (plugins.length === 0) return undefined;
  return {
    name,
    answer: (question, next) =>
      plugins.reduceRight((rest, plugin) => (asked) => plugin.answer(asked, rest), next)(question),
  };
}

/** coredns/coredns:plugin/autopath/setup.go: `[ZONE…] RESOLV-CONF`, of which only `@kubernetes` is a list that we know. */
export const autopathReader: PluginReader = {
  directive: 'autopath',
  read(directives, context) {
    const [directive] = directives;
    const source = directive?.args.at(-1);
    if (directive === undefined || source === undefined) {
      if (directive !== undefined) context.refuse(directive.name, 'autopath: no resolv-conf specified');
      return undefined;
    }
    const zones = zonesOf(directive.args.slice(0, -1), context.zones);
    if (source.text !== '@kubernetes') {
      const own = [...context.facts.searches.map(normalName), '.'];
      return autopathPlugin({ zones, searchesOf: () => own });
    }
    const kubernetes = context.plugin('kubernetes');
    if (kubernetes !== undefined) {
      const searchesOf = podSearches(kubernetes as KubernetesPlugin, context.facts.searches);
      return autopathPlugin({ zones, searchesOf });
    }
    context.refuse(source, 'autopath: plugin kubernetes is not in this server block');
    return undefined;
  },
};

/** coredns/coredns:plugin/k8s_external/setup.go. */
export function externalReader(override: Partial<ExternalSettings>): PluginReader {
  return {
    directive: 'k8s_external',
    read(directives, context) {
      const [directive] = directives;
      if (directive === undefined) return undefined;
      const kubernetes = context.plugin('kubernetes');
      if (kubernetes === undefined) {
        context.refuse(directive.name, 'k8s_external: plugin kubernetes is not in this server block');
        return undefined;
      }
      const settings = { ...EXTERNAL_DEFAULTS, zones: zonesOf(directive.args, context.zones) };
      const lines = directive.block.map((line) => externalProperty(line, context));
      return externalPlugin(Object.assign(settings, ...lines, override), kubernetes as KubernetesPlugin);
    },
  };
}

type Line = Parameters<typeof fallthroughZones>[0];

function externalProperty(line: Line, { refuse }: PluginContext): Partial<ExternalSettings> {
  const [first] = line.args;
  switch (line.name.text) {
    case 'ttl': {
      const ttl = numberArg(first, 0, 3600);
      if (ttl === undefined) refuse(first ?? line.name, 'k8s_external: ttl must be in range [0, 3600]');
      return ttl === undefined ? {} : { ttl };
    }
    case 'apex':
      return first === undefined ? {} : { apex: first.text };
    case 'headless':
      return { headless: true };
    case 'fallthrough':
      return { fallthrough: fallthroughZones(line) };
    default:
      refuse(line.name, `k8s_external: unknown property '${line.name.text}'`);
      return {};
  }
}

/** coredns/coredns:plugin/minimal: no records but the answer, unless it is a referral or a miss. */
export const minimalReader: PluginReader = {
  directive: 'minimal',
  read: () => ({
    name: 'minimal',
    answer(question, next) {
      const found = next(question);
      return found.answer.length === 0 ? found : { ...found, authority: [], additional: [] };
    },
  }),
};

/** coredns/coredns:plugin/any: RFC 8482. */
export const anyReader: PluginReader = {
  directive: 'any',
  read: () => ({
    name: 'any',
    answer(question, next) {
      if (question.type !== 'ANY') return next(question);
      const record = {
        name: question.name,
        type: 'HINFO',
        ttl: 8482,
        data: '"ANY obsoleted" "See RFC 8482"',
      };
      return reply('any', 'NOERROR', { answer: [record] });
    },
  }),
};
