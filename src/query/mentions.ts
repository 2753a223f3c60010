/** Where a pod's own manifest names a host: the environment variable that a program reads it from. */

import type { Pod } from '../cluster/cluster.ts';
import { refTo, type SourceRef, valueAt, valueIn } from '../source/ref.ts';

/** The first `env` value of the pod's containers that has the host in it, as a whole word. */
export function mentionOf(pod: Pod, host: string): SourceRef | undefined {
  if (pod.origin === undefined) return undefined;
  for (const container of [...pod.spec.containers, ...pod.spec.initContainers]) {
    const at = refTo(pod.origin, ...container.path, 'env');
    const env = valueAt(at);
    if (!Array.isArray(env)) continue;
    const index = env.findIndex((entry: unknown) => names(valueIn(entry, 'value'), host));
    if (index >= 0) return refTo(at, index, 'value');
  }
  return undefined;
}

/** `api` is named by `http://api:80/`, not by `api-v2` or `myapi`. */
function names(value: unknown, host: string): boolean {
  if (typeof value !== 'string') return false;
  const at = value.indexOf(host);
  if (at < 0) return false;
  const isWordPart = (letter: string | undefined) => letter !== undefined && /[\w.-]/.test(letter);
  return !isWordPart(value[at - 1]) && !isWordPart(value[at + host.length]);
}
