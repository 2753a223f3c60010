/**
 * Policies as people write them wrong: each is reported at its field, in the words of
 * kubernetes/kubernetes:pkg/apis/networking/validation, and has the defined result of NP-23 to NP-31 in
 * docs/semantics/network-policy.md.
 */

import { describe, expect, test } from 'vitest';
import { decide } from '../../src/policy/decide.ts';
import { locate, printPath } from '../../src/source/ref.ts';
import { flow, podYaml, policyYaml, world } from '../policy/world.ts';

const PODS = [
  podYaml('shop/web', 'app=web'),
  podYaml('shop/db', 'app=db', ', ports: [{name: sql, containerPort: 5432}]'),
].join('\n');

interface Case {
  readonly what: string;
  /** The spec of a NetworkPolicy of namespace shop. */
  readonly spec: string;
  readonly path: string;
  readonly text: string;
  /** What web may then do to db on port 5432, and db to web. */
  readonly ingress: 'allow' | 'deny';
}

const OPEN = 'from: [{podSelector: {}}]';
const CASES: readonly Case[] = [
  {
    what: 'a bad operator of the subject: more pods are isolated',
    spec: 'podSelector: {matchExpressions: [{key: app, operator: Equals, values: [web]}]}',
    path: 'spec.podSelector.matchExpressions[0].operator',
    text: 'Unsupported value: "Equals"',
    ingress: 'deny',
  },
  {
    what: 'a bad operator of a peer',
    spec: 'podSelector: {}, ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: in, values: [web]}]}}]}]',
    path: 'spec.ingress[0].from[0].podSelector.matchExpressions[0].operator',
    text: 'Unsupported value: "in"',
    ingress: 'deny',
  },
  {
    what: 'In without values',
    spec: 'podSelector: {}, ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: In}]}}]}]',
    path: 'spec.ingress[0].from[0].podSelector.matchExpressions[0].values',
    text: 'Required value',
    ingress: 'deny',
  },
  {
    what: 'Exists with values',
    spec: 'podSelector: {}, ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: Exists, values: [web]}]}}]}]',
    path: 'spec.ingress[0].from[0].podSelector.matchExpressions[0].values',
    text: 'Forbidden',
    ingress: 'deny',
  },
  {
    what: 'a port out of range',
    spec: `podSelector: {}, ingress: [{${OPEN}, ports: [{port: 70000}]}]`,
    path: 'spec.ingress[0].ports[0].port',
    text: 'must be between 1 and 65535, inclusive',
    ingress: 'deny',
  },
  {
    what: 'a bad port beside a good one',
    spec: `podSelector: {}, ingress: [{${OPEN}, ports: [{port: 0}, {port: 5432}]}]`,
    path: 'spec.ingress[0].ports[0].port',
    text: 'must be between 1 and 65535, inclusive',
    ingress: 'allow',
  },
  {
    what: 'endPort before port',
    spec: `podSelector: {}, ingress: [{${OPEN}, ports: [{port: 5432, endPort: 5000}]}]`,
    path: 'spec.ingress[0].ports[0].endPort',
    text: 'must be greater than or equal to `port`',
    ingress: 'deny',
  },
  {
    what: 'endPort with a name',
    spec: `podSelector: {}, ingress: [{${OPEN}, ports: [{port: sql, endPort: 6000}]}]`,
    path: 'spec.ingress[0].ports[0].endPort',
    text: 'may not be specified when `port` is non-numeric',
    ingress: 'deny',
  },
  {
    what: 'endPort without port',
    spec: `podSelector: {}, ingress: [{${OPEN}, ports: [{endPort: 6000}]}]`,
    path: 'spec.ingress[0].ports[0].endPort',
    text: 'may not be specified when `port` is not specified',
    ingress: 'deny',
  },
  {
    what: 'a protocol that is none',
    spec: `podSelector: {}, ingress: [{${OPEN}, ports: [{port: 5432, protocol: HTTP}]}]`,
    path: 'spec.ingress[0].ports[0].protocol',
    text: 'Unsupported value: "HTTP"',
    ingress: 'deny',
  },
  {
    what: 'a name that no port can have',
    spec: `podSelector: {}, ingress: [{${OPEN}, ports: [{port: a-name-that-is-too-long}]}]`,
    path: 'spec.ingress[0].ports[0].port',
    text: 'must be no more than 15 characters',
    ingress: 'deny',
  },
  {
    what: 'an empty peer',
    spec: 'podSelector: {}, ingress: [{from: [{}]}]',
    path: 'spec.ingress[0].from[0]',
    text: 'must specify a peer',
    ingress: 'deny',
  },
  {
    what: 'a peer that is no mapping',
    spec: 'podSelector: {}, ingress: [{from: [web]}]',
    path: 'spec.ingress[0].from[0]',
    text: 'must be an object',
    ingress: 'deny',
  },
  {
    what: 'peers that are no list',
    spec: 'podSelector: {}, ingress: [{from: {podSelector: {}}}]',
    path: 'spec.ingress[0].from',
    text: 'must be an array',
    ingress: 'deny',
  },
  {
    what: 'a block beside a selector',
    spec: 'podSelector: {}, ingress: [{from: [{podSelector: {}, ipBlock: {cidr: 0.0.0.0/0}}]}]',
    path: 'spec.ingress[0].from[0]',
    text: 'may not specify both ipBlock and another peer',
    ingress: 'deny',
  },
  {
    what: 'a block that is none',
    spec: 'podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0}}]}]',
    path: 'spec.ingress[0].from[0].ipBlock.cidr',
    text: 'must be a valid CIDR value',
    ingress: 'deny',
  },
  {
    what: 'an exception that is no block: nobody knows what it should take away',
    spec: 'podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/33]}}]}]',
    path: 'spec.ingress[0].from[0].ipBlock.except[0]',
    text: 'must be a valid CIDR value',
    ingress: 'deny',
  },
  {
    what: 'an exception outside its block',
    spec: 'podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [192.168.0.0/16]}}]}]',
    path: 'spec.ingress[0].from[0].ipBlock.except[0]',
    text: 'must be a strict subset of `cidr`',
    ingress: 'allow',
  },
  {
    what: 'an exception that is the whole block',
    spec: 'podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/8]}}]}]',
    path: 'spec.ingress[0].from[0].ipBlock.except[0]',
    text: 'must be a strict subset of `cidr`',
    ingress: 'deny',
  },
  {
    what: 'host bits',
    spec: 'podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.244.1.7/8}}]}]',
    path: 'spec.ingress[0].from[0].ipBlock.cidr',
    text: 'it means 10.0.0.0/8',
    ingress: 'allow',
  },
  {
    what: 'a policyType that is none, beside a good one',
    spec: 'podSelector: {}, policyTypes: [Egress, ingress]',
    path: 'spec.policyTypes[1]',
    text: 'Unsupported value: "ingress"',
    ingress: 'allow',
  },
  {
    what: 'no good policyType at all',
    spec: 'podSelector: {}, policyTypes: [Both]',
    path: 'spec.policyTypes[0]',
    text: 'Unsupported value: "Both"',
    ingress: 'deny',
  },
  {
    what: 'a label value that is a number',
    spec: 'podSelector: {matchLabels: {app: 1}}',
    path: 'spec.podSelector.matchLabels.app',
    text: 'must be a string',
    ingress: 'allow',
  },
  {
    what: 'a rule that is no mapping',
    spec: 'podSelector: {}, ingress: [all]',
    path: 'spec.ingress[0]',
    text: 'must be an object',
    ingress: 'deny',
  },
];

describe('a NetworkPolicy with', () => {
  test.each(CASES)('$what', ({ spec, path, text, ingress }) => {
    const snapshot = world([PODS, policyYaml('shop/wrong', spec)].join('\n'));
    const verdict = decide(snapshot.policies, flow(snapshot, ['shop/web', 'shop/db'], [5432])).ingress;
    expect(verdict.action).toBe(ingress);
    const found = snapshot.diagnostics.filter((each) => each.text.includes(text));
    expect(found.map((each) => each.text.split(': ')[0])).toEqual([path]);
    const [place] = found[0]?.sources ?? [];
    expect(place !== undefined && 'document' in place.at && printPath(place.at.path)).toBe(path);
    expect(place === undefined ? 0 : locate(place.at).line).toBeGreaterThan(10);
  });
});

const clusterYaml = (spec: string) =>
  [
    '---',
    'apiVersion: policy.networking.k8s.io/v1alpha2',
    'kind: ClusterNetworkPolicy',
    'metadata: {name: wrong}',
    `spec: {${spec}}`,
  ].join('\n');
const ALL = 'subject: {namespaces: {}}';

const CLUSTER_CASES: readonly Case[] = [
  {
    what: 'a deny rule with a peer of an unknown field: it denies everyone',
    spec: `tier: Admin, priority: 1, ${ALL}, ingress: [{action: Deny, from: [{serviceAccounts: {}}]}]`,
    path: 'spec.ingress[0].from[0]',
    text: 'must have exactly one of namespaces, pods',
    ingress: 'deny',
  },
  {
    what: 'a pass rule with one: the same',
    spec: `tier: Admin, priority: 1, ${ALL}, ingress: [{action: Pass, from: [{serviceAccounts: {}}]}]`,
    path: 'spec.ingress[0].from[0]',
    text: 'must have exactly one of namespaces, pods',
    ingress: 'deny',
  },
  {
    what: 'an accept rule with one: it matches nobody',
    spec: `tier: Admin, priority: 1, ${ALL}, ingress: [{action: Accept, from: [{serviceAccounts: {}}]}, {action: Deny, from: [{namespaces: {}}]}]`,
    path: 'spec.ingress[0].from[0]',
    text: 'must have exactly one of namespaces, pods',
    ingress: 'deny',
  },
  ...[
    { peer: 'namespaces: {sameLabels: [team]}', at: 'namespaces.sameLabels' },
    { peer: 'namespaces: {namespaceSelector: {}}', at: 'namespaces.namespaceSelector' },
    { peer: 'pods: {namespaces: {}, podSelector: {}}', at: 'pods.namespaces' },
  ].map(({ peer, at }) => ({
    what: `an accept rule with ${at} of v0.1.1: it matches nobody`,
    spec: `tier: Admin, priority: 1, ${ALL}, ingress: [{action: Accept, from: [{${peer}}]}, {action: Deny, from: [{namespaces: {}}]}]`,
    path: `spec.ingress[0].from[0].${at}`,
    text: 'of network-policy-api v0.1.1 is not read',
    ingress: 'deny' as const,
  })),
  {
    what: 'an action that is none',
    spec: `tier: Admin, priority: 1, ${ALL}, ingress: [{action: Allow, from: [{namespaces: {}}]}]`,
    path: 'spec.ingress[0].action',
    text: 'Unsupported value: "Allow"',
    ingress: 'deny',
  },
  {
    what: 'a priority out of range: it is the last',
    spec: `tier: Admin, priority: 1001, ${ALL}, ingress: [{action: Deny, from: [{namespaces: {}}]}]`,
    path: 'spec.priority',
    text: 'must be between 0 and 1000, inclusive',
    ingress: 'deny',
  },
  {
    what: 'no subject: only rules that deny count',
    spec: 'tier: Baseline, priority: 1, ingress: [{action: Deny, from: [{namespaces: {}}]}]',
    path: 'spec.subject',
    text: 'Required value',
    ingress: 'deny',
  },
  {
    what: 'a range that runs backwards',
    spec: `tier: Admin, priority: 1, ${ALL}, ingress: [{action: Accept, from: [{namespaces: {}}], protocols: [{tcp: {destinationPort: {range: {start: 90, end: 80}}}}]}]`,
    path: 'spec.ingress[0].protocols[0].tcp.destinationPort.range',
    text: 'Start port must be less than End port',
    ingress: 'allow',
  },
];

describe('a ClusterNetworkPolicy with', () => {
  test.each(CLUSTER_CASES)('$what', ({ spec, path, text, ingress }) => {
    const snapshot = world([PODS, clusterYaml(spec)].join('\n'));
    const verdict = decide(snapshot.policies, flow(snapshot, ['shop/web', 'shop/db'], [5432])).ingress;
    expect(verdict.action).toBe(ingress);
    const found = snapshot.diagnostics.filter((each) => each.text.includes(text));
    expect(found.map((each) => each.text.split(': ')[0])).toEqual([path]);
  });
});

test('a policy of a namespace that no other object names is kept, and the namespace is there', () => {
  const snapshot = world([PODS, policyYaml('elsewhere/deny', 'podSelector: {}')].join('\n'));
  expect(snapshot.policies.policies.map(({ namespace }) => namespace)).toEqual(['elsewhere']);
  expect(decide(snapshot.policies, flow(snapshot, ['shop/web', 'shop/db'], [80])).action).toBe('allow');
});

test('names that objects have by nature are ordinary labels', () => {
  const spec = 'podSelector: {matchLabels: {__proto__: x, constructor: y}}';
  const snapshot = world([PODS, policyYaml('shop/odd', spec)].join('\n'));
  expect(decide(snapshot.policies, flow(snapshot, ['shop/web', 'shop/db'], [80])).action).toBe('allow');
});
