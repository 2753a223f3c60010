/** A generated cluster in this process: what the load costs, the matrix, and questions once it is there. */

import { parseAllDocuments } from 'yaml';
import { dnsLookupQuestion, type Snapshot, traceQuestion } from '../src/index.ts';
import { withCluster } from '../src/query/snapshot.ts';
import { asJson, asYaml, clusterObjects } from './generate.ts';
import { atMost, type Goal, megabytes } from './goals.ts';
import { file, load } from './load.ts';
import { measureMatrix } from './matrix.ts';
import { bareNode, type Subject, takeTurns, timeOf, timing, warm } from './measure.ts';
import { print, printTimings } from './report.ts';
import { namespaceOf, SHAPES, type Shape } from './shapes.ts';

export const CLUSTERS: Readonly<Record<'medium' | 'large' | 'worst', () => void>> = {
  medium: () => inProcess(SHAPES.medium, 2),
  large: () => inProcess(SHAPES.large, 1),
  worst: () => inProcess(SHAPES.worst, 1),
};

/** Beside iptables, which the profile's is. */
const OTHER_MODES = ['nftables', 'ipvs'] as const;

/** Load and questions. `yaml` alone reads only what takes it less than half a minute. */
function inProcess(shape: Shape, rounds: number): void {
  const objects = clusterObjects(shape);
  const [json, text] = [asJson(objects), asYaml(objects)];
  print(
    `${shape.name}: ${shape.workloads * shape.replicas} pods, ${shape.services} Services, ${shape.policies} policies, ${shape.nodes} nodes`,
  );

  let snapshot: Snapshot | undefined;
  const subjects: Subject[] = [
    { name: 'JSON.parse', run: () => void JSON.parse(json) },
    {
      name: `k8snet: load ${megabytes(text.length)} of YAML`,
      run: () => {
        snapshot = load([file(text)]);
      },
    },
    ...(shape.name === 'medium'
      ? [{ name: 'yaml: parseAllDocuments', run: () => void parseAllDocuments(text) }]
      : []),
  ];
  printTimings(takeTurns(subjects, rounds));
  if (snapshot !== undefined) {
    measureMatrix(shape, snapshot);
    questions(shape, snapshot);
  }
  print(`  ${megabytes(process.memoryUsage().rss)} of memory after that`);
}

/** The first question of a sort wires nodes, compiles rules or indexes names; later ones do not. */
function questions(shape: Shape, snapshot: Snapshot): void {
  const index = shape.namespaces + 1;
  const from = `${namespaceOf(shape, index)}/deploy/app-${index}`;
  const question = { from, to: `svc/app-${index}`, dns: true };
  const walk = () => void traceQuestion(snapshot, { ...question, policies: 'ignored' });
  const trace = () => void traceQuestion(snapshot, question);
  // The Services of the pod's namespace, one after the other.
  const near = Math.max(1, Math.floor(shape.services / shape.namespaces) - 1);
  const look = (call: number) => {
    dnsLookupQuestion(snapshot, { name: `app-${index + (call % near) * shape.namespaces}`, from });
  };
  printTimings([
    bareNode(),
    timing('first trace', [timeOf(walk)]),
    warm(`trace to ${shape.replicas} endpoints, policies ignored`, walk, atLarge(shape, 5)),
    warm('the same with policies, and an edit that mends it', trace),
    warm('dns lookup', look, atLarge(shape, 0.1)),
    ...OTHER_MODES.flatMap((mode) => {
      const other = inMode(snapshot, mode);
      const asked = () => void traceQuestion(other, { ...question, policies: 'ignored' });
      return [
        timing(`first trace in ${mode} mode`, [timeOf(asked)]),
        warm(`trace to ${shape.replicas} endpoints in ${mode} mode`, asked, atLarge(shape, 10)),
      ];
    }),
  ]);
}

/** The same cluster with another service proxy. */
function inMode(snapshot: Snapshot, mode: (typeof OTHER_MODES)[number]): Snapshot {
  const { cluster } = snapshot;
  const { profile } = cluster;
  const proxy = { ...profile.proxy, mode };
  const other = withCluster(snapshot, { ...cluster, profile: { ...profile, proxy } });
  void other.dataplane;
  return other;
}

/** Goals are about the largest cluster that Kubernetes promises to work in. */
function atLarge({ name }: Shape, milliseconds: number): { readonly goal?: Goal } {
  return name === 'large' ? { goal: atMost(milliseconds) } : {};
}
