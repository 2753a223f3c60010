/** `k8snet explain netpol/NAME`: whom a policy is about, and whom its rules mean. */

import { NETPOL_FORMATS } from '../../render/formats.ts';
import { type ExplainTarget, explainWith, namesKind } from './target.ts';

/** kubectl's words for the kinds. */
const WORDS: readonly string[] = [
  ...['netpol', 'networkpolicy', 'networkpolicies'],
  ...['cnp', 'clusternetworkpolicy', 'clusternetworkpolicies'],
  ...['anp', 'adminnetworkpolicy', 'adminnetworkpolicies'],
  ...['banp', 'baselineadminnetworkpolicy', 'baselineadminnetworkpolicies'],
  ...['ciliumnp', 'ciliumnetworkpolicy', 'ciliumnetworkpolicies'],
  ...['ccnp', 'ciliumclusterwidenetworkpolicy', 'ciliumclusterwidenetworkpolicies'],
  ...['caliconetworkpolicy', 'caliconetworkpolicies'],
  ...['gnp', 'cgnp', 'globalnetworkpolicy', 'globalnetworkpolicies'],
];

export const policyTarget: ExplainTarget = {
  shape: 'netpol/NAME',
  text: '(cnp/, anp/, banp/, gnp/, ciliumnp/, …) whom a policy is about, and whom its rules mean now',
  takes: (target) => namesKind(target, WORDS),
  run: (io, run) =>
    explainWith(io, run, {
      formats: NETPOL_FORMATS,
      ask: async (snapshot) =>
        (await import('../../query/explain-policy.ts')).explainPolicy(snapshot, run.target),
    }),
};
