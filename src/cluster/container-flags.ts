/** The flags of a container's program, as they are written: `--name=value`, `--name value`, or `--name` alone. */

import type { Container } from '../k8s/kinds/pod-spec.ts';
import type { K8sAnyObject } from '../k8s/kinds.ts';
import { refTo, type SourceRef, valueAt } from '../source/ref.ts';

export interface Flag {
  /** `true` for a flag without a value. */
  readonly value: string;
  readonly at: SourceRef;
}

/** The flags by name, without their dashes; of several the last one counts, as in Go's flag packages. */
export function containerFlags(
  { origin }: Pick<K8sAnyObject, 'origin'>,
  { path }: Pick<Container, 'path'>,
): ReadonlyMap<string, Flag> {
  const flags = new Map<string, Flag>();
  for (const field of ['command', 'args']) {
    const words = valueAt(refTo(origin, ...path, field));
    if (!Array.isArray(words)) continue;
    for (const [index, word] of words.entries()) {
      const [, name = '', , value] = /^--?([a-z][-a-z0-9]*)(=(.*))?$/is.exec(String(word)) ?? [];
      if (name === '') continue;
      const next: unknown = words[index + 1];
      const isAlone = next === undefined || String(next).startsWith('-');
      const at = refTo(origin, ...path, field, index);
      flags.set(name, { value: value ?? (isAlone ? 'true' : String(next)), at });
    }
  }
  return flags;
}
