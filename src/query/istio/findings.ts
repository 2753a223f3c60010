/** What is wrong with a VirtualService, at the field that is wrong; the names are those of `k8snet check`. */

import { explainNoEndpoints } from '../../control/missing-endpoints.ts';
import type { Diagnostic, DiagnosticSource, Help } from '../../diagnostics/diagnostic.ts';
import { nearest } from '../../diagnostics/did-you-mean.ts';
import type { HttpRule } from '../../k8s/istio-parts/http-rule.ts';
import type { L4Rule } from '../../k8s/istio-parts/l4-rule.ts';
import { runsAtWaypoint } from '../../l7/istio/ambient/rule-runners.ts';
import { namedGateways, servedHosts } from '../../l7/istio/gateway-binding.ts';
import { takesAllOf } from '../../l7/istio/match-cover.ts';
import type { Mesh } from '../../l7/istio/mesh.ts';
import { halfQualifiedName, intersectHosts, MESH } from '../../l7/istio/names.ts';
import type { MeshBranch } from '../../l7/istio/outcome.ts';
import { speaksNoHttp } from '../../l7/istio/protocol.ts';
import type { Placed, RuleSet } from '../../l7/istio/rule-sets.ts';
import { isVisible } from '../../l7/istio/visibility.ts';
import { refTo, type SourceRef } from '../../source/ref.ts';
import { branchesOf, type Looking } from './rule-answers.ts';
import { selectedPods } from './viewpoint.ts';

/** All findings of one VirtualService, in the order of its fields. */
export function virtualServiceFindings(looking: Looking, set: RuleSet): readonly Diagnostic[] {
  return [
    ...hostFindings(looking.mesh, set),
    ...gatewayFindings(looking.mesh, set),
    ...proxyFindings(looking.mesh, set),
    ...[...set.http, ...set.tls, ...set.tcp].flatMap((placed) => destinationFindings(looking, placed)),
    ...unreachableFindings(set),
  ];
}

interface Finding extends Pick<Diagnostic, 'code' | 'severity' | 'text'> {
  readonly at: SourceRef;
  readonly context?: readonly DiagnosticSource[];
  readonly help?: Help;
}

function finding({ at, context = [], help, ...rest }: Finding): Diagnostic {
  return {
    ...rest,
    sources: [{ at, role: 'primary' }, ...context],
    ...(help === undefined ? {} : { help: [help] }),
  };
}

function likely(text: string): Help {
  return { text, applicability: 'likely' };
}

/** Hosts that name no service though they look like one, and hosts that an older VirtualService has. */
function hostFindings(mesh: Mesh, set: RuleSet): readonly Diagnostic[] {
  if (!set.gateways.has(MESH)) return [];
  const { origin } = set.object;
  const { byHost } = mesh.registry(set.namespace);
  return set.hosts.flatMap((host, index): readonly Diagnostic[] => {
    const at = refTo(origin, 'spec', 'hosts', index);
    const complete = byHost.has(host) ? undefined : halfQualified(mesh, host);
    if (complete !== undefined) return [halfQualifiedFinding(host, complete, at)];
    return [...conflictFindings(mesh, set, { host, at }), ...protocolFindings(mesh, set, { host, at })];
  });
}

/** `web.shop` where there is a Service shop/web: the full name. */
function halfQualified({ domain, kubeService }: Mesh, host: string): string | undefined {
  const full = halfQualifiedName(host, domain);
  return full !== undefined && kubeService(full) !== undefined ? full : undefined;
}

function halfQualifiedFinding(host: string, complete: string, at: SourceRef): Diagnostic {
  return finding({
    code: 'istio-host-half-qualified',
    severity: 'error',
    text: `"${host}" has a dot, so that Istio takes it for a full name, which no service has`,
    at,
    help: likely(`write ${complete}`),
  });
}

interface Host {
  readonly host: string;
  readonly at: SourceRef;
}

function conflictFindings({ rules }: Mesh, set: RuleSet, { host, at }: Host): readonly Diagnostic[] {
  const older = rules.httpOwners(set.namespace).get(host);
  if (older === undefined || older === set || set.http.length === 0) return [];
  return [
    finding({
      code: 'istio-virtualservice-conflict',
      severity: 'warning',
      text: `VirtualService ${older.key} has the host ${host} before this one: a sidecar takes its HTTP rules alone, and of this one none`,
      at,
      context: [{ at: refTo(older.object.origin, 'spec', 'hosts'), role: 'context', label: 'counts' }],
      help: likely('put the rules of both into one VirtualService, or bind one of them to a gateway only'),
    }),
  ];
}

function protocolFindings(mesh: Mesh, set: RuleSet, { host, at }: Host): readonly Diagnostic[] {
  const service = mesh.registry(set.namespace).byHost.get(host);
  if (service === undefined || set.http.length === 0 || service.resolution === 'alias') return [];
  if (!speaksNoHttp(service.ports)) return [];
  const [port] = service.ports;
  return [
    finding({
      code: 'istio-port-protocol',
      severity: 'warning',
      text: `HTTP rules are for no port of ${host}: Istio takes port ${port?.port} for ${port?.protocol}`,
      at,
      ...(port?.at === undefined
        ? {}
        : { context: [{ at: port.at, role: 'context' as const, label: `name "${port.name}"` }] }),
      help: likely('name the port http, or write appProtocol: http'),
    }),
  ];
}

/** Gateways that are missing, that nothing serves, or that have no host in common. */
function gatewayFindings(mesh: Mesh, set: RuleSet): readonly Diagnostic[] {
  return namedGateways(mesh.gateways, set.object).flatMap(({ name, at, gateway }): readonly Diagnostic[] => {
    if (gateway === undefined) return [missingGateway(mesh, name, at)];
    const selected = selectedPods(mesh, gateway);
    const unbound =
      selected.length > 0
        ? []
        : [
            finding({
              code: 'istio-gateway-unbound',
              severity: 'warning',
              text: `Gateway ${name} selects no pod of the manifests: nothing listens for it`,
              at,
              context: [{ at: refTo(gateway.origin, 'spec', 'selector'), role: 'context' }],
            }),
          ];
    const common = intersectHosts(servedHosts(gateway, set.namespace), set.hosts);
    if (common.length > 0) return unbound;
    return [
      ...unbound,
      finding({
        code: 'istio-gateway-host',
        severity: 'warning',
        text: `Gateway ${name} has no host for ${set.hosts.join(', ')}: it does not use these rules`,
        at,
        context: [{ at: refTo(gateway.origin, 'spec', 'servers'), role: 'context' }],
      }),
    ];
  });
}

function missingGateway({ gateways }: Mesh, name: string, at: SourceRef): Diagnostic {
  const names = gateways.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  const [near] = nearest(name, names, 1);
  return finding({
    code: 'istio-gateway-unbound',
    severity: names.length === 0 ? 'warning' : 'error',
    text: `Gateway ${name} is not in the manifests`,
    at,
    ...(near === undefined ? {} : { help: likely(`did you mean ${near}?`) }),
  });
}

/** Rules for sidecars where no pod has one. */
function proxyFindings(mesh: Mesh, set: RuleSet): readonly Diagnostic[] {
  if (!set.gateways.has(MESH)) return [];
  const { pods } = mesh.control.cluster;
  const hasClient = pods.some(
    (pod) => isVisible(set.visibility, pod.namespace) && mesh.membership(pod).membership === 'sidecar',
  );
  if (hasClient || pods.length === 0 || runsAtWaypoint(mesh, set)) return [];
  if (pods.some((pod) => mesh.membership(pod).membership === 'ambient')) {
    return [
      finding({
        code: 'istio-no-proxy',
        severity: 'warning',
        text: 'no waypoint is before the hosts of these rules, and no pod of the manifests has a sidecar: ztunnel, which pods in ambient mode have, reads no request',
        at: refTo(set.object.origin, 'spec', 'hosts'),
        help: likely('deploy a waypoint, and label the Service or its namespace istio.io/use-waypoint'),
      }),
    ];
  }
  return [
    finding({
      code: 'istio-no-proxy',
      severity: 'warning',
      text: 'no pod of the manifests has a sidecar that runs these rules; what clients without one ask, they do not change',
      at: refTo(set.object.origin, 'spec', 'hosts'),
      help: likely('label the namespace of the clients istio-injection: enabled'),
    }),
  ];
}

function destinationFindings(looking: Looking, placed: Placed<HttpRule | L4Rule>): readonly Diagnostic[] {
  return branchesOf(looking, placed).flatMap((branch) => branchFinding(looking, branch) ?? []);
}

/** What is wrong with one destination; undefined: nothing that its field could say. */
export function branchFinding(looking: Looking, branch: MeshBranch): Diagnostic | undefined {
  const { failure, at } = branch;
  if (failure === undefined || at === undefined) return undefined;
  switch (failure.kind) {
    case 'no-such-service':
      return unknownHost(looking, branch, at);
    case 'no-such-port':
      return unknownPort(branch, at);
    case 'no-such-subset':
      return unknownSubset(looking, branch, at);
    case 'no-endpoints':
      return withoutEndpoints(looking, branch, at);
    default:
      return undefined;
  }
}

function unknownHost({ mesh, viewpoint }: Looking, { host }: MeshBranch, at: SourceRef): Diagnostic {
  const field = refTo(at, 'host');
  const complete = halfQualified(mesh, host);
  if (complete !== undefined) return halfQualifiedFinding(host, complete, field);
  const { byHost } = mesh.registry(viewpoint.proxy.namespace);
  const [near] = nearest(host, [...byHost.keys()], 1);
  const isKnown = byHost.has(host);
  return finding({
    code: 'istio-host-unknown',
    severity: 'error',
    text: isKnown
      ? `${viewpoint.text} does not know ${host}: its Sidecar does not import it; ${fateAt(at)}`
      : `no Service or ServiceEntry has the host ${host}: ${fateAt(at)}`,
    at: field,
    ...(near === undefined || isKnown ? {} : { help: likely(`did you mean ${near}?`) }),
  });
}

function unknownPort({ host, port, service }: MeshBranch, at: SourceRef): Diagnostic {
  const known = service?.ports.map((each) => each.port).join(', ') ?? '';
  return finding({
    code: 'istio-destination-port',
    severity: 'error',
    text: `${host} has no port ${port} (it has ${known}): ${fateAt(at)}`,
    at,
    help: likely(`write port: {number: ${service?.ports[0]?.port ?? port}}`),
  });
}

/** What becomes of what a destination without a cluster gets: only a rule of HTTP can answer. */
function fateAt({ path }: SourceRef, which = ''): string {
  return path.includes('http') ? `requests${which} get 503 NC` : `connections${which} are reset`;
}

/** With the rule that counts, and with one that defines the subset but does not count. */
function unknownSubset({ mesh, viewpoint }: Looking, branch: MeshBranch, at: SourceRef): Diagnostic {
  const { host, subset = '', rule } = branch;
  const names = rule?.subsets.map(({ name }) => name) ?? [];
  const [near] = nearest(subset, names, 1);
  const elsewhere = mesh.control.cluster.objects
    .ofKind('DestinationRule')
    .find(({ body }) => rule?.object.body !== body && body.subsets.some(({ name }) => name === subset));
  const other = elsewhere === undefined ? '' : `${elsewhere.metadata.namespace}/${elsewhere.metadata.name}`;
  const what =
    rule === undefined
      ? `no DestinationRule of ${host} counts for ${viewpoint.text}`
      : `DestinationRule ${rule.object.metadata.namespace}/${rule.object.metadata.name} has no subset ${subset}`;
  return finding({
    code: 'istio-subset-undefined',
    severity: 'error',
    text: `${what}: ${fateAt(at, ` for subset ${subset}`)}${elsewhere === undefined ? '' : `; ${other} has a subset of that name, for "${elsewhere.body.host}" of its own namespace`}`,
    at: refTo(at, 'subset'),
    context: [
      ...(rule === undefined ? [] : [{ at: refTo(rule.object.origin, 'spec'), role: 'context' as const }]),
      ...(elsewhere === undefined
        ? []
        : [{ at: refTo(elsewhere.origin, 'spec', 'host'), role: 'near-miss' as const }]),
    ],
    help: likely(
      near === undefined
        ? `add a DestinationRule for ${host} with subsets: [{name: ${subset}, labels: …}]`
        : `did you mean ${near}?`,
    ),
  });
}

function withoutEndpoints({ mesh }: Looking, branch: MeshBranch, at: SourceRef): Diagnostic {
  const { host, subset, chosenSubset, service, port } = branch;
  if (chosenSubset !== undefined && subset !== undefined) {
    const labels = [...chosenSubset.labels].map(([key, value]) => `${key}: ${value}`).join(', ');
    return finding({
      code: 'istio-subset-empty',
      severity: 'warning',
      text: `no ready pod of ${host} has the labels of subset ${subset} ({${labels}}): its requests get 503 UH`,
      at: refTo(at, 'subset'),
      context: [{ at: refTo(chosenSubset.owner.origin, ...chosenSubset.path), role: 'context' }],
    });
  }
  const [name = '', namespace = ''] = host.split('.');
  const servicePort = mesh.control
    .servicePortsOf(`${namespace}/${name}`)
    .find((each) => each.port === port && each.protocol === 'tcp');
  if (service?.kind === 'service' && servicePort !== undefined) {
    return explainNoEndpoints(mesh.control, servicePort).diagnostic;
  }
  return finding({
    code: 'istio-subset-empty',
    severity: 'warning',
    text: `${host} has no endpoint: requests get 503 UH`,
    at,
  });
}

/** Rules behind one that takes everything, or all that they ask for. */
function unreachableFindings({ http }: RuleSet): readonly Diagnostic[] {
  return http.flatMap((placed, index): readonly Diagnostic[] => {
    const before = http.slice(0, index).find((each) => takesAllOf(each.rule.match, placed.rule.match));
    if (before === undefined) return [];
    return [
      finding({
        code: 'istio-route-unreachable',
        severity: 'warning',
        text: `${placed.label} is never reached: ${before.label} takes every request that it asks for`,
        at: placed.at,
        context: [{ at: before.at, role: 'context', label: 'takes them' }],
      }),
    ];
  });
}
