/** Node ports: the written ones; else a stable hash into the range (assumption A_NODEPORT). */

import type { Diagnostic, DiagnosticSource, Report } from '../diagnostics/diagnostic.ts';
import type { ServiceBody, ServicePortSpec } from '../k8s/service-body.ts';
import { slotFor } from '../net/hash.ts';
import { refTo } from '../source/ref.ts';
import type { ServiceKey } from './cluster.ts';
import type { ClusterProfile } from './profile.ts';
import type { ServiceDraft } from './service-draft.ts';

interface NodePort {
  /** undefined: the Service port has none. */
  readonly port: number | undefined;
  readonly assumed: boolean;
}

interface Allocation {
  readonly profile: ClusterProfile;
  readonly taken: Set<number>;
  readonly report: Report;
  readonly lost?: ReadonlySet<ServicePortSpec>;
}

/**
 * The node ports of each Service, by port index.
 * @param drafts in the order of their keys.
 */
export function allocateNodePorts(
  drafts: readonly ServiceDraft[],
  profile: ClusterProfile,
  report: Report,
): ReadonlyMap<ServiceKey, readonly NodePort[]> {
  const written = drafts.flatMap(({ body }) =>
    body.ports.flatMap(({ nodePort }) => (nodePort ? [nodePort] : [])),
  );
  const allocation = { profile, taken: new Set(written), report };
  const lost = lostNodePorts(drafts, report);
  return new Map(drafts.map((draft) => [draft.key, nodePortsOf(draft, { ...allocation, lost })]));
}

/**
 * Written node ports that another Service has already (by protocol): the API server refuses the second.
 * Of a stored cluster both are kept, and the first one's rule wins.
 * Source: kubernetes/kubernetes:pkg/registry/core/service/portallocator/operation.go.
 */
function lostNodePorts(drafts: readonly ServiceDraft[], report: Report): ReadonlySet<ServicePortSpec> {
  const owners = new Map<string, { readonly draft: ServiceDraft; readonly spec: ServicePortSpec }>();
  const lost = new Set<ServicePortSpec>();
  for (const draft of drafts) {
    for (const spec of draft.body.ports) {
      if (!spec.nodePort) continue;
      const key = `${spec.nodePort}/${spec.protocol}`;
      const owner = owners.get(key);
      if (owner === undefined) owners.set(key, { draft, spec });
      else if (owner.draft !== draft) {
        lost.add(spec);
        report(conflictOf(owner, { draft, spec }));
      }
    }
  }
  return lost;
}

type WrittenPort = { readonly draft: ServiceDraft; readonly spec: ServicePortSpec };

function conflictOf(owner: WrittenPort, loser: WrittenPort): Diagnostic {
  const at = ({ draft, spec }: WrittenPort, role: DiagnosticSource['role']): readonly DiagnosticSource[] =>
    draft.origin === undefined
      ? []
      : [{ at: refTo(draft.origin, ...spec.path, 'nodePort'), role, object: `service/${draft.key}` }];
  return {
    code: 'service-node-port-conflict',
    severity: 'error',
    text: `Services ${owner.draft.key} and ${loser.draft.key} have the same node port ${loser.spec.nodePort}: the API server refuses the second one`,
    sources: [...at(loser, 'primary'), ...at(owner, 'context')],
    help: [{ text: 'give one of them another nodePort, or none', applicability: 'likely' }],
  };
}

/**
 * Ports of one Service that have the same number (for several protocols) share a node port.
 * Source: kubernetes/kubernetes:pkg/registry/core/service/storage/alloc.go initNodePorts.
 */
function nodePortsOf(draft: ServiceDraft, allocation: Allocation): readonly NodePort[] {
  const { ports } = draft.body;
  const wanted = allocation.profile.input === 'authored' && isAllocated(draft.body);
  const byPort = new Map<number, number>();
  for (const { port, nodePort } of ports) if (nodePort && !byPort.has(port)) byPort.set(port, nodePort);
  return ports.map((spec) => {
    const isLost = allocation.profile.input === 'authored' && allocation.lost?.has(spec) === true;
    if (isLost) return { port: undefined, assumed: false };
    if (spec.nodePort) return { port: spec.nodePort, assumed: false };
    if (!wanted) return { port: undefined, assumed: false };
    const port = byPort.get(spec.port) ?? allocate(draft, spec, allocation);
    if (port !== undefined) byPort.set(spec.port, port);
    return { port, assumed: port !== undefined };
  });
}

function isAllocated({ type, allocateLoadBalancerNodePorts }: ServiceBody): boolean {
  return type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts);
}

function allocate(
  { key, origin }: ServiceDraft,
  spec: ServicePortSpec,
  allocation: Allocation,
): number | undefined {
  const { profile, taken, report } = allocation;
  const [from, to] = profile.nodePortRange;
  const slot = slotFor(`${key}/${spec.port}`, to - from + 1, (offset) => !taken.has(from + offset));
  if (slot !== undefined) {
    taken.add(from + slot);
    return from + slot;
  }
  report({
    code: 'address-range-full',
    severity: 'warning',
    text: `Service ${key} is left without a node port: ${from}-${to} is full`,
    sources: origin === undefined ? [] : [{ at: refTo(origin, ...spec.path), role: 'primary' }],
  });
  return undefined;
}
