/** A proxy of the mesh lets somebody not in: by a status where it reads the request, else by closing the connection. */

import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import type { RouteRequest } from '../../../l7/request.ts';
import { ONE } from '../../../net/fraction.ts';
import type { SourceRef } from '../../../source/ref.ts';
import type { Asking } from '../../asking.ts';
import type { ProxyAnswer } from '../proxy.ts';
import { placeOf } from '../step-place.ts';
import { answered, type Felt } from './symptoms.ts';

export interface Refusal {
  readonly text: string;
  /** What says so, the deciding field first. */
  readonly because: readonly SourceRef[];
  /** Whom the client does not get to. */
  readonly backends: readonly string[];
  /** undefined: the connection is closed. */
  readonly status?: number;
  /** Envoy's response flag; ztunnel has none. */
  readonly flag?: string;
  readonly request?: RouteRequest;
}

/** Why, at the fields that say so. */
export function denialOf({ text, because }: Pick<Refusal, 'text' | 'because'>): Diagnostic {
  const [at, ...others] = because;
  return {
    code: 'l7-denied',
    severity: 'error',
    text: `${text}${at === undefined ? '' : ':'}`,
    sources: [
      ...(at === undefined ? [] : [{ at, role: 'primary' as const }]),
      ...others.map((other) => ({ at: other, role: 'context' as const })),
    ],
  };
}

/** The answer of the proxy. */
export function refusedAnswer(
  asking: Asking,
  { text, because, backends, status, flag, request }: Refusal,
): ProxyAnswer {
  const felt: Felt =
    status === undefined
      ? { symptom: 'reset', ...(flag === undefined ? {} : { l7: { flag } }) }
      : answered(request, status, flag);
  const what =
    status === undefined ? 'closes the connection' : `${status}${flag === undefined ? '' : ` ${flag}`}`;
  return {
    kind: 'answer',
    share: ONE,
    steps: [{ kind: 'end', verdict: 'deny', text: `${what}: ${text}`, ...placeOf(asking, because[0]) }],
    disposition: 'denied-l7',
    ...felt,
    causes: [denialOf({ text, because })],
    backends,
  };
}
