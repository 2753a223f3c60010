/** The question of `explain virtualservice`: the rules as a proxy has them, and what becomes of one request. */

import type { Pod } from '../../cluster/cluster.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { VirtualServiceObject } from '../../k8s/kinds/virtual-service.ts';
import { oldestFirst } from '../../l7/istio/age.ts';
import type { Mesh } from '../../l7/istio/mesh.ts';
import { hostsMatch, isWildcard, MESH } from '../../l7/istio/names.ts';
import { type IstioMesh, istioMesh } from '../../l7/istio/routing.ts';
import type { RuleSet } from '../../l7/istio/rule-sets.ts';
import type { AssumptionAnswer } from '../answer.ts';
import { assumptionSet } from '../assumptions.ts';
import { objectNamer } from '../namer.ts';
import type { Snapshot } from '../snapshot.ts';
import { diagnosticAnswer, type ObjectNamer, sourceAnswer } from '../source-answer.ts';
import { resolvePod } from '../target.ts';
import { TOOL } from '../tool.ts';
import { unmodelledNear } from '../unmodelled-index.ts';
import { UsageError } from '../usage-error.ts';
import { virtualServiceFindings } from './findings.ts';
import type {
  MeshAnswer,
  VirtualHostAnswer,
  VirtualServiceAnswer,
  VirtualServiceExplanation,
} from './istio-answer.ts';
import { type RoutedRequest, routeRequest, type VirtualServiceQuestion } from './request.ts';
import { ruleAnswers } from './rule-answers.ts';
import { viewpointOf } from './viewpoint.ts';

/** Hosts that a wildcard covers are listed up to this many. */
const MOST_COVERED = 20;

interface Explaining {
  readonly snapshot: Snapshot;
  readonly mesh: IstioMesh;
  readonly namer: ObjectNamer;
  /** A pod that somebody asked for. */
  readonly from?: Pod;
}

/**
 * Explains the VirtualServices of a snapshot, or one of them.
 * @throws UsageError
 */
export function explainVirtualService(
  snapshot: Snapshot,
  question: VirtualServiceQuestion,
): VirtualServiceExplanation {
  const from = question.from === undefined ? undefined : resolvePod(snapshot.cluster, question.from);
  const explaining: Explaining = {
    snapshot,
    mesh: istioMesh(snapshot.control),
    namer: objectNamer(snapshot.objects),
    ...(from === undefined ? {} : { from }),
  };
  const { url } = question;
  const routed = url === undefined ? undefined : routeRequest(explaining, { ...question, url });
  const objects = named(snapshot, question.name);
  const { mesh } = explaining.mesh;
  const problems = objects.length === 0 ? [] : mesh.problems;
  return {
    schema: 'k8snet/explain-virtualservice/1',
    tool: TOOL,
    mesh: meshAnswer(mesh),
    virtualServices: objects.map((object) => virtualServiceAnswer(explaining, object)),
    ...(routed === undefined ? {} : { request: routed.answer, losers: routed.losers }),
    findings: [...problems, ...(routed?.outcome.unmodelled ?? []), ...unmodelledObjects(explaining)].map(
      (each) => diagnosticAnswer(each, explaining.namer),
    ),
    assumptions: assumptions(explaining, routed),
  };
}

function named({ objects, profile }: Snapshot, text: string | undefined): readonly VirtualServiceObject[] {
  const all = [...oldestFirst(objects.ofKind('VirtualService'))].sort(
    (a, b) => Number(a.body.hosts.length === 0) - Number(b.body.hosts.length === 0),
  );
  if (text === undefined) return all;
  const full = all.map((each) => ({ each, key: `${each.metadata.namespace}/${each.metadata.name}` }));
  const found = full.filter(({ each, key }) => key === text || each.metadata.name === text);
  const own = found.filter(({ each }) => each.metadata.namespace === profile.namespace);
  const chosen = found.length > 1 && own.length === 1 ? own : found;
  if (chosen.length === 1) return chosen.map(({ each }) => each);
  throw new UsageError(
    found.length === 0 ? `there is no VirtualService "${text}"` : `"${text}" means several VirtualServices`,
    (found.length === 0 ? full : found).map(({ key }) => key).slice(0, 10),
  );
}

function meshAnswer({ settings, control, membership }: Mesh): MeshAnswer {
  const pods = { sidecar: 0, gateway: 0, ambient: 0, none: 0 };
  for (const pod of control.cluster.pods) pods[membership(pod).membership] += 1;
  return {
    rootNamespace: settings.rootNamespace,
    outboundTrafficPolicy: settings.outbound,
    autoMtls: settings.autoMtls,
    pods,
  };
}

function virtualServiceAnswer(explaining: Explaining, object: VirtualServiceObject): VirtualServiceAnswer {
  const {
    namer,
    mesh: { mesh },
  } = explaining;
  const { metadata, body, origin } = object;
  const set = mesh.rules.all.find((each) => each.object === object);
  const common = {
    namespace: metadata.namespace,
    name: metadata.name,
    exportTo: body.exportTo,
    at: sourceAnswer(origin, { namer }),
  };
  if (set === undefined) {
    const role = body.refused ? ('refused' as const) : ('delegate' as const);
    return { ...common, hosts: [], gateways: [], role, viewpoint: '', rules: [], findings: [] };
  }
  const viewpoint = viewpointOf(mesh, set, explaining.from);
  const looking = { mesh, namer, viewpoint };
  return {
    ...common,
    hosts: set.hosts.map((host) => hostAnswer(mesh, set, host)),
    gateways: [...set.gateways],
    role: 'root',
    viewpoint: viewpoint.text,
    rules: ruleAnswers(looking, set),
    findings: virtualServiceFindings(looking, set).map((each) => diagnosticAnswer(each, namer)),
  };
}

function hostAnswer(mesh: Mesh, set: RuleSet, host: string): VirtualHostAnswer {
  const { byHost } = mesh.registry(set.namespace);
  if (isWildcard(host)) {
    const covered = [...byHost.keys()].filter((each) => hostsMatch(each, host));
    const isName = covered.length === 0 || !set.gateways.has(MESH);
    return {
      host,
      kind: isName ? 'name' : 'wildcard',
      services: isName ? [] : covered.slice(0, MOST_COVERED),
    };
  }
  const service = byHost.get(host);
  return service === undefined
    ? { host, kind: 'name', services: [] }
    : { host, kind: service.kind, services: [host] };
}

/** Configuration of proxies that is in the input and not modelled. */
function unmodelledObjects({ snapshot, mesh: { mesh } }: Explaining): readonly Diagnostic[] {
  const namespaces = new Set(snapshot.cluster.namespaces.keys());
  return unmodelledNear(snapshot.objects, namespaces)
    .filter(({ concern, apiVersion }) => concern === 'mesh' && apiVersion.includes('istio.io'))
    .map(
      ({ kind, namespace, name, origin }): Diagnostic => ({
        code: 'unmodelled',
        severity: 'warning',
        text: `${kind} ${namespace}/${name} may change what proxies do; ${kind} is not modelled (root namespace ${mesh.settings.rootNamespace})`,
        sources: [{ at: origin, role: 'context' }],
      }),
    );
}

function assumptions(
  { snapshot, mesh: { mesh } }: Explaining,
  routed: RoutedRequest | undefined,
): readonly AssumptionAnswer[] {
  const set = assumptionSet();
  const undated = snapshot.objects
    .ofKind('VirtualService')
    .filter(({ metadata }) => metadata.creationTimestamp === undefined);
  if (undated.length > 1) set.add('A_OBJECT_AGE', { decisive: false });
  if (mesh.settings.at === undefined)
    set.add('A_MESH_CONFIG', { decisive: routed?.outcome.cluster !== undefined });
  return set.list();
}
