import { findPort } from '../../control/endpoint-ports.ts';
import type { CheckInput } from '../check-input.ts';
import { type EnvAddress, envAddresses } from '../env-addresses.ts';
import { manifests, workload } from '../example-manifests.ts';
import { istioObject, VERSIONS } from '../example-meshes.ts';
import { namespace } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import { isInMesh, meshOf } from '../meshes.ts';
import type { Rule } from '../rule.ts';
import { selectingByKey } from '../services.ts';
import { subjectName, subjectOf } from '../subject.ts';

const AROUND = manifests(
  VERSIONS,
  namespace('legacy', 'team: old'),
  workload('old', {
    namespace: 'legacy',
    container: ['env: [{name: URL, value: "http://my-service.default"}]'],
  }),
);

export const istioStrictPlaintext: Rule = {
  name: 'istio-strict-plaintext',
  severity: 'error',
  precision: 'closed-world',
  tier: 2,
  kinds: ['PeerAuthentication'],
  what: 'Pods ask for mutual TLS, and a client that is not in the mesh has their Service in a variable.',
  why: 'The client has no proxy that would speak TLS for it: its connections are reset.',
  fix: 'take the client into the mesh, or let PeerAuthentication be PERMISSIVE for that port',
  sources: ['istio/istio:pilot/pkg/security/authn/policy_applier.go'],
  examples: {
    bad: { manifests: manifests(AROUND, strict('STRICT')) },
    good: { manifests: manifests(AROUND, strict('PERMISSIVE')) },
  },
  run: hitsOf,
};

function strict(mode: string): string {
  return istioObject('security', 'PeerAuthentication', 'default', [`mtls: {mode: ${mode}}`]);
}

function hitsOf(input: CheckInput): readonly Hit[] {
  const hits = new Map<string, Hit>();
  for (const address of envAddresses(input)) {
    if (!address.exists || isInMesh(input, address.group) !== false) continue;
    const hit = hitOf(input, address);
    if (hit !== undefined) hits.set(`${subjectName(hit.subject)} ${hit.fact}`, hit);
  }
  return [...hits.values()];
}

function hitOf(
  input: CheckInput,
  { group, path, namespace: home, service: name, entry }: EnvAddress,
): Hit | undefined {
  const found = selectingByKey(input).get(`${home}/${name}`);
  for (const server of found?.groups ?? []) {
    if (isInMesh(input, server) !== true) continue;
    const port = found?.service.body.ports
      .map((each) => findPort(server, each))
      .find((each) => each !== undefined);
    if (port === undefined) continue;
    const policy = meshOf(input).peerPolicy(server, port);
    const object = input.snapshot.objects
      .ofKind('PeerAuthentication')
      .find(({ origin }) => origin.document === policy.at?.document && isBelow(policy.at.path, origin.path));
    if (policy.mode !== 'STRICT' || policy.at === undefined || object === undefined) continue;
    return {
      subject: subjectOf(object),
      path: [...policy.at.path.slice(object.origin.path.length), 'mode'],
      message: `${subjectName(subjectOf(object))} asks for mutual TLS, which ${subjectName(group.subject)} does not speak: it is not in the mesh and calls ${name} (${entry.name})`,
      related: [{ subject: group.subject, path, message: `calls ${name}` }],
      fact: subjectName(group.subject),
    };
  }
  return undefined;
}

function isBelow(path: readonly (string | number)[], above: readonly (string | number)[]): boolean {
  return above.every((part, index) => path[index] === part);
}
