/**
 * NodeLocal DNSCache: its DaemonSet, which runs k8s-dns-node-cache on every node, and where that listens
 * (kubernetes/kubernetes:cluster/addons/dns/nodelocaldns/nodelocaldns.yaml; kubernetes/dns:cmd/node-cache/main.go).
 */

import type { ObjectSet } from '../../k8s/read.ts';
import { type Ip, parseIp } from '../../net/ip.ts';
import { readCorefile } from '../../source/corefile.ts';
import { isMapping } from '../../source/document.ts';
import { refTo, type SourceRef } from '../../source/ref.ts';
import { flagsOf } from '../installed-programs.ts';
import { configMapsNamed, type Fact, type FactReader, fact } from './fact.ts';

const IMAGE = /(^|\/)k8s-dns-node-cache(:|@|$)/;

export const nodeLocalDnsFacts: FactReader = (objects) => {
  for (const { origin, body } of objects.ofKind('DaemonSet')) {
    const { containers } = body.template.spec;
    const own = containers.find(({ image }) => IMAGE.test(image ?? ''));
    if (own === undefined) continue;
    return [
      ...fact('dns.nodeLocal', true, refTo(origin, 'metadata', 'name')),
      ...(addressesInArguments(refTo(origin, ...own.path)) ?? addressesInCorefile(objects)),
    ];
  }
  return [];
};

/** `-localip 169.254.20.10,10.96.0.10`: the addresses that the program puts on its device. undefined: it says none. */
function addressesInArguments(container: SourceRef): readonly Fact[] | undefined {
  const flag = flagsOf(container).get('localip');
  const addresses = addressesOf(flag?.value.split(',') ?? []);
  return flag === undefined || addresses.length === 0
    ? undefined
    : fact('dns.nodeLocalAddresses', addresses, flag.at);
}

/** `bind` of the server of the ConfigMap node-local-dns; a manifest that is not rendered has placeholders there. */
function addressesInCorefile(objects: ObjectSet): readonly Fact[] {
  return configMapsNamed(objects, 'node-local-dns').flatMap(({ raw, origin }) => {
    const data = isMapping(raw) ? raw['data'] : undefined;
    const text = isMapping(data) ? data['Corefile'] : undefined;
    if (typeof text !== 'string') return [];
    const bind = readCorefile(text, () => undefined)
      .blocks.flatMap(({ directives }) => directives)
      .find(({ name }) => name.text === 'bind');
    const addresses = addressesOf(bind?.args.map((word) => word.text) ?? []);
    return fact('dns.nodeLocalAddresses', addresses, refTo(origin, 'data', 'Corefile'));
  });
}

function addressesOf(words: readonly string[]): readonly Ip[] {
  return words.flatMap((word) => parseIp(word.trim()) ?? []);
}
