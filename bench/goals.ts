/**
 * What is asked of a figure, and whether it holds here. Goals of time are meant for a machine where a Node process that
 * does nothing takes 100 ms, so they are stretched by what that process takes in the same run; goals that compare two
 * figures of this run, and goals of memory, are not.
 */

export type Goal =
  /** Milliseconds. */
  | { readonly kind: 'time'; readonly most: number }
  /** Bytes a millisecond, that is kB a second. */
  | { readonly kind: 'rate'; readonly least: number }
  /** Times the first line of the block, or what `to` names. */
  | { readonly kind: 'ratio'; readonly most: number; readonly to?: string }
  /** Bytes. */
  | { readonly kind: 'memory'; readonly most: number };

/** Milliseconds that a bare Node process takes on the machine that goals of time are meant for. */
const MEANT_FOR = 100;

export function atMost(milliseconds: number): Goal {
  return { kind: 'time', most: milliseconds };
}

export function megabytesASecond(least: number): Goal {
  return { kind: 'rate', least: least * 1000 };
}

export function timesAtMost(most: number, to?: string): Goal {
  return { kind: 'ratio', most, ...(to === undefined ? {} : { to }) };
}

export function bytesAtMost(most: number): Goal {
  return { kind: 'memory', most };
}

/**
 * `goal 5 ms: met (5.3 ms here, node -e 0 takes 117 ms)`.
 * @param figure what was measured, in the unit of the goal
 * @param bare milliseconds that a Node process takes here that does nothing
 */
export function judge(goal: Goal, figure: number, bare: number): string {
  const slowness = bare / MEANT_FOR;
  const here = `here, node -e 0 takes ${duration(bare)}`;
  switch (goal.kind) {
    case 'time':
      return verdict(duration(goal.most), figure <= goal.most * slowness, `${duration(figure)} ${here}`);
    case 'rate':
      return verdict(speed(goal.least), figure >= goal.least / slowness, `${speed(figure)} ${here}`);
    case 'ratio':
      return verdict(
        `${goal.most} x ${goal.to ?? 'the first line'}`,
        figure <= goal.most,
        `${figure.toFixed(2)} x here`,
      );
    case 'memory':
      return verdict(megabytes(goal.most), figure <= goal.most, `${megabytes(figure)} here`);
  }
}

function verdict(wanted: string, isMet: boolean, found: string): string {
  return `goal ${wanted}: ${isMet ? 'met' : 'MISSED'} (${found})`;
}

/** `0.05 ms`, `5.3 ms`, `117 ms`, `2.1 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds >= 1000) return `${Number((milliseconds / 1000).toFixed(1))} s`;
  const digits = milliseconds < 1 ? 3 : milliseconds < 20 ? 1 : 0;
  return `${Number(milliseconds.toFixed(digits))} ms`;
}

/** `17.3 MB/s`. @param rate bytes a millisecond */
export function speed(rate: number): string {
  return `${(rate / 1000).toFixed(1)} MB/s`;
}

/** `0.84 MB`, `412 MB`. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e6 ? 2 : 0)} MB`;
}
