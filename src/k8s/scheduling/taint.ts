/** What keeps pods off a node: `spec.taints`. */

import type { FieldPath } from '../../source/document.ts';
import { type Fields, readMappings, readString, requireEnum, requireString } from '../fields.ts';

export type TaintEffect = 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: TaintEffect;
  /** Relative to the node. */
  readonly path: FieldPath;
}

export const TAINT_EFFECTS: readonly TaintEffect[] = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** The taints of a node's `spec`. */
export function readTaints(spec: Fields): readonly Taint[] {
  return readMappings(spec, 'taints').flatMap((fields): readonly Taint[] => {
    const key = requireString(fields, 'key');
    const effect = requireEnum(fields, 'effect', TAINT_EFFECTS);
    if (key === undefined || effect === undefined) return [];
    return [{ key, value: readString(fields, 'value') ?? '', effect, path: fields.path }];
  });
}
