/** What placement is tested with: nodes and pods in few words, as the scheduler's own tests have them. */

import { type World, worldOf } from '../world.ts';

interface NodeSketch {
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly object[];
  readonly unschedulable?: boolean;
}

export const list = (items: readonly object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
export const nodes = (sketches: Readonly<Record<string, NodeSketch>>) =>
  Object.entries(sketches).map(([name, { labels = {}, taints = [], unschedulable = false }]) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    spec: { taints, unschedulable },
  }));
export const zones = (names: Readonly<Record<string, string>>, label = 'zone') =>
  nodes(
    Object.fromEntries(
      Object.entries(names).map(([name, zone]) => [name, { labels: { [label]: zone, node: name } }]),
    ),
  );
const containers = [{ name: 'c', image: 'i' }];

interface PodSketch {
  readonly on?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly namespace?: string;
  readonly [field: string]: unknown;
}

export const pod = (name: string, { on, labels = {}, namespace = 'default', ...spec }: PodSketch = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, labels },
  spec: { ...(on === undefined ? {} : { nodeName: on }), ...spec, containers },
});
export const deployment = (name: string, replicas: number, spec: object) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { ...spec, containers } },
  },
});
const nodeOf = ({ cluster }: World, name = 'p') =>
  cluster.pods.find((each) => each.name === name && each.namespace === 'default')?.node;
export const placed = (...items: readonly object[]) => nodeOf(worldOf(list(items)));
export const spread = ({ cluster }: World, workload: string) =>
  cluster.pods.filter(({ name }) => name.startsWith(`${workload}#`)).map(({ node }) => node);
/** Of the pods of the test, not those of the cluster DNS. */
export const complaints = ({ diagnostics }: World) =>
  diagnostics.map(({ text }) => text).filter((text) => !text.includes('kube-system'));
export const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
export const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';
