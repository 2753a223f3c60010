/** One word for all branches: arrived, failed, or some of each. Rules: docs/semantics/istio.md 12. */

import type { SentBranches } from './branches.ts';
import { type MeshBranch, type MeshOutcome, outcome } from './outcome.ts';

/** @param wire `http`: who asks gets an answer; else a connection that fails is closed. */
export function summary(sent: SentBranches, wire: 'http' | 'tcp'): MeshOutcome {
  const { branches, because } = sent;
  const base = {
    reason: '',
    branches,
    because,
    ...(sent.authorization === undefined ? {} : { authorization: sent.authorization }),
  };
  const failing = branches.filter(({ failure }) => failure !== undefined);
  const [first] = failing;
  if (first?.failure === undefined) return outcome({ ...base, result: 'delivered' });
  if (failing.length < branches.length) return outcome({ ...base, result: 'partial' });
  const { status, flag, by } = first.failure;
  const common = {
    ...base,
    // Who is denied by all reaches nobody.
    branches: failing.every(isDenied) && wire === 'http' ? [] : branches,
    ...(flag === undefined ? {} : { flag }),
    ...(by === undefined ? {} : { by }),
    ...bodyOf(first),
  };
  if (wire === 'tcp' || status === undefined) return outcome({ ...common, result: 'reset' });
  return outcome({ ...common, result: 'local-reply', status });
}

function isDenied({ failure }: MeshBranch): boolean {
  return failure?.kind === 'denied' || failure?.kind === 'unauthenticated';
}

function bodyOf({ failure }: MeshBranch): Pick<MeshOutcome, 'body'> {
  return failure?.kind === 'denied' ? { body: 'RBAC: access denied' } : {};
}
