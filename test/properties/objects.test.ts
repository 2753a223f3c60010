import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readProfile } from '../../src/cluster/read-profile.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { unmodelledObjects } from '../../src/k8s/unmodelled.ts';
import { UNMODELLED_KINDS } from '../../src/k8s/unmodelled-kinds.ts';
import { locate } from '../../src/source/ref.ts';
import { readTexts } from '../k8s/objects.ts';

/** Keys that readers look at, so that values of every kind get to them. */
const KEYS =
  'metadata spec status name namespace labels annotations ownerReferences template containers initContainers ports port ' +
  'containerPort hostPort protocol targetPort nodePort selector matchLabels matchExpressions key operator values replicas ' +
  'clusterIP clusterIPs externalIPs type sessionAffinity sessionAffinityConfig clientIP loadBalancer ingress ip podIPs ' +
  'conditions addresses endpoints subsets hints forZones targetRef podSelector endpointSelector appliedTo subject ' +
  'hostNetwork dnsConfig nameservers options jobTemplate podCIDRs loadBalancerSourceRanges __proto__ toString';
const PROFILE_KEYS =
  'preset manifests namespace input kubernetes clusterDomain ipFamilies podCIDRs serviceCIDRs nodePortRange nodes dns ' +
  'proxy cni name addresses labels mtu sysctls clusterIPs port ttl upstream mode clusterCIDR detectLocal masqueradeBit ' +
  'nodePortAddresses backend options apiVersion kind __proto__ toString';
const SCALARS = fc.constantFrom<unknown>(
  null,
  true,
  0,
  -1,
  80,
  1e300,
  1.5,
  '',
  'a',
  '80',
  '10.0.0.1',
  '10.0.0.0/8',
  'None',
  'Local',
  'ClientIP',
  'kind',
);

function tree(keys: string): fc.Arbitrary<unknown> {
  return fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 6 },
      SCALARS,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...keys.split(' ')), tie('value'), {
        maxKeys: 8,
        noNullPrototype: false,
      }),
    ),
  })).value;
}

const TYPES = [
  ...[
    'v1 Namespace',
    'v1 Node',
    'v1 Pod',
    'v1 Service',
    'v1 Endpoints',
    'v1 ReplicationController',
    'v1 List',
  ],
  ...['apps/v1 Deployment', 'apps/v1 StatefulSet', 'apps/v1 DaemonSet', 'apps/v1 ReplicaSet'],
  ...['batch/v1 Job', 'batch/v1 CronJob', 'discovery.k8s.io/v1 EndpointSlice'],
  ...UNMODELLED_KINDS.map(({ kind, groups }) => `${groups[0]}/v1 ${kind}`),
];

test('whatever stands in an object, reading it does not throw, and each thing is said once, at a place', () => {
  const body = fc.record({
    metadata: tree(KEYS),
    spec: tree(KEYS),
    status: tree(KEYS),
    subsets: tree(KEYS),
    items: tree(KEYS),
  });
  const sure = fc.record({ metadata: fc.constant({ name: 'a' }), spec: tree(KEYS), endpoints: tree(KEYS) });
  fc.assert(
    fc.property(fc.constantFrom(...TYPES), fc.oneof(body, sure), fc.boolean(), (type, rest, stored) => {
      const [apiVersion, kind] = type.split(' ');
      const set = readTexts([JSON.stringify({ apiVersion, kind, ...rest }, null, 1)], { stored });
      unmodelledObjects(set);
      const said = set.diagnostics.map(({ text, sources }) => [text, ...sources.map(({ at }) => locate(at))]);
      expect(new Set(said.map((each) => JSON.stringify(each))).size).toBe(said.length);
    }),
    { numRuns: 600 },
  );
});

test('whatever stands in a profile, reading it does not throw', () => {
  fc.assert(
    fc.property(
      tree(PROFILE_KEYS),
      fc.array(fc.tuple(fc.constantFrom(...PROFILE_KEYS.split(' ')), fc.string())),
      (raw, sets) => {
        const diagnostics: Diagnostic[] = [];
        const file = { name: 'k8snet.yaml', text: JSON.stringify(raw) };
        const set = sets.map(([key, value]) => `${key}=${value}`);
        const profile = readProfile({ file, flags: { set } }, (diagnostic) => diagnostics.push(diagnostic));
        expect(profile.ipFamilies.length).toBeGreaterThan(0);
        for (const { sources } of diagnostics) for (const { at } of sources) locate(at);
      },
    ),
    { numRuns: 400 },
  );
});
