/** The answer to `dns config` as people read it: the two files, and the names. */

import type { DnsConfigAnswer, HostsLine, ResolvConfLine } from '../../query/dns-config-answer.ts';
import type { Renderer } from '../renderer.ts';
import { assumedLines } from './assumed.ts';
import { blockRenderer } from './block-page.ts';
import { causeBlocks } from './cause.ts';
import { type Line, plain, wrap, wrapIndented } from './layout.ts';
import type { Page } from './page.ts';
import { placeText } from './sources.ts';
import { type Block, rowLines } from './table.ts';
import { count } from './words.ts';

const INDENT = 2;
const RESOLV_CONF_WORDS: Readonly<Record<ResolvConfLine['from'], string>> = {
  'cluster-dns': 'the cluster DNS',
  'cluster-domain': 'the cluster domain',
  kubelet: 'the kubelet',
  node: "the node's file",
  'dns-config': 'dnsConfig',
};
const HOSTS_WORDS: Readonly<Record<HostsLine['from'], string>> = {
  kubelet: 'every pod',
  pod: 'the pod itself',
  node: "the node's file",
  'host-aliases': 'hostAliases',
};

export const dnsConfigRenderer: Renderer<DnsConfigAnswer> = blockRenderer(allBlocks);

function allBlocks(answer: DnsConfigAnswer, page: Page): readonly Block[] {
  return [
    headline(answer, page),
    resolvConfBlock(answer, page),
    hostsBlock(answer, page),
    namesBlock(answer, page),
    ...causeBlocks({ diagnostics: answer.diagnostics, result: 'reachable' }, page),
    assumedLines(answer.assumptions, page),
  ];
}

/** `shop/web-0   ClusterFirst   asks 10.96.0.10, 3 search domains`. */
function headline({ pod, dnsPolicy, hostNetwork, resolvConf }: DnsConfigAnswer, page: Page): Block {
  const { nameservers, searches } = resolvConf;
  const policy = hostNetwork ? `${dnsPolicy}, hostNetwork` : dnsPolicy;
  const servers = nameservers.length === 0 ? 'asks nobody' : `asks ${nameservers.join(', ')}`;
  const list = searches.length === 0 ? 'no search domain' : count(searches.length, 'search domain');
  const text = `${pod.namespace}/${pod.name}   ${policy}   ${servers}, ${list}`;
  return wrap([plain(text)], { width: page.width, start: 0, hang: INDENT });
}

function resolvConfBlock({ resolvConf }: DnsConfigAnswer, page: Page): Block {
  const title: Line = [{ text: '/etc/resolv.conf', tone: 'place' }];
  if (page.level === 'verbose') {
    const rows = resolvConf.lines.map(({ kind, value, from, at }) => [
      kind,
      value,
      RESOLV_CONF_WORDS[from],
      at === undefined ? '' : placeText(at),
    ]);
    return [title, ...rowLines(rows, page)];
  }
  const lines = resolvConf.text.split('\n').filter((line) => line !== '');
  const box = { width: page.width, start: INDENT, hang: INDENT + 'search '.length };
  const shown = lines.length === 0 ? ['(empty)'] : lines;
  return [title, ...shown.flatMap((line) => wrapIndented([plain(line)], box))];
}

/** The lines that every pod has are left out by default. */
function hostsBlock({ hosts }: DnsConfigAnswer, page: Page): Block {
  const isVerbose = page.level === 'verbose';
  const title: Line = [{ text: '/etc/hosts', tone: 'place' }];
  const shown = hosts.lines.filter(({ from }) => isVerbose || from !== 'kubelet');
  const rows = shown.map(({ ip, names, from, at }) => [
    ip,
    names.join(' '),
    HOSTS_WORDS[from],
    at === undefined ? '' : placeText(at),
  ]);
  const hidden = hosts.lines.length - shown.length;
  const more = hidden === 0 ? [] : [[plain(`  and the ${hidden} lines of every pod (-v shows all)`)]];
  return [title, ...rowLines(rows, page), ...more];
}

function namesBlock({ names }: DnsConfigAnswer, page: Page): Block {
  if (names === undefined) return [];
  const { hostname, fqdn, dnsName } = names;
  const rows = [
    ['hostname', hostname],
    ...(fqdn === hostname ? [] : [['hostname -f', fqdn]]),
    ['in cluster DNS', dnsName ?? 'no name of its own'],
  ];
  const width = Math.max(...rows.map(([label = '']) => label.length)) + 2;
  return [
    [{ text: 'names', tone: 'place' }],
    ...rows.flatMap(([label = '', value = '']) =>
      wrapIndented([plain(label.padEnd(width) + value)], {
        width: page.width,
        start: INDENT,
        hang: INDENT + width,
      }),
    ),
  ];
}
