/** Retries of a rule, or of the whole mesh (istio/api:networking/v1alpha3/virtual_service.proto HTTPRetry). */

import { type Fields, readInteger, readMapping, readString } from '../fields.ts';

export interface Retries {
  /** 0: none. */
  readonly attempts: number;
  /** As written: `2s`. */
  readonly perTryTimeout?: string;
  /** Empty: the usual reasons. */
  readonly retryOn: string;
}

/** The retries at a key; undefined where nothing is written. */
export function readRetries(fields: Fields, key: string): Retries | undefined {
  const retries = readMapping(fields, key);
  if (retries === undefined) return undefined;
  const perTryTimeout = readString(retries, 'perTryTimeout');
  return {
    attempts: readInteger(retries, 'attempts', { min: 0 }) ?? 0,
    ...(perTryTimeout === undefined ? {} : { perTryTimeout }),
    retryOn: readString(retries, 'retryOn') ?? '',
  };
}
