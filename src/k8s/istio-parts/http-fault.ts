/** Injected faults (istio/api:networking/v1alpha3/virtual_service.proto HTTPFaultInjection). */

import { type Fields, readInteger, readMapping, readString, reportInvalid } from '../fields.ts';

export interface Abort {
  /** 0 to 100. */
  readonly percent: number;
  readonly httpStatus?: number;
  readonly grpcStatus?: string;
}

export interface Delay {
  /** 0 to 100. */
  readonly percent: number;
  /** As written: `7s`. */
  readonly fixedDelay: string;
}

export interface Fault {
  readonly abort?: Abort;
  readonly delay?: Delay;
}

/** The `fault` of a rule; undefined where there is none that does anything. */
export function readFault(fields: Fields): Fault | undefined {
  const fault = readMapping(fields, 'fault');
  if (fault === undefined) return undefined;
  const abort = readAbort(fault);
  const delay = readDelay(fault);
  if (abort === undefined && delay === undefined) return undefined;
  return { ...(abort === undefined ? {} : { abort }), ...(delay === undefined ? {} : { delay }) };
}

/** `{value: 12.5}`; undefined where it is absent, or no number from 0 to 100. */
export function readPercentage(fields: Fields, key: string): number | undefined {
  const percentage = readMapping(fields, key);
  if (percentage === undefined) return undefined;
  const value = percentage.raw['value'] ?? 0;
  if (typeof value === 'number' && value >= 0 && value <= 100) return value;
  reportInvalid(percentage, ['value'], value, 'must be between 0.0 and 100.0');
  return undefined;
}

function readAbort(fault: Fields): Abort | undefined {
  const abort = readMapping(fault, 'abort');
  if (abort === undefined) return undefined;
  const httpStatus = readInteger(abort, 'httpStatus', { min: 200, max: 599 });
  const grpcStatus = readString(abort, 'grpcStatus');
  if (httpStatus === undefined && grpcStatus === undefined) return undefined;
  const percent = readPercentage(abort, 'percentage') ?? readInteger(abort, 'percent', { min: 0, max: 100 });
  return {
    percent: percent ?? 100,
    ...(httpStatus === undefined ? {} : { httpStatus }),
    ...(grpcStatus === undefined ? {} : { grpcStatus }),
  };
}

/** Without a percentage no request is delayed: the old field `percent` is 0 then. */
function readDelay(fault: Fields): Delay | undefined {
  const delay = readMapping(fault, 'delay');
  const fixedDelay = delay === undefined ? undefined : readString(delay, 'fixedDelay');
  if (delay === undefined || fixedDelay === undefined) return undefined;
  const percent = readPercentage(delay, 'percentage') ?? readInteger(delay, 'percent', { min: 0, max: 100 });
  return { percent: percent ?? 0, fixedDelay };
}
