import { nearest } from '../../diagnostics/did-you-mean.ts';
import type { VirtualServiceObject } from '../../k8s/kinds/virtual-service.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests } from '../example-manifests.ts';
import { VERSIONS, virtualService } from '../example-meshes.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const DELEGATE = virtualService('web-rules', 'http: [{route: [{destination: {host: my-service}}]}]');

export const istioDelegateMissing: Rule = {
  name: 'istio-delegate-missing',
  severity: 'error',
  precision: 'closed-world',
  tier: 2,
  kinds: ['VirtualService'],
  what: 'A rule delegates to a VirtualService that is not there, or that has hosts of its own.',
  why: 'The rule disappears: its requests go on to the next rule, or get 404.',
  fix: 'correct the name, or the namespace (default: that of the VirtualService itself); a delegate has no hosts',
  sources: ['istio/istio:pilot/pkg/model/virtualservice.go mergeVirtualServicesIfNeeded'],
  examples: {
    bad: { manifests: manifests(VERSIONS, DELEGATE, root('web-rule')) },
    good: { manifests: manifests(VERSIONS, DELEGATE, root('web-rules')) },
  },
  run: (input) => input.snapshot.objects.ofKind('VirtualService').flatMap((each) => hitsOf(input, each)),
};

function root(delegate: string): string {
  return virtualService('web', 'hosts: [my-service]', `http: [{delegate: {name: ${delegate}}}]`);
}

function hitsOf(input: CheckInput, object: VirtualServiceObject): readonly Hit[] {
  const all = input.snapshot.objects.ofKind('VirtualService');
  const subject = subjectOf(object);
  return object.body.http.flatMap(({ delegate }): readonly Hit[] => {
    if (delegate === undefined) return [];
    const namespace = delegate.namespace || object.metadata.namespace;
    const own = all.filter(({ metadata }) => metadata.namespace === namespace);
    const found = own.find(({ metadata }) => metadata.name === delegate.name);
    if (found !== undefined && found.body.hosts.length === 0) return [];
    const [near] = nearest(
      delegate.name,
      own.map(({ metadata }) => metadata.name),
      1,
    );
    const problem = found === undefined ? 'is not there' : 'has hosts of its own';
    return [
      {
        subject,
        path: [...delegate.path, 'name'],
        message: `${subjectName(subject)} delegates to VirtualService ${namespace}/${delegate.name}, which ${problem}`,
        related:
          found === undefined
            ? []
            : [{ subject: subjectOf(found), path: ['spec', 'hosts'], message: 'a delegate has none' }],
        fact: `${namespace}/${delegate.name}`,
        ...(found !== undefined || near === undefined ? {} : { help: `did you mean ${near}?` }),
        gate: found === undefined ? input.gates.reference('VirtualService', namespace) : undefined,
      },
    ];
  });
}
