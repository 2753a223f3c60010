import type { VectorResult } from './result.ts';

/** A form of conformance file. */
export interface VectorFamily {
  readonly name: string;
  /** Does k8snet answer any of its questions? */
  readonly modelled: boolean;
  /** Told by shape: a file says its kind in itself. */
  detects(json: unknown): boolean;
  run(json: unknown): Iterable<VectorResult>;
}
