import type { IngressBackend, IngressObject, IngressPath } from '../../k8s/kinds/ingress.ts';
import { inOrderOfAge } from '../../l7/sources/ingress.ts';
import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { ownerOfIngress } from '../ingresses.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const CANARY = 'nginx.ingress.kubernetes.io/canary';
const AROUND = [
  service('web', 'selector: {app: web}', 'ports: [{port: 80}]'),
  service('api', 'selector: {app: api}', 'ports: [{port: 80}]'),
  ingress('shop', 'web', { path: '/api' }),
];

export const ingressPathConflict: Rule = {
  name: 'ingress-path-conflict',
  severity: 'warning',
  precision: 'certain',
  tier: 1,
  kinds: ['Ingress'],
  what: 'Two Ingresses of one class have the same host, path and path type, and lead to different backends.',
  why: 'One of them gets every request and the other none; which one is up to the controller (most take the older object).',
  fix: 'take the path out of one of them, or give them different hosts or paths',
  sources: ['kubernetes/ingress-nginx:internal/ingress/controller/controller.go getBackendServers'],
  examples: {
    bad: { manifests: manifests(...AROUND, ingress('other', 'api', { path: '/api' })) },
    good: { manifests: manifests(...AROUND, ingress('other', 'api', { path: '/v2' })) },
  },
  run: hitsOf,
};

interface Claim {
  readonly ingress: IngressObject;
  readonly path: IngressPath;
}

function hitsOf(input: CheckInput): readonly Hit[] {
  const owner = ownerOfIngress(input);
  const winners = new Map<string, Claim>();
  const hits: Hit[] = [];
  for (const object of inOrderOfAge(input.snapshot.objects.ofKind('Ingress'))) {
    if (object.metadata.annotations.get(CANARY) === 'true') continue;
    const { className } = owner(object);
    for (const { host, paths = [] } of object.body.rules) {
      for (const path of paths) {
        const key = [className, host, path.path || '/', path.pathType].join('\n');
        const winner = winners.get(key);
        if (winner === undefined) winners.set(key, { ingress: object, path });
        else hits.push(...conflict(winner, { ingress: object, path }, host));
      }
    }
  }
  return hits;
}

function conflict(winner: Claim, loser: Claim, host: string): readonly Hit[] {
  if (winner.ingress === loser.ingress) return [];
  if (backendKey(winner) === backendKey(loser)) return [];
  const [first, second] = [subjectOf(winner.ingress), subjectOf(loser.ingress)];
  const where = `${host === '' ? 'every host' : host} ${loser.path.path || '/'} (${loser.path.pathType})`;
  const isOlder = winner.ingress.metadata.creationTimestamp !== undefined;
  const wins = isOlder ? 'which is older and gets the requests' : 'and only one of them gets the requests';
  return [
    {
      subject: second,
      path: [...loser.path.at, 'path'],
      message: `${subjectName(second)} has ${where} like ${subjectName(first)}, ${wins}`,
      related: [
        { subject: first, path: winner.path.at, message: `leads to ${printBackend(winner.path.backend)}` },
      ],
      fact: where,
    },
  ];
}

function backendKey({ ingress: { metadata }, path }: Claim): string {
  return `${metadata.namespace}/${printBackend(path.backend)}`;
}

function printBackend(backend: IngressBackend): string {
  return backend.kind === 'service'
    ? `${backend.service}:${backend.port}`
    : `resource ${backend.path.join('.')}`;
}
