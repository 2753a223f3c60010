/**
 * The answer to `explain cluster` as people read it: a table for each sort of thing. A `?` behind a value
 * says that it is assumed; `-v` names the source of every value.
 */

import type {
  ClusterAnswer,
  Fact,
  KindCount,
  NodeAnswer,
  ServiceAnswer,
  SettingAnswer,
  SettingValue,
} from '../../query/cluster-answer.ts';
import type { Renderer } from '../renderer.ts';
import { blockRenderer } from './block-page.ts';
import { type Line, plain, wrap } from './layout.ts';
import type { Page } from './page.ts';
import { podRows } from './pod-rows.ts';
import { mark, placeText, sourceText } from './sources.ts';
import { type Block, indented, MOST_ROWS, type Row, rowLines, tableBlock } from './table.ts';
import { count } from './words.ts';

/** What the default level shows also when nobody gave it. */
const KEY_SETTINGS: ReadonlySet<string> = new Set([
  'kubernetes',
  'clusterDomain',
  'podCIDRs',
  'serviceCIDRs',
  'cni.name',
  'cni.enforcesPolicy',
  'proxy.mode',
  'dns.clusterIPs',
]);

export const clusterRenderer: Renderer<ClusterAnswer> = blockRenderer(allBlocks);

function allBlocks(answer: ClusterAnswer, page: Page): readonly Block[] {
  return [
    headline(answer, page),
    [
      ...kindLines('objects', answer.objects.read, page),
      ...kindLines('skipped', answer.objects.skipped, page),
    ],
    unmodelledBlock(answer, page),
    settingsBlock(answer, page),
    tableBlock('nodes', answer.nodes.length, answer.nodes.map(nodeRow), page),
    tableBlock('pods', answer.pods.length, podRows(answer.pods, page, MOST_ROWS), page),
    tableBlock(
      'services',
      answer.services.length,
      answer.services.map((one) => serviceRow(one, page)),
      page,
    ),
    legend(answer, page),
  ];
}

/** `authored manifests   3 files   9 objects read, 2 skipped, 1 not modelled`. */
function headline({ input, objects }: ClusterAnswer, page: Page): Block {
  const total = (kinds: readonly KindCount[]) => kinds.reduce((sum, kind) => sum + kind.count, 0);
  const what = input.mode === 'stored' ? 'dump of a cluster' : 'authored manifests';
  const counts = [
    `${count(total(objects.read), 'object')} read`,
    `${total(objects.skipped)} skipped`,
    `${objects.unmodelled.length} not modelled`,
  ];
  return wrap([plain(`${what}   ${count(input.files, 'file')}   ${counts.join(', ')}`)], box(page, 0, 2));
}

function kindLines(label: string, kinds: readonly KindCount[], page: Page): readonly Line[] {
  if (kinds.length === 0) return [];
  const text = kinds.map(({ kind, count: amount }) => `${kind} ${amount}`).join(', ');
  return wrap([plain(`${label}  ${text}`)], box(page, 0, label.length + 2));
}

function unmodelledBlock({ objects }: ClusterAnswer, page: Page): Block {
  const rows = objects.unmodelled.map(({ kind, namespace, name, at }) => ({
    cells: [`${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`, placeText(at)],
    details: [],
  }));
  return tableBlock('not modelled, may change answers', rows.length, rows, page);
}

function settingsBlock({ settings }: ClusterAnswer, page: Page): Block {
  const shown = settings.filter(
    ({ key, source, unmodelled }) =>
      page.level === 'verbose' || source !== 'assumed' || unmodelled !== undefined || KEY_SETTINGS.has(key),
  );
  const hidden = settings.length - shown.length;
  const lines = rowLines(
    shown.flatMap((setting) => settingRows(setting)),
    page,
  );
  const more = hidden === 0 ? [] : [indented(`and ${count(hidden, 'more setting')} (-v shows all)`)];
  return [[plain('settings')], ...lines, ...more];
}

function settingRows(setting: SettingAnswer): readonly (readonly string[])[] {
  const { key, value, unmodelled } = setting;
  const row = [key, settingText(value), sourceText(setting)];
  if (unmodelled === undefined) return [row];
  const where = unmodelled.at === undefined ? '' : placeText(unmodelled.at);
  return [row, ['', `instead of ${unmodelled.value}, not modelled yet`, where]];
}

function settingText(value: SettingValue): string {
  if (typeof value !== 'object') return String(value);
  return value.length === 0 ? '-' : value.join(', ');
}

function nodeRow(node: NodeAnswer): Row {
  const { name, addresses, podCidrs, mtu, pods } = node;
  const own = node.source === 'assumed' ? `${name}?` : name;
  return {
    cells: [own, listText(addresses), listText(podCidrs), count(pods, 'pod'), sourceText(node)],
    details: [
      ['addresses', addresses.value.join(', '), sourceText(addresses)],
      ['pod CIDRs', podCidrs.value.join(', '), sourceText(podCidrs)],
      ['MTU', String(mtu.value), sourceText(mtu)],
    ],
  };
}

function listText(fact: Fact<readonly string[]>): string {
  return fact.value.length === 0 ? '-' : `${fact.value.join(', ')}${mark(fact)}`;
}

function serviceRow(service: ServiceAnswer, page: Page): Row {
  const { clusterIps, endpoints, at, externalName } = service;
  const isAlias = externalName !== undefined;
  const { flows } = page.glyphs;
  const ports = service.ports.map(({ port, protocol, targetPort, nodePort }) => {
    const node = nodePort === undefined ? '' : ` (${nodePort.value}${mark(nodePort)})`;
    return `${port}${protocol === 'tcp' ? '' : `/${protocol}`}${targetPort === port ? '' : ` ${flows} ${targetPort}`}${node}`;
  });
  return {
    cells: [
      `${service.namespace}/${service.name}`,
      addressText(service, page),
      isAlias ? '-' : endpointText(endpoints),
      ports.join(', '),
      at === undefined ? 'every cluster' : placeText(at),
    ],
    details: [
      ...(clusterIps.value.length === 0
        ? []
        : [['cluster IPs', clusterIps.value.join(', '), sourceText(clusterIps)]]),
      ...service.ports.flatMap(({ port, nodePort }) =>
        nodePort === undefined
          ? []
          : [[`node port of ${port}`, String(nodePort.value), sourceText(nodePort)]],
      ),
    ],
  };
}

/** `10.96.3.4?`, `NodePort 10.96.3.4?`, `headless`, `→ db.example.com`. */
function addressText(
  { type, headless, clusterIps, externalIps, externalName }: ServiceAnswer,
  page: Page,
): string {
  if (externalName !== undefined) return `${page.glyphs.flows} ${externalName}`;
  if (headless) return 'headless';
  const word = type === 'ClusterIP' ? '' : `${type} `;
  return word + [listText(clusterIps), ...externalIps].join(', ');
}

function endpointText({ total, ready }: ServiceAnswer['endpoints']): string {
  if (total === 0) return 'nobody';
  return ready === total ? `${ready} ready` : `${ready} of ${total} ready`;
}

function legend(answer: ClusterAnswer, page: Page): Block {
  const facts = [
    ...answer.nodes.flatMap((node) => [node.addresses, node.podCidrs]),
    ...answer.pods.flatMap((pod) => [pod.addresses, pod.readiness]),
    ...answer.services.map((service) => service.clusterIps),
  ];
  if (facts.every(({ source }) => source !== 'assumed')) return [];
  const text = '?  assumed, nobody wrote it (-v and -o json name the source of every value)';
  return wrap([plain(text)], box(page, 0, 3));
}

function box(page: Page, start: number, hang: number) {
  return { width: page.width, start, hang };
}
