/**
 * Retries as Envoy gets them. Source: istio/istio:pilot/pkg/networking/core/route/retry/retry.go ConvertPolicy.
 * Rule: docs/semantics/istio.md 7.11.
 */

import type { Retries } from '../../k8s/istio-parts/retries.ts';

export interface RetryPolicy {
  readonly attempts: number;
  readonly retryOn: string;
  readonly perTryTimeout?: string;
  /** Numbers in `retryOn`. */
  readonly retriableStatusCodes?: readonly number[];
}

const DEFAULT_ATTEMPTS = 2;
const DEFAULT_REASONS = 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes';
const BY_STATUS = 'retriable-status-codes';

/**
 * The policy of a rule.
 * @param retries undefined: neither the rule nor the mesh says anything.
 * @returns undefined where there are no retries.
 */
export function retryPolicy(retries: Retries | undefined): RetryPolicy | undefined {
  if (retries === undefined) return { attempts: DEFAULT_ATTEMPTS, retryOn: DEFAULT_REASONS };
  if (retries.attempts <= 0) return undefined;
  const { attempts, perTryTimeout, retryOn } = retries;
  return {
    attempts,
    ...(perTryTimeout === undefined ? {} : { perTryTimeout }),
    ...(retryOn === '' ? { retryOn: DEFAULT_REASONS } : reasonsOf(retryOn)),
  };
}

function reasonsOf(text: string): Pick<RetryPolicy, 'retryOn' | 'retriableStatusCodes'> {
  const words = text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  const codes = words.map(Number).filter((code) => Number.isInteger(code) && code >= 100 && code <= 599);
  const reasons = words.filter((word) => !codes.includes(Number(word)));
  if (codes.length === 0) return { retryOn: reasons.join(',') };
  const all = reasons.some((word) => word.includes(BY_STATUS)) ? reasons : [...reasons, BY_STATUS];
  return { retryOn: all.join(','), retriableStatusCodes: codes };
}
