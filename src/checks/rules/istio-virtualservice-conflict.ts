import { MESH } from '../../l7/istio/names.ts';
import type { RuleSet } from '../../l7/istio/rule-sets.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests } from '../example-manifests.ts';
import { VERSIONS, virtualService } from '../example-meshes.ts';
import type { Hit } from '../hit.ts';
import { meshOf } from '../meshes.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

export const istioVirtualserviceConflict: Rule = {
  name: 'istio-virtualservice-conflict',
  severity: 'warning',
  precision: 'certain',
  tier: 1,
  kinds: ['VirtualService'],
  what: 'Two VirtualServices for sidecars have a host in common.',
  why: 'A sidecar takes the oldest alone for a host; the rules of the other are never asked, while at gateways they are joined.',
  fix: 'write the rules into one VirtualService, or let it delegate',
  sources: ['istio/istio:pilot/pkg/networking/core/route/route.go BuildSidecarVirtualHostWrapper'],
  examples: {
    bad: {
      manifests: manifests(
        VERSIONS,
        rules('a', 'my-service'),
        rules('b', 'my-service.default.svc.cluster.local'),
      ),
    },
    good: { manifests: manifests(VERSIONS, rules('a', 'my-service')) },
  },
  run: hitsOf,
};

function rules(name: string, host: string): string {
  return virtualService(name, `hosts: [${host}]`, 'http: [{route: [{destination: {host: my-service}}]}]');
}

function hitsOf(input: CheckInput): readonly Hit[] {
  const mesh = meshOf(input);
  const namespaces = new Set(mesh.rules.all.map(({ namespace }) => namespace));
  const hits = new Map<string, Hit>();
  for (const namespace of namespaces) {
    const owners = mesh.rules.httpOwners(namespace);
    for (const set of mesh.rules.forGateway(MESH, namespace)) {
      if (set.http.length === 0) continue;
      for (const [index, host] of set.hosts.entries()) {
        const owner = owners.get(host);
        if (owner !== undefined && owner !== set)
          hits.set(`${set.key} ${index}`, conflict(owner, set, index));
      }
    }
  }
  return [...hits.values()];
}

function conflict(winner: RuleSet, loser: RuleSet, index: number): Hit {
  const [first, second] = [subjectOf(winner.object), subjectOf(loser.object)];
  const host = loser.hosts[index] ?? '';
  return {
    subject: second,
    path: ['spec', 'hosts', index],
    message: `${subjectName(second)} is never asked for ${host}: ${subjectName(first)} has the host too, and comes first`,
    related: [{ subject: first, path: ['spec', 'hosts'], message: 'wins' }],
    fact: host,
  };
}
