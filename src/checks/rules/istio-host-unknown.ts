import { nearest } from '../../diagnostics/did-you-mean.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests } from '../example-manifests.ts';
import { routeTo, VERSIONS } from '../example-meshes.ts';
import type { Evidence, Hit } from '../hit.ts';
import { destinationViews, halfQualified, hostIn, isKnownHost, serviceName } from '../meshes.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

export const istioHostUnknown: Rule = {
  name: 'istio-host-unknown',
  severity: 'error',
  precision: 'closed-world',
  tier: 1,
  kinds: ['VirtualService', 'DestinationRule'],
  what: 'A VirtualService leads to a host that the mesh does not know, or a DestinationRule is about one.',
  why: 'Requests for that route are answered with 503 (no cluster); the DestinationRule has no effect.',
  fix: 'correct the name (a short one means the namespace of the rule), or make a Service or ServiceEntry',
  sources: ['istio/istio:pilot/pkg/networking/core/route/route.go'],
  examples: {
    bad: { manifests: manifests(VERSIONS, routeTo('{host: my-servce}')) },
    good: { manifests: manifests(VERSIONS, routeTo('{host: my-service}')) },
  },
  run: (input) => [...destinations(input), ...rules(input)],
};

function destinations(input: CheckInput): readonly Hit[] {
  return destinationViews(input).flatMap(({ object, subject, destination, host }): readonly Hit[] => {
    if (isKnownHost(input, host) || halfQualified(input, host) !== undefined) return [];
    return [
      {
        subject,
        path: [...destination.path, 'host'],
        message: `${subjectName(subject)} leads to ${destination.host}, which the mesh does not know`,
        ...unknown(input, host, object.metadata.namespace),
      },
    ];
  });
}

function rules(input: CheckInput): readonly Hit[] {
  return input.snapshot.objects.ofKind('DestinationRule').flatMap((object): readonly Hit[] => {
    const { namespace } = object.metadata;
    const host = hostIn(input, object.body.host, namespace);
    if (host === '' || isKnownHost(input, host) || halfQualified(input, host) !== undefined) return [];
    const subject = subjectOf(object);
    return [
      {
        subject,
        path: ['spec', 'host'],
        severity: 'warning',
        message: `${subjectName(subject)} is about ${object.body.host}, which the mesh does not know`,
        ...unknown(input, host, namespace),
      },
    ];
  });
}

/** The nearest Service, and why nobody may know better. */
function unknown(
  input: CheckInput,
  host: string,
  own: string,
): Pick<Hit, 'related' | 'fact' | 'gate' | 'help'> {
  const [name, namespace = own] = serviceName(input, host) ?? [];
  const kind = name === undefined ? 'ServiceEntry' : 'Service';
  const gate = input.gates.reference(kind, namespace);
  const services = input.snapshot.objects
    .ofKind('Service')
    .filter(({ metadata }) => metadata.namespace === namespace);
  const [near] = nearest(
    name ?? host,
    services.map(({ metadata }) => metadata.name),
    1,
  );
  const found = services.find(({ metadata }) => metadata.name === near);
  if (found === undefined) return { related: [], fact: host, gate };
  const related: readonly Evidence[] = [
    { subject: subjectOf(found), path: ['metadata', 'name'], message: 'has a similar name', role: 'closest' },
  ];
  return { related, fact: host, gate, help: `did you mean ${near}?` };
}
