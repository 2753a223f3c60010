/** Laws of policies, over generated clusters with policies of every API. */

import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { loadSnapshot, type Snapshot } from '../../src/index.ts';
import { parseIp } from '../../src/net/ip.ts';
import { hasPort, type PortProtocol, type PortSet } from '../../src/net/port-set.ts';
import { allowedPorts, portsAllowedBy } from '../../src/policy/allowed-ports.ts';
import { decide, decideDirection } from '../../src/policy/decide.ts';
import { type Party, partyAt, partyOfNode, partyOfPod } from '../../src/policy/party.ts';
import type { Direction } from '../../src/policy/policy.ts';
import type { CitedRule } from '../../src/policy/verdict.ts';
import {
  adminPolicies,
  calicoPolicies,
  ciliumPolicies,
  type Manifest,
  objects,
  PORTS,
  policies,
} from './policy-worlds.ts';

vi.setConfig({ testTimeout: 60_000 });

const PROTOCOLS: readonly PortProtocol[] = ['tcp', 'udp', 'sctp'];
const OUTSIDE = ['203.0.113.5', '203.0.113.77', '2001:db8::5'];

function load(manifests: readonly Manifest[], set: readonly string[] = []): Snapshot {
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
  return loadSnapshot({ files: [{ name: 'all.json', text }], profile: { flags: { set } } });
}

/** The pods that were written, nodes, and some addresses outside. */
function parties({ cluster }: Snapshot): readonly Party[] {
  return [
    ...cluster.pods.filter(({ origin }) => origin !== undefined).map((pod) => partyOfPod(cluster, pod)),
    ...cluster.nodes.map((node) => partyOfNode(node)),
    ...OUTSIDE.flatMap((text) => parseIp(text) ?? []).map((ip) => partyAt(cluster, ip)),
  ];
}

interface Question {
  readonly from: Party;
  readonly to: Party;
  readonly protocol: PortProtocol;
  readonly port: number;
}

function questions(snapshot: Snapshot): readonly Question[] {
  const ends = parties(snapshot);
  return ends.flatMap((from) =>
    ends.flatMap((to) =>
      PROTOCOLS.flatMap((protocol) => PORTS.map((port) => ({ from, to, protocol, port }))),
    ),
  );
}

/** Every verdict, in the order of the questions. */
function verdicts(snapshot: Snapshot): readonly string[] {
  return questions(snapshot).map((flow) => {
    const { egress, ingress } = decide(snapshot.policies, flow);
    return `${egress.action} ${ingress.action}`;
  });
}

const worlds = fc.record({ objects, policies });

/** Worlds of Calico's cluster have its policies, too. */
const calicoWorlds = fc
  .record({ objects, policies, calico: calicoPolicies })
  .map((world) => ({ objects: world.objects, policies: [...world.policies, ...world.calico] }));

const ciliumWorlds = fc
  .record({ objects, policies, cilium: ciliumPolicies })
  .map((world) => ({ objects: world.objects, policies: [...world.policies, ...world.cilium] }));

test.each([
  { what: "Kubernetes' policies", any: worlds, set: [] },
  { what: "Calico's", any: calicoWorlds, set: ['cni.name=calico'] },
  { what: "Cilium's", any: ciliumWorlds, set: ['cni.name=cilium'] },
])('one flow and all ports at once agree: $what', ({ any, set }) => {
  fc.assert(
    fc.property(any, (world) => {
      const snapshot = load([...world.objects, ...world.policies], set);
      const differing = questions(snapshot).filter((flow) => {
        const { action, egress, ingress } = decide(snapshot.policies, flow);
        const holds = (set: PortSet) => (hasPort(set, flow.protocol, flow.port) ? 'allow' : 'deny');
        return (
          holds(portsAllowedBy(snapshot.policies, flow, 'egress')) !== egress.action ||
          holds(portsAllowedBy(snapshot.policies, flow, 'ingress')) !== ingress.action ||
          holds(allowedPorts(snapshot.policies, flow)) !== action
        );
      });
      expect(differing).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

/** Policies of every API; NetworkPolicies are about both directions, whatever rules are taken from them. */
const tieredWorlds = fc.record({ objects, policies, admin: adminPolicies }).map((world) => ({
  objects: world.objects,
  policies: [...world.policies, ...world.admin].map((policy) => {
    const isPlain = policy['kind'] === 'NetworkPolicy';
    const spec = {
      ...(policy['spec'] as Manifest),
      ...(isPlain ? { policyTypes: ['Ingress', 'Egress'] } : {}),
    };
    return { ...policy, spec };
  }),
}));

type RuleChange = (rule: Manifest, kind: unknown) => readonly Manifest[];

/** The policies with one direction's rules changed: those that are cited, and the others. */
function changed(
  manifests: readonly Manifest[],
  direction: Direction,
  change: (isCited: boolean) => RuleChange,
  cited: readonly CitedRule[],
): readonly Manifest[] {
  return manifests.map((manifest) => {
    const { name } = manifest['metadata'] as { readonly name: string };
    const spec = manifest['spec'] as Manifest;
    const rules = ((spec[direction] as readonly Manifest[] | undefined) ?? []).flatMap((rule, index) =>
      change(cited.some((one) => one.policy.name === name && one.rule.index === index))(
        rule,
        manifest['kind'],
      ),
    );
    return { ...manifest, spec: { ...spec, [direction]: rules } };
  });
}

const KEEP: RuleChange = (rule) => [rule];
const DROP: RuleChange = () => [];
const REVERSE: RuleChange = (rule, kind) => {
  const yes = kind === 'ClusterNetworkPolicy' ? 'Accept' : 'Allow';
  return [{ ...rule, action: rule['action'] === 'Deny' ? yes : 'Deny' }];
};

test.each(['ingress', 'egress'] as const)(
  'a verdict rests on what it cites: without the rest it is the same, without that, or with its opposite, another: %s',
  (direction) => {
    fc.assert(
      fc.property(tieredWorlds, fc.nat(), (world, pick) => {
        const snapshot = load([...world.objects, ...world.policies]);
        const ask = (index: Snapshot, flow: Question) => decideDirection(index.policies, flow, direction);
        const flows = questions(snapshot).filter((flow) => ask(snapshot, flow).rules.length > 0);
        const flow = flows[pick % Math.max(1, flows.length)];
        if (flow === undefined) return;
        const { action, reason, rules, passed } = ask(snapshot, flow);
        const again = (change: (isCited: boolean) => RuleChange, cited: readonly CitedRule[]) =>
          ask(load([...world.objects, ...changed(world.policies, direction, change, cited)]), flow);
        const alone = again((isCited) => (isCited ? KEEP : DROP), [...rules, ...passed]);
        expect([alone.action, alone.reason]).toEqual([action, reason]);
        if (rules.every(({ policy }) => policy.reading === 'union')) {
          // Deleting every rule that admits leaves the isolation.
          expect(again((isCited) => (isCited ? DROP : KEEP), rules).action).toBe('deny');
        } else {
          const opposite = again((isCited) => (isCited ? REVERSE : KEEP), rules);
          expect(opposite.action).not.toBe(action);
        }
      }),
      { numRuns: 150 },
    );
  },
);

test('one more allowing rule takes no connection away', () => {
  const openings = fc.constantFrom({}, { ports: [{ port: 80 }] });
  fc.assert(
    fc.property(worlds, openings, (world, opening) => {
      const before = load([...world.objects, ...world.policies]);
      const opened = world.policies.map((policy) => {
        const spec = policy['spec'] as Manifest;
        if (policy['kind'] !== 'NetworkPolicy' || spec['ingress'] === undefined) return policy;
        return { ...policy, spec: { ...spec, ingress: [...(spec['ingress'] as Manifest[]), opening] } };
      });
      const after = verdicts(load([...world.objects, ...opened]));
      const lost = verdicts(before).filter(
        (verdict, index) => verdict.endsWith('allow') && after[index]?.endsWith('allow') !== true,
      );
      expect(lost).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('the order of objects changes nothing', () => {
  fc.assert(
    fc.property(worlds, ({ objects: own, policies: rules }) => {
      const forwards = verdicts(load([...own, ...rules]));
      expect(verdicts(load([...rules.toReversed(), ...own]))).toEqual(forwards);
    }),
    { numRuns: 40 },
  );
});

test('renaming labels, namespaces and policies alike changes nothing', () => {
  const renames: readonly (readonly [RegExp, string])[] = [
    [/"app"/g, '"renamed-key"'],
    [/"(namespace|kubernetes\.io\/metadata\.name)":"x"/g, '"$1":"renamed-x"'],
    [/"kind":"Namespace","metadata":\{"name":"x"/g, '"kind":"Namespace","metadata":{"name":"renamed-x"'],
    [/"policy-/g, '"renamed-policy-'],
    [/"web"/g, '"renamed"'],
  ];
  fc.assert(
    fc.property(worlds, ({ objects: own, policies: rules }) => {
      const text = JSON.stringify([...own, ...rules]);
      const renamed = renames.reduce((all, [from, to]) => all.replace(from, to), text);
      const byPod = (snapshot: Snapshot) =>
        new Map(
          questions(snapshot).map((flow) => [
            `${nameOf(flow.from)} ${nameOf(flow.to)} ${flow.protocol} ${flow.port}`,
            decide(snapshot.policies, flow).action,
          ]),
        );
      const sorted = (map: ReadonlyMap<string, string>) => [...map].map((entry) => entry.join(' ')).sort();
      expect(sorted(byPod(load(JSON.parse(renamed))))).toEqual(sorted(byPod(load([...own, ...rules]))));
    }),
    { numRuns: 40 },
  );
});

function nameOf(party: Party): string {
  return party.kind === 'pod' ? party.pod.name : (party.ip?.text ?? '');
}
