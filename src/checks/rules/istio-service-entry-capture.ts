import type { ServiceEntryObject } from '../../k8s/kinds/service-entry.ts';
import { isTls, maybeHttp, protocolNamed } from '../../l7/istio/protocol.ts';
import { istioObject } from '../example-meshes.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

export const istioServiceEntryCapture: Rule = {
  name: 'istio-service-entry-capture',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['ServiceEntry'],
  what: 'A ServiceEntry has a TCP port and no address.',
  why: 'Proxies then listen for the port on every address: connections of all pods to that port, wherever they go, are sent to the host of the entry.',
  fix: 'write addresses, or a protocol that has a name in it (HTTP, TLS)',
  sources: ['istio/istio:pkg/config/analysis/analyzers/serviceentry/protocoladdresses.go'],
  examples: {
    bad: { manifests: entry('') },
    good: { manifests: entry(', addresses: [203.0.113.7]') },
  },
  run: (input) => input.snapshot.objects.ofKind('ServiceEntry').flatMap(hitsOf),
};

function entry(more: string): string {
  const spec = `hosts: [db.example.com], ports: [{number: 5432, name: tcp, protocol: TCP}], resolution: DNS${more}`;
  return istioObject('networking', 'ServiceEntry', 'db', []).replace('spec:', `spec: {${spec}}`);
}

function hitsOf(object: ServiceEntryObject): readonly Hit[] {
  const { addresses, ports } = object.body;
  if (addresses.length > 0) return [];
  const subject = subjectOf(object);
  return ports.flatMap(({ number, protocol, path }): readonly Hit[] => {
    const known = protocolNamed(protocol);
    if (known === 'UDP' || isTls(known) || (known !== 'auto' && maybeHttp(known))) return [];
    if (known === 'auto' && protocol !== '') return [];
    return [
      {
        subject,
        path,
        message: `${subjectName(subject)} takes every connection to port ${number}, whatever address it is for: it has no address of its own`,
        fact: String(number),
      },
    ];
  });
}
