/** Laws of policies, over generated clusters with policies of every API. */

import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { loadSnapshot, type Snapshot } from '../../src/index.ts';
import { parseIp } from '../../src/net/ip.ts';
import { hasPort, type PortProtocol, type PortSet } from '../../src/net/port-set.ts';
import { allowedPorts, portsAllowedBy } from '../../src/policy/allowed-ports.ts';
import { decide, decideDirection } from '../../src/policy/decide.ts';
import { type Party, partyAt, partyOfNode, partyOfPod } from '../../src/policy/party.ts';
import {
  calicoPolicies,
  ciliumPolicies,
  type Manifest,
  networkPolicy,
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

test('without the rules that an allow cites it is a deny; rules that are not cited change nothing', () => {
  fc.assert(
    fc.property(
      objects,
      fc.array(networkPolicy, { minLength: 1, maxLength: 3 }),
      fc.nat(),
      (world, own, pick) => {
        const named = own.map((policy, index) => ({
          ...policy,
          metadata: { ...policy.metadata, name: `policy-${index}` },
          // Explicit, so that taking rules away does not change what the policy is about.
          spec: { ...policy.spec, policyTypes: ['Ingress', 'Egress'] },
        }));
        const snapshot = load([...world, ...named]);
        const flows = questions(snapshot).filter(
          (flow) => decideDirection(snapshot.policies, flow, 'ingress').reason === 'rule',
        );
        const flow = flows[pick % Math.max(1, flows.length)];
        if (flow === undefined) return;
        const cited = decideDirection(snapshot.policies, flow, 'ingress').rules;
        const isCited = (name: string, index: number) =>
          cited.some(({ policy, rule }) => policy.name === name && rule.index === index);
        const keeping = (keep: (isIt: boolean) => boolean) =>
          named.map((policy) => ({
            ...policy,
            spec: {
              ...policy.spec,
              ingress: policy.spec.ingress.filter((_, index) => keep(isCited(policy.metadata.name, index))),
            },
          }));
        const ask = (manifests: readonly Manifest[]) =>
          decideDirection(load([...world, ...manifests]).policies, flow, 'ingress').action;
        expect(ask(keeping((isIt) => !isIt))).toBe('deny');
        expect(ask(keeping((isIt) => isIt))).toBe('allow');
      },
    ),
    { numRuns: 200 },
  );
});

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
