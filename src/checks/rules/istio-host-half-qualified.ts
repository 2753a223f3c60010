import type { FieldPath } from '../../source/document.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests } from '../example-manifests.ts';
import { routeTo, VERSIONS } from '../example-meshes.ts';
import type { Hit } from '../hit.ts';
import { destinationViews, halfQualified } from '../meshes.ts';
import type { Rule } from '../rule.ts';
import { type Subject, subjectName, subjectOf } from '../subject.ts';

export const istioHostHalfQualified: Rule = {
  name: 'istio-host-half-qualified',
  severity: 'error',
  precision: 'certain',
  tier: 1,
  kinds: ['VirtualService', 'DestinationRule'],
  what: 'A host is written as name.namespace, which Istio takes for a whole name.',
  why: 'A name with a dot is never completed: it is the name of no Service, so that the rule is for nobody, or leads nowhere (503).',
  fix: 'write the whole name: NAME.NAMESPACE.svc.DOMAIN',
  sources: ['istio/istio:pilot/pkg/model/config.go ResolveShortnameToFQDN'],
  examples: {
    bad: { manifests: manifests(VERSIONS, routeTo('{host: my-service.default}')) },
    good: { manifests: manifests(VERSIONS, routeTo('{host: my-service.default.svc.cluster.local}')) },
  },
  run: (input) => written(input).flatMap((each) => hitOf(input, each)),
};

interface WrittenHost {
  readonly subject: Subject;
  readonly path: FieldPath;
  readonly host: string;
}

function written(input: CheckInput): readonly WrittenHost[] {
  const { objects } = input.snapshot;
  return [
    ...objects.ofKind('VirtualService').flatMap((object) =>
      object.body.hosts.map((host, index) => ({
        subject: subjectOf(object),
        path: ['spec', 'hosts', index],
        host,
      })),
    ),
    ...destinationViews(input).map(({ subject, destination }) => ({
      subject,
      path: [...destination.path, 'host'],
      host: destination.host,
    })),
    ...objects.ofKind('DestinationRule').map((object) => ({
      subject: subjectOf(object),
      path: ['spec', 'host'],
      host: object.body.host,
    })),
  ];
}

function hitOf(input: CheckInput, { subject, path, host }: WrittenHost): readonly Hit[] {
  const service = halfQualified(input, host);
  if (service === undefined) return [];
  const { name, namespace } = service.metadata;
  const whole = `${name}.${namespace}.svc.${input.snapshot.profile.clusterDomain}`;
  return [
    {
      subject,
      path,
      message: `${host} in ${subjectName(subject)} is no Service to Istio: a name with a dot must be whole`,
      related: [
        { subject: subjectOf(service), path: ['metadata', 'name'], message: `is ${whole}`, role: 'closest' },
      ],
      fact: host,
      help: `write ${whole}`,
    },
  ];
}
