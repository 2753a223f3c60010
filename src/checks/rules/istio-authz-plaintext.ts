import { findPort } from '../../control/endpoint-ports.ts';
import type { AuthorizationPolicyObject, AuthorizationRule } from '../../k8s/kinds/authorization-policy.ts';
import type { CheckInput } from '../check-input.ts';
import { type EnvAddress, envAddresses } from '../env-addresses.ts';
import { manifests, workload } from '../example-manifests.ts';
import { istioObject, VERSIONS } from '../example-meshes.ts';
import type { Hit } from '../hit.ts';
import { isInMesh, meshOf } from '../meshes.ts';
import type { PodGroup } from '../pod-groups.ts';
import type { Rule } from '../rule.ts';
import { selectingByKey } from '../services.ts';
import { subjectName, subjectOf } from '../subject.ts';
import { selectedWorkloads } from '../workload-selection.ts';

const AROUND = [
  VERSIONS,
  workload('client', {
    namespace: 'legacy',
    container: ['env: [{name: SHOP_URL, value: "http://my-service.default"}]'],
  }),
];

export const istioAuthzPlaintext: Rule = {
  name: 'istio-authz-plaintext',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['AuthorizationPolicy'],
  what: 'An AuthorizationPolicy admits clients by their identity, and a client of the input has none: it is not in the mesh.',
  why: 'Identities come from mutual TLS. A plaintext client has no principal and no namespace: it gets "RBAC: access denied".',
  fix: 'take the client into the mesh, or admit it by its address (ipBlocks)',
  sources: ['istio/istio.io:content/en/docs/concepts/security/index.md'],
  examples: {
    bad: { manifests: manifests(...AROUND, allowing('namespaces: [legacy]')) },
    good: { manifests: manifests(...AROUND, allowing('ipBlocks: [10.0.0.0/8]')) },
  },
  run: hitsOf,
};

function allowing(source: string): string {
  return istioObject('security', 'AuthorizationPolicy', 'web', [
    'selector: {matchLabels: {app: my}}',
    `rules: [{from: [{source: {${source}}}]}]`,
  ]);
}

const IDENTITIES = ['principals', 'namespaces', 'serviceAccounts'];

function hitsOf(input: CheckInput): readonly Hit[] {
  const policies = input.snapshot.objects.ofKind('AuthorizationPolicy');
  const allowing = policies.filter(({ body }) => body.action === 'ALLOW' && body.targetRefs.length === 0);
  const hits = new Map<string, Hit>();
  for (const address of envAddresses(input)) {
    if (!address.exists || isInMesh(input, address.group) !== false) continue;
    const hit = hitOf(input, allowing, address);
    if (hit !== undefined) hits.set(`${subjectName(hit.subject)} ${hit.fact}`, hit);
  }
  return [...hits.values()];
}

/** Where every policy that admits somebody asks who that is. */
function hitOf(
  input: CheckInput,
  policies: readonly AuthorizationPolicyObject[],
  { namespace, service, group, path, entry }: EnvAddress,
): Hit | undefined {
  const found = selectingByKey(input).get(`${namespace}/${service}`);
  const server = found?.groups.find((each) => isInMesh(input, each) === true);
  const port = found?.service.body.ports[0];
  if (server === undefined || port === undefined || isStrict(input, server, findPort(server, port)))
    return undefined;
  const own = policies.filter((policy) => selectedWorkloads(input, policy).includes(server));
  const [first] = own;
  if (first === undefined || !own.every(({ body }) => body.rules.every(asksWho))) return undefined;
  const subject = subjectOf(first);
  return {
    subject,
    path: ['spec', 'rules'],
    message: `${subjectName(subject)} admits clients by identity, and ${subjectName(group.subject)}, which calls ${service} (${entry.name}), has none: it is not in the mesh`,
    related: [{ subject: group.subject, path, message: `calls ${service}` }],
    fact: subjectName(group.subject),
  };
}

/** Where mutual TLS is asked for, that is why the client fails. */
function isStrict(input: CheckInput, server: PodGroup, port: number | undefined): boolean {
  return port === undefined || meshOf(input).peerPolicy(server, port).mode === 'STRICT';
}

function asksWho({ from }: AuthorizationRule): boolean {
  return (
    from?.every((source) => IDENTITIES.some((key) => (source.get(key)?.values.length ?? 0) > 0)) ?? false
  );
}
