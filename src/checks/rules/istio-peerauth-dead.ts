import { printLabels } from '../../control/closest-words.ts';
import type { PeerAuthenticationObject } from '../../k8s/kinds/peer-authentication.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests } from '../example-manifests.ts';
import { istioObject, VERSIONS } from '../example-meshes.ts';
import type { Hit } from '../hit.ts';
import { meshOf } from '../meshes.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';
import { selectedWorkloads, servicePortMistake } from '../workload-selection.ts';

export const istioPeerauthDead: Rule = {
  name: 'istio-peerauth-dead',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['PeerAuthentication'],
  what: 'A PeerAuthentication selects no pod, stands with a selector in the root namespace, or has a port of the Service.',
  why: 'It has no effect there: selectors select pods of their own namespace, none in the root namespace, and ports are those that the pods listen on.',
  fix: 'move it to the namespace of the pods, correct the selector, or write the target port',
  sources: ['istio/istio:pilot/pkg/model/authentication.go'],
  examples: {
    bad: { manifests: manifests(VERSIONS, onPort(80)) },
    good: { manifests: manifests(VERSIONS, onPort(8080)) },
  },
  run: hitsOf,
};

function onPort(port: number): string {
  return istioObject('security', 'PeerAuthentication', 'web', [
    'selector: {matchLabels: {app: my}}',
    'mtls: {mode: STRICT}',
    `portLevelMtls: {${port}: {mode: DISABLE}}`,
  ]);
}

function hitsOf(input: CheckInput): readonly Hit[] {
  return input.snapshot.objects
    .ofKind('PeerAuthentication')
    .flatMap((object) => [...deadSelector(input, object), ...servicePorts(input, object)]);
}

function deadSelector(input: CheckInput, object: PeerAuthenticationObject): readonly Hit[] {
  const { selector } = object.body;
  if (selector === undefined) return [];
  const { namespace } = object.metadata;
  const isRoot = namespace === meshOf(input).settings.rootNamespace;
  if (!isRoot && selectedWorkloads(input, object).length > 0) return [];
  const subject = subjectOf(object);
  const reason = isRoot
    ? 'a selector in the root namespace selects nothing'
    : `none has ${printLabels(selector)}`;
  return [
    {
      subject,
      path: ['spec', 'selector'],
      message: `${subjectName(subject)} is for no pod: ${reason}`,
      fact: printLabels(selector),
      ...(isRoot ? {} : { gate: input.gates.selection([namespace]) }),
    },
  ];
}

function servicePorts(input: CheckInput, object: PeerAuthenticationObject): readonly Hit[] {
  const pods = selectedWorkloads(input, object);
  const subject = subjectOf(object);
  return [...object.body.ports].flatMap(([port, { path }]): readonly Hit[] => {
    const mistake = servicePortMistake(input, pods, port);
    if (mistake === undefined) return [];
    return [
      {
        subject,
        path,
        message: `port ${port} of ${subjectName(subject)} is one of Service ${mistake.service.metadata.name}; its pods listen on ${mistake.target}`,
        related: [
          { subject: subjectOf(mistake.service), path: mistake.path, message: `leads to ${mistake.target}` },
        ],
        fact: String(port),
        help: `write ${mistake.target}`,
      },
    ];
  });
}
