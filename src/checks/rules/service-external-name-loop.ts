import type { CheckInput } from '../check-input.ts';
import { manifests, service } from '../example-manifests.ts';
import { clusterNameOf } from '../external-names.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import type { ServiceObject } from '../services.ts';
import { inOrderOfName, subjectName, subjectOf } from '../subject.ts';

const external = (name: string, target: string) =>
  service(name, 'type: ExternalName', `externalName: ${target}`);

export const serviceExternalNameLoop: Rule = {
  name: 'service-external-name-loop',
  severity: 'error',
  precision: 'certain',
  tier: 2,
  kinds: ['Service'],
  what: 'The external names of Services lead in a circle.',
  why: 'No resolver follows such a chain to an end: the names do not resolve.',
  fix: 'let one of them name what is meant in the end',
  sources: ['RFC 1034 3.6.2'],
  examples: {
    bad: {
      manifests: manifests(
        external('a', 'b.default.svc.cluster.local'),
        external('b', 'a.default.svc.cluster.local'),
      ),
    },
    good: {
      manifests: manifests(external('a', 'b.default.svc.cluster.local'), external('b', 'b.example.com')),
    },
  },
  *run(input): Generator<Hit> {
    const told = new Set<ServiceObject>();
    for (const each of inOrderOfName(input.snapshot.objects.ofKind('Service'))) {
      const ring = told.has(each) ? [] : ringFrom(input, each);
      for (const member of ring) told.add(member);
      if (ring.length === 0) continue;
      const subject = subjectOf(each);
      const names = [...ring, each].map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
      yield {
        subject,
        path: ['spec', 'externalName'],
        message: `the externalName of ${subjectName(subject)} leads back to it: ${names.join(' → ')}`,
        related: ring.slice(1).map((other) => ({
          subject: subjectOf(other),
          path: ['spec', 'externalName'],
          message: `leads to ${other.body.externalName}`,
        })),
      };
    }
  },
};

/** The Services of the ring that the Service is in, itself first; empty where its chain ends or leads elsewhere. */
function ringFrom(input: CheckInput, start: ServiceObject): readonly ServiceObject[] {
  const ring: ServiceObject[] = [];
  let at: ServiceObject | undefined = start;
  while (at !== undefined && !ring.includes(at)) {
    ring.push(at);
    at = targetOf(input, at);
  }
  return at === start ? ring : [];
}

function targetOf(input: CheckInput, { body }: ServiceObject): ServiceObject | undefined {
  if (body.type !== 'ExternalName') return undefined;
  const target = clusterNameOf(body.externalName ?? '', input.snapshot.profile);
  return target === undefined ? undefined : input.service(target.namespace, target.name);
}
