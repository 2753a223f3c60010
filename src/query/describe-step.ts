/**
 * The sentences of an answer: each step of a walk as programs and people read it. The words are written
 * here, once; renderers only lay them out.
 */

import { present, type Writable } from '../collections/present.ts';
import type { FilterPoint, ProgramPoint } from '../dataplane/event.ts';
import type { PolicyLook } from '../dataplane/policy-look.ts';
import { type Packet, printDestination, printEncapsulation, printOuter, printSource } from '../net/packet.ts';
import { visitOrigin, visitTarget } from '../netfilter/evaluate.ts';
import type { SourceRef } from '../source/ref.ts';
import type { Cause, Step } from '../trace/trace.ts';
import type { Change, PacketAnswer, SourceAnswer, StepAnswer, Where } from './answer.ts';
import { lookText, policyNames } from './policy-words.ts';
import { type ObjectNamer, sourceAnswer } from './source-answer.ts';
import { triedRules } from './tried-rules.ts';

export interface StepContext {
  readonly namer: ObjectNamer;
  /** The name of the port that took the packet, when the pod declares it. */
  readonly portName?: string;
  /** The hostNetwork pod that took the packet at an address of its node. */
  readonly hostPod?: string;
}

type StepOf<Kind extends Step['kind']> = Extract<Step, { kind: Kind }>;

/** A step of a walk as the answer holds it. */
export function describeStep(step: Step, context: StepContext): StepAnswer {
  const said = describe(step, context);
  const { kind = step.kind === 'program' ? 'match' : step.kind, text, verdict, where, changes } = said;
  // Written out, not spread: docs/adr/0006-written-out-copies.md.
  const answer: Writable<StepAnswer> = { kind, text };
  if (verdict !== undefined) answer.verdict = verdict;
  if (where !== undefined) answer.where = where;
  if (changes !== undefined) answer.changes = changes;
  if (said.because !== undefined) answer.because = said.because;
  if (said.detail !== undefined) answer.detail = said.detail;
  answer.packet = packetAnswer(step.packet);
  return answer;
}

/** What is said of a step; an end by a policy is the policy's step. */
type Description = Omit<StepAnswer, 'kind' | 'packet'> & Partial<Pick<StepAnswer, 'kind'>>;

function describe(step: Step, context: StepContext): Description {
  switch (step.kind) {
    case 'originate':
      return { text: flowText(step.packet), where: { out: step.device } };
    case 'receive':
      return {
        text: wireText(step.packet),
        where: { in: step.device },
        detail: { mtu: step.mtu, ...(step.bridge === undefined ? {} : { bridge: step.bridge }) },
      };
    case 'transmit':
      return { text: wireText(step.packet), where: { out: step.device }, detail: { mtu: step.mtu } };
    case 'match':
      return describeMatch(step, context);
    case 'translate':
      return describeTranslation(step, context);
    case 'program':
      return { text: step.text, where: programWhere(step.point), ...cited(step.because, context.namer) };
    case 'policy':
      return describePolicy(step.look, context);
    case 'track':
      return describeTracking(step);
    case 'route':
      return describeRoute(step, context);
    case 'neighbor':
      return describeNeighbor(step);
    case 'bridge':
      return { text: `${step.bridge} › ${step.to}`, where: { in: step.bridge, out: step.to } };
    case 'encapsulate':
      return describeEncapsulation(step);
    case 'decapsulate':
      return { text: printEncapsulation(step.outer), where: { in: step.device } };
    case 'balance':
      return describeBalance(step);
    case 'accept':
      return describeAcceptance(step, context);
    case 'end':
      return describeEnd(step, context);
  }
}

function describeNeighbor({ address, owner, remote, device, mac }: StepOf<'neighbor'>): Description {
  const where = { out: device };
  if (owner !== undefined) {
    return {
      text: `${address.text} is the tunnel end of ${owner}${remote ? `, ${remote.text}` : ''}`,
      where,
    };
  }
  return {
    text: `who has ${address.text}?`,
    where,
    detail: { asks: address.text, ...(mac === undefined ? {} : { mac }) },
  };
}

function describeMatch(step: StepOf<'match'>, { namer }: StepContext): Description {
  return {
    text: filterText(step.point, step.verdict),
    where: whereOf(step.point),
    ...(step.verdict === 'accept' ? {} : { verdict: step.verdict }),
    ...becauseOf(step.point, namer),
    ...triedRules(step.point, step.packet, namer),
  };
}

/** What the rules of a hook did: `FORWARD › FLANNEL-FWD rule 1: accept`, or which chains only returned. */
function filterText({ chains, trail, decidedBy }: FilterPoint, verdict: string): string {
  if (decidedBy !== undefined) return `${chains.join(' › ')} rule ${decidedBy.position}: ${verdict}`;
  if (trail.length === 0) return `${chains.join(' › ')}: no rule matches, policy ${verdict}`;
  const visited = trail.map((visit) => {
    const { chain, position } = visit;
    const target = visitTarget(visit);
    return target?.kind === 'jump' ? target.chain : `${chain} rule ${position}`;
  });
  const returned = visited.filter((name, index) => !visited[index + 1]?.startsWith(`${name} rule`));
  return `${chains.join(' › ')} › ${returned.join(', ')}: nothing decides, policy ${verdict}`;
}

function describeTranslation(step: StepOf<'translate'>, { namer }: StepContext): Description {
  const side = step.side;
  const print = side === 'dst' ? printDestination : printSource;
  const [from, to] = [print(step.before), print(step.packet)];
  const where: Where =
    step.program !== undefined
      ? programWhere(step.program)
      : step.point === undefined
        ? { ...(step.hook === undefined ? {} : { hook: step.hook }), rule: 'conntrack' }
        : whereOf(step.point);
  return {
    text: `${from} ⇒ ${to}`,
    where,
    changes: [{ field: side, nat: step.nat, from, to }],
    ...(step.point === undefined ? {} : becauseOf(step.point, namer)),
    ...(step.point === undefined ? {} : triedRules(step.point, step.before, namer)),
  };
}

function describeTracking({ entry, direction }: StepOf<'track'>): Description {
  const { reply } = entry;
  const isNew = direction === 'original';
  return {
    text: `${isNew ? 'original' : 'reply'} direction, reply tuple ${printSource(reply)} → ${printDestination(reply)}`,
    detail: { direction },
  };
}

function describeRoute(step: StepOf<'route'>, { namer }: StepContext): Description {
  const prefix = step.prefix.length === 0 ? 'default' : step.prefix.text;
  const ttl: readonly Change[] =
    step.ttlBefore === undefined ? [] : [{ field: 'ttl', from: step.ttlBefore, to: step.packet.ttl }];
  return {
    text: step.via === undefined ? `${prefix} on link` : `${prefix} via ${step.via.text}`,
    where: { out: step.device },
    ...(ttl.length === 0 ? {} : { changes: ttl }),
    ...cited(step.because, namer),
    detail: {
      prefix: step.prefix.text,
      ...(step.via === undefined ? {} : { via: step.via.text }),
      ...(step.onlink ? { onlink: true } : {}),
      ...(step.mtu === undefined ? {} : { mtu: step.mtu }),
    },
  };
}

function describeEncapsulation({ outer, device }: StepOf<'encapsulate' | 'decapsulate'>): Description {
  const { src, dst } = printOuter(outer);
  const kind = printEncapsulation(outer);
  return {
    text: `${kind}, ${outer.src.text} → ${dst}`,
    where: { out: device },
    changes: [{ field: 'outer', from: null, to: `${kind} ${src} ${dst}` }],
  };
}

/** Which node, of how many and why; and on the way back, that the balancer's address is put in again. */
function describeBalance({ packet, before, choice }: StepOf<'balance'>): Description {
  const isBack = packet.src !== before.src;
  const side = isBack ? 'src' : 'dst';
  const print = isBack ? printSource : printDestination;
  const [from, to] = [print(before), print(packet)];
  const isRewritten = from !== to;
  const rewrite = isRewritten ? `${from} ⇒ ${to}` : '';
  const chosen = balancedText(choice);
  return {
    text: isBack ? rewrite : [chosen, ...(isRewritten ? [to] : [])].join(' ⇒ '),
    where: { rule: `eTP ${choice.isLocal ? 'Local' : 'Cluster'}` },
    ...(isRewritten ? { changes: [{ field: side, nat: isBack ? 'reverse' : 'dnat', from, to }] } : {}),
    detail: {
      node: choice.node,
      nodes: choice.nodes,
      delivery: choice.delivery,
      excluded: choice.excluded.map(({ node, why }) => ({ node: node.name, why })),
      ...(choice.healthCheckNodePort === undefined
        ? {}
        : { healthCheckNodePort: choice.healthCheckNodePort }),
    },
  };
}

function balancedText({ node, nodes, isAsked, isLocal, isNoneHealthy }: StepOf<'balance'>['choice']): string {
  if (isAsked) return `${node}, as asked`;
  if (isNoneHealthy) return `${node}, though no node passes the health check`;
  const which = isLocal ? ' with a local endpoint' : '';
  if (nodes === 1) return isLocal ? `${node}, the one node${which}` : `${node}, the only node`;
  return `${node}, 1 of ${nodes} nodes${which}`;
}

function describeAcceptance(step: StepOf<'accept'>, { portName, hostPod }: StepContext): Description {
  const rule = hostPod === undefined ? portName && `port ${portName}` : `pod ${hostPod}`;
  return {
    text: flowText(step.packet),
    where: { in: step.device, ...(rule === undefined ? {} : { rule }) },
  };
}

function describeEnd(step: StepOf<'end'>, context: StepContext): Description {
  const { cause, packet } = step;
  if (cause.kind === 'drop' || cause.kind === 'reject') {
    const { decidedBy, trail } = cause.point;
    const name =
      commentOf(trail) ?? `${cause.point.chains.join(' › ')} rule ${decidedBy?.position ?? 'policy'}`;
    return {
      text: name,
      verdict: cause.kind,
      where: whereOf(cause.point),
      ...becauseOf(cause.point, context.namer),
    };
  }
  if (cause.kind === 'program') {
    const { action, program, text } = cause.verdict;
    return { text, verdict: action, where: { table: 'bpf', chain: [program] } };
  }
  if (cause.kind === 'policy') return { kind: 'policy', ...describePolicy(cause.look, context) };
  return { text: causeText(cause, packet) };
}

function describePolicy(look: PolicyLook, { namer }: StepContext): Description {
  const { verdict, place, isIgnored } = look;
  const places =
    verdict.rules.length > 0
      ? verdict.rules.map(({ rule }) => rule.origin)
      : verdict.isolating.map(({ because }) => because);
  return {
    verdict: isIgnored ? 'ignored' : verdict.action,
    text: lookText(look),
    where: { chain: [place] },
    ...cited(places, namer),
    detail: {
      direction: verdict.direction,
      reason: verdict.reason,
      isolatedBy: policyNames(verdict.isolating),
    },
  };
}

/** What the deciding rule says of itself, else the element that led to it. */
function commentOf(trail: FilterPoint['trail']): string | undefined {
  const last = trail.at(-1);
  const element = trail.findLast((visit) => visit.element !== undefined)?.element;
  if (last?.rule.comment !== undefined) return last.rule.comment;
  const { comment } = element?.found ?? {};
  return element === undefined || comment === undefined ? undefined : `${comment} is in ${element.map}`;
}

/** Why a packet went no further, where no rule decided. */
function causeText(
  cause: Exclude<Cause, { kind: 'drop' | 'reject' | 'program' | 'policy' }>,
  packet: Packet,
): string {
  switch (cause.kind) {
    case 'no-route':
      return `no route to ${packet.dst.text}`;
    case 'blackhole':
      return `${cause.prefix.text} is a black hole here: no pod of the node has ${packet.dst.text}`;
    case 'reverse-path':
      return `${packet.src.text} is not behind ${cause.device}: rp_filter drops it`;
    case 'martian-source':
      return `${packet.src.text} is an address of this node itself; from outside the kernel takes nothing of it (accept_local)`;
    case 'neighbor-unreachable':
      return `nobody on ${cause.device} has ${cause.address.text}`;
    case 'hairpin-off':
      return `${cause.bridge} does not send a frame back to ${cause.port}: hairpin mode is off`;
    case 'ttl-exceeded':
      return 'the TTL is used up';
    case 'too-many-hops':
      return 'the packet goes round in circles';
    case 'not-for-us':
      return `${packet.dst.text} is not an address of this host, and it does not forward`;
    case 'cluster-internal':
      return `${packet.dst.text} is an address inside the cluster; outside, nobody routes to it`;
    case 'source-range':
      return `${packet.src.text} is in none of the source ranges of the load balancer`;
    case 'no-node-port':
      return 'no node port, and no rule for this address: how the load balancer reaches pods is not in the manifests';
    case 'no-such-address':
      return cause.range === 'service'
        ? `no rule takes ${printDestination(packet)}; nobody outside has a Service address`
        : cause.owner === undefined
          ? `no node has ${packet.dst.text}${cause.pod === undefined ? '' : `, the address of pod ${cause.pod},`} in its pod range; nobody outside has it`
          : `${packet.dst.text} is on ${cause.owner}, but no route leads there: it is not on this node's link`;
    case 'unexpected-reply':
      return cause.elsewhere
        ? `the answer to ${printDestination(packet)} ends here, where nobody waits for it`
        : `the answer comes from ${printSource(packet)}; the sender waits for ${cause.expected}`;
  }
}

function whereOf(point: FilterPoint): Where {
  return {
    hook: point.hook,
    table: point.table,
    // The tables of iptables say it by their name.
    ...(point.syntax === 'nftables' ? { type: point.type } : {}),
    chain: point.chains.length > 1 ? point.chains.slice(1) : point.chains,
    ...(point.in === undefined ? {} : { in: point.in }),
    ...(point.out === undefined ? {} : { out: point.out }),
    ...(point.decidedBy === undefined ? {} : { rule: String(point.decidedBy.position) }),
  };
}

/** A program by its name, as a chain that the packet was in. */
function programWhere({ at, device, name }: ProgramPoint): Where {
  if (at === 'switch') return { table: 'openflow', chain: [name], ...present({ in: device }) };
  const side = at === 'tc-egress' ? 'out' : 'in';
  return { hook: at, table: 'bpf', chain: [name], ...(device === undefined ? {} : { [side]: device }) };
}

/** The manifest fields behind the rules that matched. */
function becauseOf(point: FilterPoint, namer: ObjectNamer): { readonly because?: readonly SourceAnswer[] } {
  return cited(point.trail.flatMap(visitOrigin), namer);
}

function cited(
  refs: readonly SourceRef[],
  namer: ObjectNamer,
): { readonly because?: readonly SourceAnswer[] } {
  const unique = new Map<string, SourceAnswer>();
  for (const ref of refs) {
    const source = sourceAnswer(ref, { namer });
    unique.set(`${source.file}:${source.line}:${source.column}`, source);
  }
  return unique.size === 0 ? {} : { because: [...unique.values()] };
}

/** `10.244.1.5:40000 → 10.96.0.50:80`, with the protocol unless it is TCP. */
function flowText(packet: Packet): string {
  const suffix = packet.protocol === 'tcp' ? '' : ` ${packet.protocol}`;
  return `${printSource(packet)} → ${printDestination(packet)}${suffix}`;
}

/** What is seen on the wire: the outer header when there is one. */
function wireText(packet: Packet): string {
  const { outer } = packet;
  if (outer === undefined) return flowText(packet);
  const { src, dst } = printOuter(outer);
  return `${src} → ${dst} ${printEncapsulation(outer)} [${flowText(packet)}]`;
}

function packetAnswer(packet: Packet): PacketAnswer {
  const { outer } = packet;
  return {
    src: printSource(packet),
    dst: printDestination(packet),
    protocol: packet.protocol,
    ttl: packet.ttl,
    ...(packet.mark === 0 ? {} : { mark: `0x${packet.mark.toString(16)}` }),
    ...(outer === undefined
      ? {}
      : {
          outer: {
            kind: outer.kind,
            ...printOuter(outer),
            ...(outer.vni === undefined ? {} : { vni: outer.vni }),
            ttl: outer.ttl,
          },
        }),
  };
}
