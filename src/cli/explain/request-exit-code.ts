/** What the exit code says of an explanation with or without a request. */

import type { ExitCode } from '../exit-code.ts';

interface Asked {
  readonly status?: number;
  readonly grpcStatus?: string;
  readonly connection?: string;
}

/** 0: the request is answered without an error, or there is something to explain. */
export function requestExitCode(request: Asked | undefined, amount: number): ExitCode {
  if (request === undefined) return amount === 0 ? 1 : 0;
  const { status = 200, grpcStatus = 'OK', connection } = request;
  return connection === undefined && grpcStatus === 'OK' && status < 400 ? 0 : 1;
}
