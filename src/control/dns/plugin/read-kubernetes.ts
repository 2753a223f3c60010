/** The directive `kubernetes` of a Corefile. Source: coredns/coredns:plugin/kubernetes/setup.go ParseStanza. */

import type { LabelSelector, SelectorRequirement } from '../../../k8s/selector.ts';
import type { Directive } from '../../../source/corefile.ts';
import { clusterNames } from '../cluster-names.ts';
import { isReverseZone } from '../name.ts';
import { fallthroughZones, numberArg, type PluginContext, type PluginReader, zonesOf } from '../plugin.ts';
import { type KubernetesSettings, PLUGIN_DEFAULTS, type PodMode } from '../settings.ts';
import { kubernetesPlugin } from './kubernetes.ts';

/** What a line sets, or what is wrong with it. */
type Property = (line: Directive) => Partial<KubernetesSettings> | string;

const POD_MODES: readonly string[] = ['disabled', 'insecure', 'verified'];

const PROPERTIES: ReadonlyMap<string, Property> = new Map<string, Property>([
  ['pods', readPods],
  ['ttl', readTtl],
  ['namespaces', readNamespaces],
  ['namespace_labels', (line) => readSelector(line, (namespaceSelector) => ({ namespaceSelector }))],
  ['labels', (line) => readSelector(line, (selector) => ({ selector }))],
  ['fallthrough', (line) => ({ fallthrough: fallthroughZones(line) })],
  ['endpoint_pod_names', () => ({ endpointPodNames: true })],
  ['noendpoints', () => ({ noEndpoints: true })],
  ['zonal', () => ({ zonal: true })],
  ['ignore', readIgnore],
  ['multicluster', ({ args }) => ({ multicluster: zonesOf(args, []) })],
]);

/** How the server reaches the API, or how fast: nothing that answers show. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'endpoint',
  'tls',
  'kubeconfig',
  'startup_timeout',
  'apiserver_qps',
  'apiserver_burst',
  'apiserver_max_inflight',
  'upstream',
  'resyncperiod',
  'transfer',
]);

/** @param override what the profile says instead of the Corefile. */
export function kubernetesReader(override: Partial<KubernetesSettings>): PluginReader {
  return {
    directive: 'kubernetes',
    read(directives, context) {
      const [first, second] = directives;
      if (first === undefined) return undefined;
      if (second !== undefined)
        context.refuse(second.name, 'plugin kubernetes stands twice in one server block');
      const written = readStanza(first, context);
      if (written === undefined) return undefined;
      const settings = withOverride(written, override);
      const { control, facts, ask } = context;
      return kubernetesPlugin({ names: clusterNames(control, settings), settings, facts, ask });
    },
  };
}

/** Zones of addresses in the profile take the place of those in the Corefile; the others stay. */
function withOverride(
  written: KubernetesSettings,
  override: Partial<KubernetesSettings>,
): KubernetesSettings {
  const { zones, ...rest } = override;
  if (zones === undefined) return { ...written, ...rest };
  return { ...written, ...rest, zones: [...written.zones.filter((zone) => !isReverseZone(zone)), ...zones] };
}

function readStanza(directive: Directive, context: PluginContext): KubernetesSettings | undefined {
  const zones = zonesOf(directive.args, context.zones);
  if (zones.every(isReverseZone)) {
    context.refuse(directive.name, 'kubernetes: non-reverse zone name must be used');
    return undefined;
  }
  let settings: KubernetesSettings = { ...PLUGIN_DEFAULTS, zones };
  for (const line of directive.block) {
    if (WITHOUT_EFFECT.has(line.name.text)) continue;
    const read = PROPERTIES.get(line.name.text)?.(line) ?? `unknown property '${line.name.text}'`;
    if (typeof read === 'string') context.refuse(line.args[0] ?? line.name, `kubernetes: ${read}`);
    else settings = { ...settings, ...read };
  }
  checkTogether(settings, directive, context);
  return settings;
}

function checkTogether(settings: KubernetesSettings, { name }: Directive, { refuse }: PluginContext): void {
  if (settings.namespaces.size > 0 && settings.namespaceSelector !== undefined) {
    refuse(name, 'kubernetes: namespaces and namespace_labels cannot both be set');
  }
  const foreign = settings.multicluster.find((zone) => !settings.zones.includes(zone));
  if (foreign !== undefined)
    refuse(name, `kubernetes: is not authoritative for the multicluster zone ${foreign}`);
  if (settings.zonal && settings.noEndpoints) {
    refuse(name, 'kubernetes: zonal requires the endpoint cache; remove noendpoints');
  }
}

function readPods({ args }: Directive): ReturnType<Property> {
  const word = args[0]?.text ?? '';
  if (POD_MODES.includes(word)) return { pods: word as PodMode };
  return `wrong value for pods: ${word}, must be one of: disabled, verified, insecure`;
}

function readTtl({ args }: Directive): ReturnType<Property> {
  const ttl = numberArg(args[0], 0, 3600);
  return ttl === undefined ? `ttl must be in range [0, 3600]: ${args[0]?.text ?? ''}` : { ttl };
}

function readNamespaces({ args }: Directive): ReturnType<Property> {
  return args.length === 0
    ? 'namespaces needs a name'
    : { namespaces: new Set(args.map(({ text }) => text)) };
}

function readIgnore({ args }: Directive): ReturnType<Property> {
  const word = args[0]?.text ?? '';
  return word === 'empty_service' ? { ignoreEmptyService: true } : `unable to parse ignore value: '${word}'`;
}

function readSelector(
  { name, args }: Directive,
  toSettings: (selector: LabelSelector) => Partial<KubernetesSettings>,
): ReturnType<Property> {
  const selector = parseLabelSelector(args.map(({ text }) => text).join(' '));
  return selector === undefined
    ? `unable to parse label selector value of ${name.text}`
    : toSettings(selector);
}

const REQUIREMENT = /^(!)?\s*([\w./-]+)\s*(?:(==?|!=)\s*([\w.-]*)|\s(in|notin)\s*\(([^()]*)\))?$/;

/** `app=web,tier in (a, b),!debug`. Source: kubernetes/apimachinery:pkg/labels/selector.go. */
function parseLabelSelector(text: string): LabelSelector | undefined {
  const requirements = text.split(/,(?![^()]*\))/).map((part) => parseRequirement(part.trim()));
  const matchExpressions = requirements.filter((each) => each !== undefined);
  return matchExpressions.length < requirements.length
    ? undefined
    : { matchLabels: new Map(), matchExpressions };
}

function parseRequirement(text: string): SelectorRequirement | undefined {
  const [, not, key, sign, value = '', word, list = ''] = REQUIREMENT.exec(text) ?? [];
  if (key === undefined) return undefined;
  if (sign !== undefined) return { key, operator: sign === '!=' ? 'NotIn' : 'In', values: [value] };
  if (word === undefined) return { key, operator: not === undefined ? 'Exists' : 'DoesNotExist', values: [] };
  const values = list.split(',').map((each) => each.trim());
  return { key, operator: word === 'in' ? 'In' : 'NotIn', values };
}
