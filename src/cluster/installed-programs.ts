/**
 * Programs that the manifests install as a Deployment or a DaemonSet, with their flags as they are written: `--name=value`,
 * `--name value`, or `--name` alone.
 */

import type { Container } from '../k8s/kinds/pod-spec.ts';
import { scalarText } from '../k8s/raw-objects.ts';
import type { ObjectSet } from '../k8s/read.ts';
import { refTo, type SourceRef, valueAt } from '../source/ref.ts';

export interface Flag {
  /** `true` for a flag without a value. */
  readonly value: string;
  readonly at: SourceRef;
}

/** By name without dashes, in lower case; of several the last one counts, as in Go's flag packages. */
export type Flags = ReadonlyMap<string, Flag>;

export interface InstalledProgram {
  readonly namespace: string;
  readonly flags: Flags;
}

/** Does a container run an image? @param image matched against the name without tag and digest. */
export function isOfImage(container: Pick<Container, 'image'>, image: RegExp): boolean {
  return image.test(container.image?.replace(/[:@][^/]*$/, '') ?? '');
}

/** The containers that run an image, in the order of the input. */
export function installedPrograms(objects: ObjectSet, image: RegExp): readonly InstalledProgram[] {
  const workloads = [...objects.ofKind('Deployment'), ...objects.ofKind('DaemonSet')];
  return workloads.flatMap(({ body, metadata, origin }) =>
    body.template.spec.containers
      .filter((container) => isOfImage(container, image))
      .map(({ path }) => ({ namespace: metadata.namespace, flags: flagsOf(refTo(origin, ...path)) })),
  );
}

/** The flags in the command and the arguments of a container. */
export function flagsOf(container: SourceRef): Flags {
  return new Map(['command', 'args'].flatMap((field) => flagsIn(refTo(container, field))));
}

function flagsIn(list: SourceRef): readonly (readonly [string, Flag])[] {
  const words = valueAt(list);
  if (!Array.isArray(words)) return [];
  return words.flatMap((word: unknown, index): readonly (readonly [string, Flag])[] => {
    const [, name, , value] = /^--?([a-z][-.a-z0-9]*)(=(.*))?$/is.exec(scalarText(word)) ?? [];
    if (name === undefined) return [];
    const next: unknown = words[index + 1];
    const isAlone = next === undefined || scalarText(next).startsWith('-');
    const at = refTo(list, index);
    return [[name.toLowerCase(), { value: value ?? (isAlone ? 'true' : scalarText(next)), at }]];
  });
}
