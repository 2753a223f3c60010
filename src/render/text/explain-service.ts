/** The answer to `explain svc/NAME` as people read it: the Service, its doors, its endpoints, what breaks. */

import type {
  Door,
  ExplainedEndpoint,
  ExplainedPort,
  ServiceExplanation,
} from '../../query/service-explanation.ts';
import type { Renderer } from '../renderer.ts';
import { diagnosticBlocks } from './cause.ts';
import { type Line, plain, wrap } from './layout.ts';
import { type Page, pageOf, spellAnswer } from './page.ts';
import { mark, placeText } from './sources.ts';
import { painter } from './style.ts';
import { type Block, type Row, tableBlock } from './table.ts';

const LABEL = 15;

export const serviceRenderer: Renderer<ServiceExplanation> = {
  format: 'text',
  render(answer, view) {
    const spelled = spellAnswer(answer, view);
    const page = pageOf(view);
    const paint = painter(view.color);
    const blocks: readonly Block[] =
      page.level === 'brief'
        ? [[headline(spelled)]]
        : [
            [headline(spelled), ...about(spelled, page)],
            tableBlock(
              'ports',
              spelled.ports.length,
              spelled.ports.map((port) => portRow(port, page)),
              page,
            ),
            ...spelled.doors.map((door) => doorBlock(door, page)),
            tableBlock('endpoints', spelled.endpoints.length, spelled.endpoints.map(endpointRow), page),
            ...diagnosticBlocks(spelled.findings, page),
          ];
    return blocks
      .filter((block) => block.length > 0)
      .map((block) => block.map((line) => `${paint(line)}\n`).join(''))
      .join('\n');
  },
};

/** `shop/web   LoadBalancer 10.96.0.50   2 of 3 endpoints ready   k8s/web.yaml:1`. */
function headline({ service, endpoints }: ServiceExplanation): Line {
  const { namespace, name, type, headless, clusterIps, externalName, at } = service;
  const ready = endpoints.filter((endpoint) => endpoint.ready).length;
  const word = headless ? 'headless' : type;
  const ips = clusterIps.value.length === 0 ? '' : ` ${clusterIps.value.join(', ')}${mark(clusterIps)}`;
  const count =
    externalName === undefined
      ? `   ${ready} of ${endpoints.length} endpoints ready`
      : ` for ${externalName}`;
  return [
    { text: `${namespace}/${name}`, tone: 'place' },
    plain(`   ${word}${ips}`),
    { text: count, ...(externalName === undefined && ready === 0 ? { tone: 'bad' as const } : {}) },
    { text: at === undefined ? '' : `   ${placeText(at)}`, tone: 'dim' },
  ];
}

function about({ selector, policies }: ServiceExplanation, page: Page): readonly Line[] {
  const labels = Object.entries(selector ?? {}).map(([key, value]) => `${key}=${value}`);
  const words = [
    ...(policies.internalTrafficPolicy === undefined ? [] : [`internal ${policies.internalTrafficPolicy}`]),
    ...(policies.externalTrafficPolicy === undefined ? [] : [`external ${policies.externalTrafficPolicy}`]),
    ...(policies.sessionAffinitySeconds === undefined
      ? []
      : [`a client keeps its backend for ${policies.sessionAffinitySeconds} s`]),
    ...(policies.trafficDistribution === undefined ? [] : [policies.trafficDistribution]),
  ];
  return [
    ...labelled('selector', labels.length === 0 ? 'none' : labels.join(', '), page),
    ...(words.length === 0 ? [] : labelled('policies', words.join(', '), page)),
  ];
}

function portRow({ name, port, protocol, targetPort, nodePort, endpoints }: ExplainedPort, page: Page): Row {
  const node = nodePort === undefined ? '' : `node port ${nodePort.value}${mark(nodePort)}`;
  const ready =
    endpoints.ready === endpoints.total
      ? `${endpoints.ready} ready`
      : `${endpoints.ready} of ${endpoints.total} ready`;
  const cells = [
    name ?? '-',
    `${port}/${protocol} ${page.glyphs.flows} ${targetPort}`,
    node,
    endpoints.total === 0 ? 'no endpoint' : ready,
  ];
  return { cells, details: [] };
}

const DOOR_WORDS: Readonly<Record<Door['kind'], string>> = {
  name: 'name',
  'cluster-ip': 'ClusterIP',
  'node-port': 'node ports',
  'external-ip': 'external IPs',
  'load-balancer': 'load balancer',
};

function doorBlock(door: Door, page: Page): Block {
  const { kind, at, from, uses, sourceRanges, balancer } = door;
  const open = sourceRanges === undefined ? 'from anywhere' : `from ${sourceRanges.join(', ')}`;
  const isLocal = uses === 'endpoints of the node';
  const pods = isLocal && from === 'anywhere' ? ' (pods and nodes: every endpoint)' : '';
  const sentences = [
    from === 'inside' ? 'from pods and nodes' : open,
    ...(kind === 'name' ? [] : [`to ${uses}${pods}`]),
    ...seesWords(door),
  ];
  return [
    ...labelled(DOOR_WORDS[kind], at.length === 0 ? 'no address yet' : at.join(', '), page),
    ...labelled('', sentences.join('; '), page),
    ...(balancer === undefined ? [] : labelled('', balancerWords(balancer), page)),
  ];
}

/** Whom the server sees; pods and clients outside are told apart only where it differs. */
function seesWords({ sees: { pod, outside } }: Door): readonly string[] {
  const whom = {
    client: 'the address of the client',
    node: 'an address of the node',
    'load-balancer': 'the load balancer',
  };
  const both = pod ?? outside;
  if (both === undefined) return [];
  if (pod === undefined || outside === undefined || pod === outside) return [`the server sees ${whom[both]}`];
  return [`the server sees ${whom[pod]} for pods, ${whom[outside]} for others`];
}

function balancerWords({
  delivery,
  nodes,
  excluded,
  healthCheckNodePort,
}: NonNullable<Door['balancer']>): string {
  const how = {
    vip: 'hands packets on for its own address',
    'node-port': 'hands packets on to the node port',
    proxy: 'opens connections of its own to the node port',
  };
  const why = {
    label: 'excluded by its label',
    'not-ready': 'not ready',
    'no-local-endpoint': 'without endpoint',
  };
  const left = excluded.map(({ node, why: reason }) => `${node} (${why[reason]})`);
  return [
    how[delivery],
    `to ${nodes.join(', ') || 'no node'}`,
    ...(left.length === 0 ? [] : [`not to ${left.join(', ')}`]),
    ...(healthCheckNodePort === undefined ? [] : [`asks health check node port ${healthCheckNodePort}`]),
  ].join('; ');
}

function endpointRow(endpoint: ExplainedEndpoint): Row {
  const { address, pod, node, zone, ready, serving, terminating, ports, at } = endpoint;
  const state = ready
    ? 'ready'
    : terminating
      ? serving
        ? 'terminating, serving'
        : 'terminating'
      : 'not ready';
  const where = zone === undefined ? (node ?? '-') : `${node ?? '-'} (${zone})`;
  const cells = [
    address,
    ports.map(({ port }) => port).join(',') || 'no port',
    pod ?? '-',
    where,
    state,
    at === undefined ? '' : placeText(at),
  ];
  return { cells, details: [] };
}

function labelled(label: string, text: string, page: Page): readonly Line[] {
  const [first = [], ...more] = wrap([plain(text)], { width: page.width, start: LABEL, hang: LABEL });
  return [[plain(label.padEnd(LABEL)), ...first], ...more];
}
