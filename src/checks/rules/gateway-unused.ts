import { GATEWAY_GROUP } from '../../k8s/gateway-parts/references.ts';
import type { GrantFrom, GrantTo, ReferenceGrantObject } from '../../k8s/kinds/reference-grant.ts';
import { ROUTE_KINDS } from '../../l7/gateway-api/model.ts';
import { type CheckInput, type OfInput, perInput } from '../check-input.ts';
import { gateway, gatewayObject, httpRoute } from '../example-gateways.ts';
import { manifests, service } from '../example-manifests.ts';
import { backendRefViews, listenerViews } from '../gateways.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const AROUND = [
  gateway('edge'),
  service('data/api', 'selector: {app: api}', 'ports: [{port: 80}]'),
  httpRoute('web', { parent: '{name: edge}', backends: '{name: api, namespace: data, port: 80}' }),
];

export const gatewayUnused: Rule = {
  name: 'gateway-unused',
  severity: 'warning',
  precision: 'closed-world',
  tier: 2,
  kinds: ['ReferenceGrant'],
  what: 'No reference uses a ReferenceGrant.',
  why: 'It opens a namespace for others, and nothing needs that: a name or a kind in it may be wrong.',
  fix: 'take it away, or correct from and to',
  sources: ['kubernetes-sigs/gateway-api:apis/v1/referencegrant_types.go'],
  examples: {
    bad: { manifests: manifests(...AROUND, grant('api'), grant('db')) },
    good: { manifests: manifests(...AROUND, grant('api')) },
  },
  run: (input) => input.snapshot.objects.ofKind('ReferenceGrant').flatMap((each) => hitsOf(input, each)),
};

function grant(name: string): string {
  const from = '{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: default}';
  const to = `{group: "", kind: Service, name: ${name}}`;
  return gatewayObject('ReferenceGrant', `data/${name}`, `from: [${from}], to: [${to}]`);
}

/** Whose references are read here; others (policies of implementations) may use the grant too. */
const READ: ReadonlySet<string> = new Set([...ROUTE_KINDS, 'Gateway', 'ListenerSet', 'XListenerSet']);

function hitsOf(input: CheckInput, object: ReferenceGrantObject): readonly Hit[] {
  const { from, to } = object.body;
  const { namespace } = object.metadata;
  if (from.length === 0 || from.some(({ kind }) => !READ.has(kind))) return [];
  const used = references(input);
  const isUsed = from.some((source) => to.some((target) => used.has(keyOf(source, namespace, target))));
  if (isUsed) return [];
  const subject = subjectOf(object);
  const gates = from.map((source) => input.gates.reference(source.kind, source.namespace));
  return [
    {
      subject,
      path: ['spec'],
      message: `no reference of ${from.map(({ kind, namespace: own }) => `${kind}s in ${own}`).join(', ')} needs ${subjectName(subject)}`,
      gate: gates.find((gate) => gate !== undefined),
    },
  ];
}

/** Every reference across namespaces: with the name of what it names, and without. */
const references: OfInput<ReadonlySet<string>> = perInput((input) => {
  const keys = new Set<string>();
  const add = (source: GrantFrom, namespace: string, { group, kind, name = '' }: GrantTo) => {
    if (namespace === source.namespace) return;
    keys.add(keyOf(source, namespace, { group, kind, name })).add(keyOf(source, namespace, { group, kind }));
  };
  for (const { route, ref, namespace } of backendRefViews(input)) {
    add({ group: GATEWAY_GROUP, kind: route.kind, namespace: route.metadata.namespace }, namespace, ref);
  }
  for (const { listener, subject } of listenerViews(input)) {
    for (const ref of listener.body.tls?.certificates ?? []) {
      const own = { group: GATEWAY_GROUP, kind: subject.kind, namespace: subject.namespace };
      add(own, ref.namespace ?? subject.namespace, ref);
    }
  }
  return keys;
});

function keyOf(source: GrantFrom, namespace: string, { group, kind, name = '*' }: GrantTo): string {
  return [source.kind, source.namespace, namespace, group, kind, name].join('\n');
}
