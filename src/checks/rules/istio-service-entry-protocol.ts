import type { EntryPort } from '../../k8s/kinds/service-entry.ts';
import { protocolNamed } from '../../l7/istio/protocol.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests } from '../example-manifests.ts';
import { istioObject } from '../example-meshes.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { type Subject, subjectName, subjectOf } from '../subject.ts';

export const istioServiceEntryProtocol: Rule = {
  name: 'istio-service-entry-protocol',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['ServiceEntry'],
  what: 'Two ServiceEntries have one host and port with different protocols.',
  why: 'A proxy has one listener or route for them: one of the two counts, by age.',
  fix: 'give both the same protocol, or put them into one ServiceEntry',
  sources: ['istio/istio:pkg/config/analysis/msg/messages.yaml (IST0177)'],
  examples: {
    bad: { manifests: manifests(entry('a', 'TLS'), entry('b', 'HTTP')) },
    good: { manifests: manifests(entry('a', 'TLS'), entry('b', 'TLS')) },
  },
  run: hitsOf,
};

function entry(name: string, protocol: string): string {
  return istioObject('networking', 'ServiceEntry', name, [
    'hosts: [api.example.com]',
    `ports: [{number: 443, name: api, protocol: ${protocol}}]`,
    'resolution: DNS',
  ]);
}

interface Claim {
  readonly subject: Subject;
  readonly port: EntryPort;
}

/** The later by name is told, wherever the two stand. */
function hitsOf({ snapshot }: CheckInput): readonly Hit[] {
  const first = new Map<string, Claim>();
  const entries = snapshot.objects
    .ofKind('ServiceEntry')
    .map((object) => ({ object, subject: subjectOf(object) }))
    .toSorted((a, b) => (subjectName(a.subject) < subjectName(b.subject) ? -1 : 1));
  return entries.flatMap(({ object: { body }, subject }) =>
    body.hosts.flatMap((host) =>
      body.ports.flatMap((port): readonly Hit[] => {
        const key = `${host} ${port.number}`;
        const other = first.get(key);
        if (other === undefined) first.set(key, { subject, port });
        if (other === undefined || other.subject === subject || isSame(other.port, port)) return [];
        return [
          {
            subject,
            path: [...port.path, 'protocol'],
            message: `${subjectName(subject)} has ${host}:${port.number} as ${port.protocol || 'detected'}, and ${subjectName(other.subject)} as ${other.port.protocol || 'detected'}`,
            related: [{ subject: other.subject, path: other.port.path, message: 'says otherwise' }],
            fact: `${key} ${subjectName(other.subject)}`,
          },
        ];
      }),
    ),
  );
}

function isSame(a: EntryPort, b: EntryPort): boolean {
  return protocolNamed(a.protocol) === protocolNamed(b.protocol);
}
