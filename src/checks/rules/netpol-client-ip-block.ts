import { findPort } from '../../control/endpoint-ports.ts';
import { type Cidr, cidrsOverlap, parseCidr } from '../../net/cidr.ts';
import { hasPort } from '../../net/port-set.ts';
import { portsOfItems } from '../../policy/allowed-ports.ts';
import { partyOfPod } from '../../policy/party.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import { policyOf } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import type { PodGroup } from '../pod-groups.ts';
import { type BlockPeer, pathIn, podOfGroup, type RuleView, ruleViews } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { type SelectingService, servicesOfGroup } from '../services.ts';
import { subjectName } from '../subject.ts';

const WEB = workload('web', { ports: '[{containerPort: 8080}]' });
const POLICY = policyOf(
  'web',
  'ingress: [{from: [{ipBlock: {cidr: 198.51.100.0/24}}], ports: [{port: 8080}]}]',
);

export const netpolClientIpBlock: Rule = {
  name: 'netpol-client-ip-block',
  severity: 'warning',
  precision: 'heuristic',
  tier: 2,
  kinds: ['NetworkPolicy'],
  what: 'An ingress rule admits clients by their addresses to pods that are reached through a NodePort or LoadBalancer Service with externalTrafficPolicy Cluster.',
  why: 'The node that a packet comes in by puts its own address in the place of the client: the block matches only what happens to stay on that node, or nothing.',
  fix: 'set externalTrafficPolicy: Local, or restrict clients with loadBalancerSourceRanges',
  sources: ['kubernetes/website:content/en/docs/tutorials/services/source-ip.md'],
  examples: {
    bad: { manifests: manifests(WEB, POLICY, balanced()) },
    good: { manifests: manifests(WEB, POLICY, balanced('externalTrafficPolicy: Local')) },
  },
  run: (input) =>
    isSourceKept(input)
      ? []
      : ruleViews(input).flatMap((view) =>
          view.policy.direction === 'egress'
            ? []
            : (view.rule.peers ?? []).flatMap((peer) =>
                peer.kind === 'block' ? hitOf(input, view, peer) : [],
              ),
        ),
};

function balanced(...spec: readonly string[]): string {
  return service(
    'web',
    'type: LoadBalancer',
    'selector: {app: web}',
    'ports: [{port: 80, targetPort: 8080}]',
    ...spec,
  );
}

/** A datapath that answers the client itself keeps its address. */
function isSourceKept({ snapshot }: CheckInput): boolean {
  return snapshot.profile.cni.options['loadBalancerMode'] === 'dsr';
}

/** Ranges that nodes and pods can be in: what comes from a node may well be meant. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7', 'fe80::/10'];
const INSIDE: readonly Cidr[] = PRIVATE.flatMap((text) => parseCidr(text) ?? []);

function hitOf(input: CheckInput, view: RuleView, { cidr, origin }: BlockPeer): readonly Hit[] {
  const { cluster } = input.snapshot;
  const isOutside = (range: Cidr) => !cidrsOverlap(range, cidr);
  const nodes = cluster.nodes.flatMap((node) => (node.assumed.addresses ? [] : node.addresses));
  if (!INSIDE.every(isOutside) || nodes.some(({ text }) => isIn(cidr, text))) return [];
  for (const group of view.selected) {
    const found = exposing(input, view, group);
    if (found === undefined) continue;
    const { policy, subject } = view;
    return [
      {
        subject,
        path: [...pathIn(policy, origin), 'cidr'],
        message: `${subjectName(subject)} admits ${cidr.text} to ${subjectName(group.subject)}, but through ${subjectName(found.subject)} clients arrive with the address of a node (externalTrafficPolicy Cluster)`,
        related: [
          { subject: found.subject, path: ['spec', 'type'], message: 'is how they come in from outside' },
        ],
        fact: cidr.text,
      },
    ];
  }
  return [];
}

function isIn(cidr: Cidr, address: string): boolean {
  const own = parseCidr(`${address}/${address.includes(':') ? 128 : 32}`);
  return own !== undefined && cidrsOverlap(cidr, own);
}

/** A Service that brings clients from outside to a port that the rule is about, and hides who they are. */
function exposing(input: CheckInput, { rule }: RuleView, group: PodGroup): SelectingService | undefined {
  const pod = podOfGroup(input, group);
  if (pod === undefined) return undefined;
  const ports = portsOfItems(rule.ports, partyOfPod(input.snapshot.cluster, pod));
  return servicesOfGroup(input)
    .get(group)
    ?.find(({ service: { body } }) => {
      if (body.type !== 'NodePort' && body.type !== 'LoadBalancer') return false;
      if (body.externalTrafficPolicy === 'Local') return false;
      return body.ports.some((port) => {
        const target = findPort(group, port);
        return port.protocol !== 'icmp' && target !== undefined && hasPort(ports, port.protocol, target);
      });
    });
}
