/**
 * A second evaluator of policies, to compare with: manifests as they are written, one pair of ends and one port at a
 * time, line by line as the APIs' texts have it, and without any of the product's code. Sources:
 * kubernetes/api:networking/v1/types.go, kubernetes-sigs/network-policy-api:apis/v1alpha2/clusternetworkpolicy_types.go,
 * its apis/v1alpha1 of release v0.1.7, apimachinery:pkg/labels/selector.go, and NP-4, NP-5, NP-11, NP-20 to NP-22 of
 * docs/semantics/network-policy.md where those leave something open.
 */

// biome-ignore lint/suspicious/noExplicitAny: manifests are read as they come, without the product's readers.
export type Raw = any;

export type NaiveEnd =
  | { readonly kind: 'pod'; readonly pod: Raw; readonly ip: string }
  | { readonly kind: 'node'; readonly node: Raw; readonly ip: string }
  | { readonly kind: 'address'; readonly ip: string };

export interface NaiveFlow {
  readonly from: NaiveEnd;
  readonly to: NaiveEnd;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly port: number;
}

export interface NaiveWorld {
  readonly objects: readonly Raw[];
  /** Are blocks compared with addresses of pods, and of nodes? */
  readonly blocks: { readonly pods: boolean; readonly nodes: boolean };
}

export type NaiveDirection = 'ingress' | 'egress';

interface Asked {
  readonly flow: NaiveFlow;
  readonly direction: NaiveDirection;
}

/** The end that a pod is: one in its node's network is the node. */
export function endOfPod(world: NaiveWorld, pod: Raw, family: 4 | 6): NaiveEnd {
  const ip = pod.status.podIPs.map((each: Raw) => each.ip).find((each: string) => familyOf(each) === family);
  if (pod.spec.hostNetwork !== true) return { kind: 'pod', pod, ip };
  return endOfNode(world, pod.spec.nodeName, family);
}

/** A process in a node's network. */
export function endOfNode({ objects }: NaiveWorld, name: string, family: 4 | 6): NaiveEnd {
  const node = objects.find((each) => each.kind === 'Node' && each.metadata.name === name);
  const addresses = node.status.addresses.map((each: Raw) => each.address);
  return { kind: 'node', node, ip: addresses.find((each: string) => familyOf(each) === family) };
}

/** What the policies of one end say. */
export function naiveAllows(world: NaiveWorld, flow: NaiveFlow, direction: NaiveDirection): boolean {
  const { from, to } = flow;
  const subject = direction === 'egress' ? from : to;
  // Policies are about pods; those in their node's network are left alone.
  if (subject.kind !== 'pod') return true;
  // A pod reaches itself.
  if (from.kind === 'pod' && to.kind === 'pod' && from.pod === to.pod) return true;
  // "or if the traffic source is the pod's local node"
  if (
    direction === 'ingress' &&
    from.kind === 'node' &&
    from.node.metadata.name === subject.pod.spec.nodeName
  )
    return true;
  const admin = tierSays(world, 'Admin', flow, direction);
  if (admin === 'Accept') return true;
  if (admin === 'Deny') return false;
  const isolating = world.objects.filter(
    (each) => each.kind === 'NetworkPolicy' && affects(each, direction) && naiveSelects(each, subject.pod),
  );
  if (isolating.length > 0) {
    return isolating.some((policy) =>
      (policy.spec[direction] ?? []).some((rule: Raw) =>
        ruleAdmits(world, rule, policy.metadata.namespace, { flow, direction }),
      ),
    );
  }
  return tierSays(world, 'Baseline', flow, direction) !== 'Deny';
}

/** Is a NetworkPolicy about a pod? An absent selector and an empty one are about every pod of the namespace. */
export function naiveSelects({ metadata, spec }: Raw, pod: Raw): boolean {
  return (
    metadata.namespace === pod.metadata.namespace &&
    matchesSelector(spec.podSelector ?? {}, pod.metadata.labels)
  );
}

/** May the flow pass both ends? */
export function naiveVerdict(world: NaiveWorld, flow: NaiveFlow): boolean {
  return naiveAllows(world, flow, 'egress') && naiveAllows(world, flow, 'ingress');
}

/** "If this field is not specified, it will default based on the existence of ingress or egress rules". */
function affects(policy: Raw, direction: NaiveDirection): boolean {
  const types = policy.spec.policyTypes ?? [];
  if (types.length > 0) return types.includes(direction === 'ingress' ? 'Ingress' : 'Egress');
  return direction === 'ingress' || (policy.spec.egress ?? []).length > 0;
}

function ruleAdmits(world: NaiveWorld, rule: Raw, namespace: string, { flow, direction }: Asked): boolean {
  const peer = direction === 'egress' ? flow.to : flow.from;
  const peers = (direction === 'egress' ? rule.to : rule.from) ?? [];
  const ports = rule.ports ?? [];
  const isPeer = peers.length === 0 || peers.some((each: Raw) => naivePeer(world, each, namespace, peer));
  return isPeer && (ports.length === 0 || ports.some((each: Raw) => portAdmits(each, flow)));
}

/** Is an end one that a peer of a NetworkPolicy in a namespace means? */
export function naivePeer(world: NaiveWorld, peer: Raw, namespace: string, end: NaiveEnd): boolean {
  if (peer.ipBlock !== undefined) {
    const { cidr, except = [] } = peer.ipBlock;
    const isIn = (block: string) => contains(block, end.ip);
    return isCompared(world, end) && isIn(cidr) && !except.some(isIn);
  }
  if (end.kind !== 'pod') return false;
  const own = end.pod.metadata;
  const isNamespace =
    peer.namespaceSelector === undefined
      ? own.namespace === namespace
      : matchesSelector(peer.namespaceSelector, namespaceLabels(world, own.namespace));
  return isNamespace && (peer.podSelector === undefined || matchesSelector(peer.podSelector, own.labels));
}

function portAdmits({ protocol = 'TCP', port, endPort }: Raw, flow: NaiveFlow): boolean {
  if (protocol !== flow.protocol) return false;
  if (port === undefined) return true;
  if (typeof port === 'number') return port <= flow.port && flow.port <= (endPort ?? port);
  return portsNamed(flow.to, port).some((each) => each.protocol === protocol && each.port === flow.port);
}

/** The ports of a name at the pod that a flow goes to: of containers, and of init containers that go on running. */
function portsNamed(end: NaiveEnd, name: string): readonly { protocol: string; port: number }[] {
  if (end.kind !== 'pod') return [];
  const { containers, initContainers = [] } = end.pod.spec;
  const running = [...containers, ...initContainers.filter((each: Raw) => each.restartPolicy === 'Always')];
  return running
    .flatMap((each: Raw) => each.ports ?? [])
    .filter((each: Raw) => each.name === name)
    .map((each: Raw) => ({ protocol: each.protocol ?? 'TCP', port: each.containerPort }));
}

type Said = 'Accept' | 'Deny' | 'Pass' | undefined;

/** The first rule of a tier that matches: by priority, then, which is left open, by name; BANP behind all. */
function tierSays(
  world: NaiveWorld,
  tier: 'Admin' | 'Baseline',
  flow: NaiveFlow,
  direction: NaiveDirection,
): Said {
  const subject = direction === 'egress' ? flow.from : flow.to;
  const policies = world.objects
    .filter((each) => tierOf(each) === tier && naiveSubject(world, each.spec.subject, subject))
    .sort((a, b) => priorityOf(a) - priorityOf(b) || (a.metadata.name < b.metadata.name ? -1 : 1));
  for (const policy of policies) {
    for (const rule of policy.spec[direction] ?? []) {
      if (clusterRuleMatches(world, rule, flow, direction))
        return rule.action === 'Allow' ? 'Accept' : rule.action;
    }
  }
  return undefined;
}

function tierOf({ kind, spec }: Raw): string | undefined {
  if (kind === 'ClusterNetworkPolicy') return spec.tier;
  return { AdminNetworkPolicy: 'Admin', BaselineAdminNetworkPolicy: 'Baseline' }[kind as string];
}

function priorityOf({ kind, spec }: Raw): number {
  return kind === 'BaselineAdminNetworkPolicy' ? Number.POSITIVE_INFINITY : spec.priority;
}

/** Is an end one that a subject of a cluster-wide policy means? Those are pods. */
export function naiveSubject(world: NaiveWorld, subject: Raw, end: NaiveEnd): boolean {
  if (end.kind !== 'pod') return false;
  const { namespace, labels } = end.pod.metadata;
  const own = namespaceLabels(world, namespace);
  if (subject.namespaces !== undefined) return matchesSelector(subject.namespaces, own);
  return (
    matchesSelector(subject.pods.namespaceSelector, own) && matchesSelector(subject.pods.podSelector, labels)
  );
}

function clusterRuleMatches(
  world: NaiveWorld,
  rule: Raw,
  flow: NaiveFlow,
  direction: NaiveDirection,
): boolean {
  const peer = direction === 'egress' ? flow.to : flow.from;
  const peers = direction === 'egress' ? rule.to : rule.from;
  const ports = rule.protocols ?? rule.ports;
  return (
    peers.some((each: Raw) => naiveClusterPeer(world, each, peer)) &&
    (ports === undefined || ports.some((each: Raw) => clusterPortMatches(each, flow)))
  );
}

/** Is an end one that a peer of a cluster-wide policy means? */
export function naiveClusterPeer(world: NaiveWorld, peer: Raw, end: NaiveEnd): boolean {
  if (peer.networks !== undefined) {
    return isCompared(world, end) && peer.networks.some((each: string) => contains(each, end.ip));
  }
  if (peer.nodes !== undefined)
    return end.kind === 'node' && matchesSelector(peer.nodes, end.node.metadata.labels);
  // Which addresses a name has stands in no manifest: NP-13.
  if (peer.domainNames !== undefined) return false;
  return naiveSubject(world, peer, end);
}

function clusterPortMatches(item: Raw, flow: NaiveFlow): boolean {
  const named = item.destinationNamedPort ?? item.namedPort;
  if (named !== undefined) {
    return portsNamed(flow.to, named).some(
      (each) => each.protocol === flow.protocol && each.port === flow.port,
    );
  }
  if (item.portNumber !== undefined) {
    const { protocol = 'TCP', port } = item.portNumber;
    return protocol === flow.protocol && port === flow.port;
  }
  if (item.portRange !== undefined) {
    const { protocol = 'TCP', start, end } = item.portRange;
    return protocol === flow.protocol && start <= flow.port && flow.port <= end;
  }
  const of = item[flow.protocol.toLowerCase()];
  if (of === undefined) return false;
  const { number, range } = of.destinationPort ?? {};
  if (number !== undefined) return number === flow.port;
  return range === undefined || (range.start <= flow.port && flow.port <= range.end);
}

/** Every namespace carries its name as a label (KEP-2161). */
function namespaceLabels({ objects }: NaiveWorld, name: string): Raw {
  const found = objects.find((each) => each.kind === 'Namespace' && each.metadata.name === name);
  return { ...found?.metadata.labels, 'kubernetes.io/metadata.name': name };
}

function matchesSelector({ matchLabels, matchExpressions }: Raw, labels: Raw = {}): boolean {
  const has = (key: string) => Object.hasOwn(labels ?? {}, key);
  return (
    Object.entries(matchLabels ?? {}).every(([key, value]) => has(key) && labels[key] === value) &&
    (matchExpressions ?? []).every(({ key, operator, values }: Raw) => {
      if (operator === 'In') return has(key) && values.includes(labels[key]);
      if (operator === 'NotIn') return !(has(key) && values.includes(labels[key]));
      return operator === 'Exists' ? has(key) : !has(key);
    })
  );
}

/** Hosts outside always are; pods and nodes where the CNI goes by addresses. */
function isCompared({ blocks }: NaiveWorld, { kind }: NaiveEnd): boolean {
  if (kind === 'address') return true;
  return kind === 'pod' ? blocks.pods : blocks.nodes;
}

/** 4 or 6. */
export function familyOf(ip: string): 4 | 6 {
  return ip.includes(':') ? 6 : 4;
}

/** Is the address in the block? Bits of hosts in the block are masked. */
function contains(block: string, ip: string): boolean {
  const [base = '', length] = block.split('/');
  if (familyOf(base) !== familyOf(ip)) return false;
  const bits = familyOf(ip) === 4 ? 32 : 128;
  const rest = BigInt(bits - Number(length));
  return numberOf(base) >> rest === numberOf(ip) >> rest;
}

/** An address as a number. */
export function numberOf(ip: string): bigint {
  if (familyOf(ip) === 4) return ip.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  const [head = '', tail] = ip.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const [first, last] = [groups(head), groups(tail ?? '')];
  const middle = tail === undefined ? [] : new Array(8 - first.length - last.length).fill('0');
  return [...first, ...middle, ...last].reduce((sum, part) => sum * 65536n + BigInt(`0x${part}`), 0n);
}

/** The pods behind a Service with a selector, by name, each with the port that it is served at. */
export function naiveTargets(
  { objects }: NaiveWorld,
  { metadata, spec }: Raw,
): readonly { pod: Raw; port: number }[] {
  const [{ protocol, targetPort }] = spec.ports;
  return objects
    .filter((each) => each.kind === 'Pod' && each.status.phase === 'Running')
    .filter((each) => each.metadata.namespace === metadata.namespace)
    .filter((each) => matchesSelector({ matchLabels: spec.selector }, each.metadata.labels))
    .flatMap((pod) => {
      if (typeof targetPort === 'number') return [{ pod, port: targetPort }];
      const named = portsNamed({ kind: 'pod', pod, ip: '' }, targetPort).find(
        (each) => each.protocol === protocol,
      );
      return named === undefined ? [] : [{ pod, port: named.port }];
    });
}
