/** NetworkPolicies of generated clusters. */

import type { Random } from './random.ts';
import { type Manifest, namespaceOf, podLabels, type Shape } from './shapes.ts';

/** One policy; the first one of a namespace denies by default, the others let a client in. */
export function networkPolicy(shape: Shape, index: number, random: Random): Manifest {
  const isDefault = index < shape.namespaces;
  const spec = isDefault
    ? { podSelector: {}, policyTypes: ['Ingress'] }
    : shape.name === 'worst'
      ? hardSpec(shape, index, random)
      : usualSpec(shape, index, random);
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `policy-${index}`, namespace: namespaceOf(shape, index) },
    spec,
  };
}

/** Of 100: 5 by address, 10 egress, 5 port ranges, 3 named ports, 5 expressions, the others plain. */
function usualSpec(shape: Shape, index: number, random: Random): Manifest {
  const kind = random.below(100);
  const target = index % shape.workloads;
  const matchLabels = podLabels(shape, target);
  const podSelector =
    kind >= 23 && kind < 28
      ? { matchExpressions: [{ key: 'app', operator: 'In', values: [`app-${target}`] }] }
      : { matchLabels };
  const client = { podSelector: { matchLabels: { tier: random.pick(['web', 'api']) } } };
  const from = kind < 5 ? { ipBlock: { cidr: '10.0.0.0/9', except: [`10.1.${index % 256}.0/24`] } } : client;
  const port = kind >= 20 && kind < 23 ? { port: 'http' } : { port: 8080 };
  const ports = [kind >= 15 && kind < 20 ? { ...port, endPort: 8090 } : port];
  if (kind >= 5 && kind < 15)
    return { podSelector, policyTypes: ['Egress'], egress: [{ to: [from], ports }] };
  return { podSelector, ingress: [{ from: [from], ports }] };
}

/** What no index helps with: exclusions, ranges with holes, port ranges. */
function hardSpec(shape: Shape, index: number, random: Random): Manifest {
  const key = `key-${index % 97}`;
  const values = [`value-${random.below(shape.workloads)}`, `value-${random.below(shape.workloads)}`];
  const port = 1024 + random.below(30_000);
  const block = { cidr: `10.${index % 128}.0.0/16`, except: [`10.${index % 128}.${random.below(256)}.0/24`] };
  const peer = index % 5 === 0 ? { ipBlock: block } : { podSelector: { matchLabels: { tier: 'web' } } };
  return {
    podSelector: { matchExpressions: [{ key, operator: 'NotIn', values }] },
    ingress: [{ from: [peer], ports: [{ port, endPort: port + random.below(2000) }] }],
  };
}
