/** What policies leave to be guessed: rules whose conditions are not modelled, and that may decide a connection. */

import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { objectLabel } from '../k8s/names.ts';
import { isUnknown } from '../policy/match.ts';
import { API_OF_KIND, type CompiledPolicy, type Peer, policyName } from '../policy/policy.ts';
import type { CitedRule, Verdict } from '../policy/verdict.ts';
import type { SourceRef } from '../source/ref.ts';
import type { Asking } from './asking.ts';
import type { Snapshot } from './snapshot.ts';

const told = new WeakMap<Asking, Set<SourceRef>>();

/** Says, once for each rule, that it may decide the asked connection otherwise; the result depends on it. */
export function reportDoubts(asking: Asking, verdicts: readonly Verdict[]): void {
  const known = told.get(asking) ?? new Set<SourceRef>();
  told.set(asking, known);
  for (const cited of verdicts.flatMap(({ doubts }) => doubts)) {
    if (known.has(cited.rule.origin)) continue;
    known.add(cited.rule.origin);
    const { kind, namespace, name } = cited.policy;
    asking.assumptions.add('A_UNMODELLED', { values: [objectLabel(kind, namespace, name)], decisive: true });
    asking.report(doubt(cited));
  }
}

/** A word for each policy whose rules ask what is not modelled. */
export function doubtfulNotes(policies: readonly CompiledPolicy[]): readonly Diagnostic[] {
  const notes = policies.flatMap((policy) =>
    policy.rules
      .filter(({ beyond, peers }) => beyond !== undefined || peers?.some(isUnknown))
      .map((rule) => doubt({ policy, rule })),
  );
  return [...new Map(notes.map((note) => [note.text, note])).values()];
}

/** A word for each policy of another CNI's API: a CNI that is known ignores it, another one may not. */
export function foreignNotes(
  { dataplane }: Pick<Snapshot, 'dataplane'>,
  policies: readonly CompiledPolicy[],
): readonly Diagnostic[] {
  const { source, facets } = dataplane.cni;
  return [...new Map(policies.map((policy) => [policy.origin, policy])).values()].map(
    (policy): Diagnostic => {
      const { kind, namespace, name, origin } = policy;
      const api = API_OF_KIND[kind];
      const label = objectLabel(kind, namespace, name);
      const sources = [{ at: origin, role: 'context' as const, object: label }];
      if (source !== 'assumed') {
        const text = `${facets.label} does not know ${label}, a policy of ${api}: it changes nothing`;
        return { code: 'policy-not-enforced', severity: 'info', text, sources };
      }
      return {
        code: 'unmodelled',
        severity: 'warning',
        text: `${policyTitle(policy)} may decide this connection: it counts where ${api} enforces policies`,
        sources,
        help: [{ text: `--cni ${api}  if that is the CNI`, applicability: 'likely' }],
      };
    },
  );
}

/** `NetworkPolicy shop/db`; of Calico's kind of that name, so. */
function policyTitle(policy: CompiledPolicy): string {
  const kind = policy.kind === 'CalicoNetworkPolicy' ? "Calico's NetworkPolicy" : policy.kind;
  return `${kind} ${policyName(policy)}`;
}

function doubt({ policy, rule }: CitedRule): Diagnostic {
  const object = objectLabel(policy.kind, policy.namespace, policy.name);
  const name = policyTitle(policy);
  const peer = rule.peers?.find(isUnknown);
  const { origin } = rule.beyond ?? peer ?? rule;
  const verb = rule.action === 'deny' ? 'may deny' : 'may allow';
  const text =
    rule.beyond === undefined
      ? `${name} ${policy.direction}[${rule.index}] ${verb} this connection: ${unknownText(peer)}`
      : `${name} ${policy.direction}[${rule.index}] allows this connection only as far as ${rule.beyond.what} goes, which is not modelled`;
  return {
    code: 'unmodelled',
    severity: 'warning',
    text,
    sources: [{ at: origin, role: 'context', object }],
  };
}

function unknownText(peer: Peer | undefined): string {
  if (peer?.kind === 'domains') return `which addresses ${peer.names.join(', ')} has is not known here`;
  return peer?.kind === 'unmodelled' ? `${peer.what} is not modelled` : 'it is not modelled';
}
