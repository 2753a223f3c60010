import { nearest } from '../../diagnostics/did-you-mean.ts';
import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Evidence, Hit } from '../hit.ts';
import { type BackendView, backendViews, servicePath } from '../ingresses.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const WEB = service('web', 'selector: {app: web}', 'ports: [{port: 80}]');

export const ingressBackendMissing: Rule = {
  name: 'ingress-backend-missing',
  severity: 'error',
  precision: 'closed-world',
  tier: 1,
  kinds: ['Ingress'],
  what: 'A backend of an Ingress names a Service that its namespace does not have.',
  why: 'Requests for that path are answered by the controller with 503 (ingress-nginx) or 404.',
  fix: 'correct the name; an Ingress reaches Services of its own namespace only',
  sources: ['kubernetes/api:networking/v1/types.go IngressServiceBackend'],
  examples: {
    bad: { manifests: manifests(WEB, ingress('shop', 'webb')) },
    good: { manifests: manifests(WEB, ingress('shop', 'web')) },
  },
  run: (input) => backendViews(input).flatMap((view) => hitOf(input, view)),
};

function hitOf(input: CheckInput, view: BackendView): readonly Hit[] {
  const { ingress: object, subject, backend } = view;
  const { namespace } = object.metadata;
  if (input.hasService(namespace, backend.service)) return [];
  const { related, words, help } = meant(input, namespace, backend.service);
  return [
    {
      subject,
      path: servicePath(view),
      message: `${subjectName(subject)} leads to Service ${backend.service}, which namespace ${namespace} does not have${words}`,
      related,
      fact: backend.service,
      ...(help === undefined ? {} : { help }),
      gate: input.gates.reference('Service', namespace),
    },
  ];
}

interface Meant {
  readonly related: readonly Evidence[];
  readonly words: string;
  readonly help?: string;
}

/** A Service of that name elsewhere, else one of a similar name here. */
function meant({ snapshot }: CheckInput, namespace: string, name: string): Meant {
  const services = snapshot.objects.ofKind('Service');
  const elsewhere = services.find(({ metadata }) => metadata.name === name);
  if (elsewhere !== undefined) {
    const other = elsewhere.metadata.namespace;
    return {
      related: [closest(elsewhere, `is in namespace ${other}`)],
      words: `; namespace ${other} has one`,
      help: `move the Ingress to namespace ${other}, or the Service to ${namespace}`,
    };
  }
  const own = services.filter(({ metadata }) => metadata.namespace === namespace);
  const [near] = nearest(
    name,
    own.map(({ metadata }) => metadata.name),
    1,
  );
  const found = own.find(({ metadata }) => metadata.name === near);
  if (found === undefined) return { related: [], words: '' };
  return {
    related: [closest(found, 'has a similar name')],
    words: `; did you mean ${near}?`,
    help: `name: ${near}`,
  };
}

function closest(service: Parameters<typeof subjectOf>[0], message: string): Evidence {
  return { subject: subjectOf(service), path: ['metadata', 'name'], message, role: 'closest' };
}
