/** Why a proxy of the mesh sends a request nowhere, at the field that is wrong. */

import { explainNoEndpoints } from '../../../control/missing-endpoints.ts';
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import type { BranchFailure, MeshBranch, PassedOver } from '../../../l7/istio/outcome.ts';
import type { SourceRef } from '../../../source/ref.ts';
import type { Reason } from '../../../trace/disposition.ts';
import { branchFinding } from '../../istio/findings.ts';
import { redirected } from '../changed-requests.ts';
import type { MeshScene } from './scene.ts';

export interface MeshCause {
  readonly reason?: Reason;
  readonly diagnostics: readonly Diagnostic[];
}

const REASONS: Partial<Record<BranchFailure['kind'], Reason>> = {
  'no-such-service': 'backend-service-missing',
  'no-such-port': 'no-such-port',
};

/** A destination that has no cluster, or no endpoint. */
export function branchCause(scene: MeshScene, branch: MeshBranch): MeshCause {
  const { failure, chosenSubset } = branch;
  const unready = chosenSubset === undefined ? withoutEndpoints(scene, branch) : undefined;
  if (failure?.kind === 'no-endpoints' && unready !== undefined) return unready;
  const reason = failure === undefined ? undefined : REASONS[failure.kind];
  const { asking, all, proxy, dialled } = scene;
  const viewpoint = { proxy, text: `pod ${proxy.pod.key}`, listenerPort: dialled.port };
  const found = branchFinding({ mesh: all.mesh, namer: asking.namer, viewpoint }, branch);
  return {
    ...(reason === undefined ? {} : { reason }),
    diagnostics: found === undefined ? [] : [{ ...found, severity: 'error' }],
  };
}

function withoutEndpoints({ asking }: MeshScene, { host, port }: MeshBranch): MeshCause | undefined {
  const { control } = asking.snapshot;
  const [name = '', namespace = ''] = host.split('.');
  const servicePort = control
    .servicePortsOf(`${namespace}/${name}`)
    .find((each) => each.port === port && each.protocol === 'tcp');
  if (servicePort === undefined) return undefined;
  const { reason, diagnostic } = explainNoEndpoints(control, servicePort);
  return { reason, diagnostics: [diagnostic] };
}

/** No route of the virtual host, or no virtual host. */
export function noRouteCause({ proxy, sent, outcome }: MeshScene): MeshCause {
  const { method, authority, uri } = sent.mesh;
  const hasHost = outcome.virtualHost !== undefined && outcome.virtualHost !== 'block_all';
  if (!hasHost) {
    return {
      reason: 'host-no-match',
      diagnostics: [
        {
          code: 'host-no-match',
          severity: 'error',
          text: `${proxy.pod.key}: ${outcome.reason}`,
          sources: outcome.because.slice(0, 3).map((at) => ({ at, role: 'primary' as const })),
        },
      ],
    };
  }
  const missed = outcome.passedOver();
  const gone = proxy.kind === 'gateway' ? '' : "; the service's own route is gone with the first rule";
  const text = `No rule of ${outcome.virtualHost} matches ${method} ${uri}${gone}:`;
  const scheme = sent.request?.scheme ?? 'http';
  const how = proxy.kind === 'gateway' ? '' : ` --from ${proxy.pod.key}`;
  return {
    reason: 'path-no-match',
    diagnostics: [
      {
        code: 'path-no-match',
        severity: 'error',
        text,
        sources: missed.slice(0, 3).map(missedSource),
        help: [
          {
            text: `k8snet explain virtualservice --url ${scheme}://${authority}${uri}${how} lists the rules in the order tried`,
          },
        ],
      },
    ],
  };
}

function missedSource({ at, reason }: PassedOver, index: number): Diagnostic['sources'][number] {
  return { at, role: index === 0 ? 'primary' : 'near-miss', label: reason };
}

/** A refusal, a fault, an answer that is written: the field that says so. */
export function writtenCause({ outcome, proxy }: MeshScene): MeshCause {
  const [at, ...others] = outcome.because;
  return {
    diagnostics: [
      {
        code: 'l7-denied',
        severity: 'error',
        text: `${outcome.by ?? proxy.pod.key} answers ${outcome.status ?? 'nothing'}: ${outcome.reason}${at === undefined ? '' : ':'}`,
        sources: [
          ...(at === undefined ? [] : [{ at, role: 'primary' as const }]),
          ...others.map((other) => ({ at: other, role: 'context' as const })),
        ],
      },
    ],
  };
}

/** A backend of a route that nobody can ask, or no rule at all. */
export function backendUnusable(reason: string, at: SourceRef | undefined): Diagnostic {
  return {
    code: 'backend-unusable',
    severity: 'error',
    text: `${reason}${at === undefined ? '' : ':'}`,
    sources: at === undefined ? [] : [{ at, role: 'primary' }],
  };
}

/** Where a redirect leads is another question. */
export function noteRedirect({ asking, outcome }: MeshScene): void {
  if (outcome.redirect !== undefined)
    asking.report(redirected(outcome.redirect.location, asking.question.from));
}
