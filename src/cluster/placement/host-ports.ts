/**
 * Host ports: two pods that want the same one do not share a node.
 * Source: kubernetes/kubernetes:pkg/scheduler/framework/plugins/nodeports/node_ports.go fitsPorts,
 * kubernetes/kube-scheduler:framework/types.go HostPortInfo.CheckConflict.
 */

import { addTo } from '../../collections/grouping.ts';
import type { ContainerPort, PodSpec } from '../../k8s/kinds/pod-spec.ts';
import { declaredPorts } from '../declared-ports.ts';
import type { PodDraft } from '../pod-draft.ts';

/** A pod that has a host port already. */
export interface PortHolder {
  readonly pod: Pick<PodDraft, 'key' | 'origin'>;
  readonly port: ContainerPort;
}

/** Why a node is out: in the scheduler's words, with the port that is wanted and who has it. */
export interface PortRefusal {
  readonly reason: string;
  readonly by: 'hostPorts';
  readonly wanted: ContainerPort;
  readonly holder: PortHolder;
}

/** Who has which host port of which node. */
export interface PortBook {
  /** The pod takes its host ports on a node (by index). */
  occupy(pod: Pick<PodDraft, 'key' | 'origin' | 'spec'>, node: number): void;
  /** The first of the ports that somebody has there; undefined: all are free. */
  refusalOf(spec: PodSpec, node: number): PortRefusal | undefined;
}

const NO_FREE_PORTS = "node(s) didn't have free ports for the requested pod ports";
/** To the scheduler only these are every address; `::` is one like any other. */
const ANY_ADDRESS: ReadonlySet<string> = new Set(['', '0.0.0.0']);

/** Does the pod want ports of its node? Those in the host's network want all that they declare. */
export function wantsHostPorts(spec: PodSpec): boolean {
  return declaredPorts(spec).some(({ hostPort }) => hostPort !== undefined);
}

/** An empty book. A look into it costs as much as the pod has ports. */
export function portBook(): PortBook {
  const books = new Map<number, Map<string, PortHolder[]>>();
  return {
    occupy({ key, origin, spec }, node) {
      for (const port of declaredPorts(spec)) {
        if (port.hostPort === undefined) continue;
        const book = books.get(node) ?? new Map<string, PortHolder[]>();
        books.set(node, book);
        addTo(book, nameOf(port), { pod: { key, origin }, port });
      }
    },
    refusalOf(spec, node) {
      const book = books.get(node);
      if (book === undefined) return undefined;
      for (const wanted of declaredPorts(spec)) {
        const holders = wanted.hostPort === undefined ? undefined : book.get(nameOf(wanted));
        const holder = holders?.find(({ port }) => meetsAddress(wanted, port));
        if (holder !== undefined) return { reason: NO_FREE_PORTS, by: 'hostPorts', wanted, holder };
      }
      return undefined;
    },
  };
}

/** `8080/tcp`. */
function nameOf({ hostPort, protocol }: ContainerPort): string {
  return `${hostPort}/${protocol}`;
}

function meetsAddress({ hostIp: a = '' }: ContainerPort, { hostIp: b = '' }: ContainerPort): boolean {
  return a === b || ANY_ADDRESS.has(a) || ANY_ADDRESS.has(b);
}

/** `host port 8080/tcp, which pod shop/web-0 has`. */
export function describeConflict({ wanted, holder }: PortRefusal): string {
  return `host port ${nameOf(wanted)}, which pod ${holder.pod.key} has`;
}
