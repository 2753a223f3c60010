/** From what the mesh says of a request to what the walk does: connections to open, and answers of the proxy's own. */

import type { MeshBranch } from '../../../l7/istio/outcome.ts';
import { type Fraction, multiplyFractions, ONE } from '../../../net/fraction.ts';
import { httpSymptom, isSuccess } from '../../../trace/disposition.ts';
import type { L7Answer } from '../../answer.ts';
import type { Outcome, ProxyAnswer } from '../proxy.ts';
import { branchCause, type MeshCause, noRouteCause, noteRedirect, writtenCause } from './causes.ts';
import { passingOn, sending } from './forwarding.ts';
import type { MeshScene } from './scene.ts';
import { answered, closed, type Felt } from './symptoms.ts';
import { clusterStep } from './words.ts';

/** Percentages are kept to the millionth, as Envoy does (envoy.type.v3.FractionalPercent). */
const MILLION = 1_000_000;

/** Shares sum to 1. */
export function outcomesOf(scene: MeshScene): readonly Outcome[] {
  const { outcome } = scene;
  if (outcome.result === 'passthrough') return [passingOn(scene)];
  if (outcome.branches.length === 0) return [ownAnswer(scene)];
  const abort = outcome.fault?.abort;
  const aborted = shareOf(abort === undefined || abort.percent >= 100 ? 0 : abort.percent);
  const rest: Fraction = {
    numerator: aborted.denominator - aborted.numerator,
    denominator: aborted.denominator,
  };
  return [
    ...(aborted.numerator === 0 ? [] : [abortAnswer(scene, aborted)]),
    ...outcome.branches.flatMap((branch) => branchOutcomes(scene, branch, rest)),
  ];
}

function shareOf(percent: number): Fraction {
  return multiplyFractions({ numerator: Math.round(percent * (MILLION / 100)), denominator: MILLION }, ONE);
}

function branchOutcomes(scene: MeshScene, branch: MeshBranch, rest: Fraction): readonly Outcome[] {
  const share = multiplyFractions(branch.weight, rest);
  if (branch.failure === undefined && branch.endpoints.length > 0) return sending(scene, branch, share);
  return [{ ...failed(scene, branch), share }];
}

function failed(scene: MeshScene, branch: MeshBranch): ProxyAnswer {
  const { status, flag, text = 'nobody to ask' } = branch.failure ?? {};
  const { reason, diagnostics } = branchCause(scene, branch);
  const felt: Felt =
    status === undefined || !isHttp(scene)
      ? { symptom: 'reset', l7: { ...(flag === undefined ? {} : { flag }) } }
      : answered(scene.sent.request, status, flag);
  return {
    kind: 'answer',
    share: ONE,
    steps: [clusterStep(scene.asking, branch), { kind: 'end', text: endText(felt, text) }],
    disposition: 'no-l7-route',
    ...(reason === undefined ? {} : { reason }),
    ...felt,
    causes: diagnostics,
    name: branch.cluster,
  };
}

/** `503 NC: …`, `connection reset (NR): …`. */
function endText({ symptom, l7 = {} }: Felt, reason: string): string {
  const { status, flag } = l7;
  if (status !== undefined) return `${status}${flag === undefined ? '' : ` ${flag}`}: ${reason}`;
  const what = symptom === 'refused' ? 'refused' : 'closes the connection';
  return `${what}${flag === undefined ? '' : ` (${flag})`}: ${reason}`;
}

function isHttp({ sent, outcome }: MeshScene): boolean {
  return sent.mesh.wire === 'http' || outcome.route !== undefined;
}

function abortAnswer(scene: MeshScene, share: Fraction): ProxyAnswer {
  const { httpStatus, grpcStatus, percent } = scene.outcome.fault?.abort ?? { percent: 0 };
  const status = httpStatus ?? 200;
  const l7: L7Answer = { status, flag: 'FI', ...(grpcStatus === undefined ? {} : { grpcStatus }) };
  const text = `${status} FI: the rule injects a fault into ${percent} % of the requests`;
  const { diagnostics } = writtenCause({
    ...scene,
    outcome: { ...scene.outcome, status, reason: text.slice(text.indexOf(':') + 2) },
  });
  return {
    kind: 'answer',
    share,
    steps: [{ kind: 'end', text }],
    disposition: 'denied-l7',
    symptom: httpSymptom(status),
    l7,
    causes: diagnostics,
    name: 'fault',
  };
}

/** No branch at all: the proxy answers, or closes the connection. */
function ownAnswer(scene: MeshScene): ProxyAnswer {
  const { outcome } = scene;
  const felt = feltOf(scene);
  const disposition = dispositionOf(scene);
  const cause = causeOf(scene, disposition);
  noteRedirect(scene);
  const text = isSuccess(disposition)
    ? `answers ${outcome.status} (${outcome.reason})`
    : endText(felt, outcome.reason);
  return {
    kind: 'answer',
    share: ONE,
    steps: [{ kind: isSuccess(disposition) ? 'proxy' : 'end', text }],
    disposition,
    ...(cause.reason === undefined ? {} : { reason: cause.reason }),
    ...felt,
    causes: cause.diagnostics,
    ...(outcome.by === undefined ? {} : { backends: [outcome.by] }),
  };
}

function feltOf({ outcome, sent }: MeshScene): Felt {
  const { status, flag, result, redirect, grpcStatus } = outcome;
  if (result === 'refused') return { symptom: 'refused' };
  if (status === undefined) return closed(sent.mesh.wire === 'tls', flag);
  const { symptom, l7 } = answered(sent.request, status, flag);
  return {
    symptom,
    l7: {
      ...l7,
      ...(grpcStatus === undefined ? {} : { grpcStatus }),
      ...(redirect === undefined ? {} : { location: redirect.location }),
    },
  };
}

/** A redirect and an answer that are written are what somebody meant; a fault and a refusal keep the client away. */
function dispositionOf({ outcome }: MeshScene): ProxyAnswer['disposition'] {
  const { status, flag, route, redirect } = outcome;
  if (redirect !== undefined) return 'answered-by-proxy';
  if (status === undefined || flag === 'NR') return 'no-l7-route';
  if (status === 401 || status === 403 || flag === 'FI') return 'denied-l7';
  if (route === undefined) return 'no-l7-route';
  return status < 400 ? 'answered-by-proxy' : 'denied-l7';
}

function causeOf(scene: MeshScene, disposition: ProxyAnswer['disposition']): MeshCause {
  if (disposition === 'answered-by-proxy') return { diagnostics: [] };
  if (disposition === 'denied-l7') return writtenCause(scene);
  const { result } = scene.outcome;
  const cause = noRouteCause(scene);
  return result === 'refused' ? { ...cause, reason: 'listener-port-missing' } : cause;
}
