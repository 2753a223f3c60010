/** Marks that CNIs leave in manifests: images of their node agents, ConfigMaps, environment variables. */

import type { Cluster } from '../../cluster/cluster.ts';
import { type Flags, flagsOf } from '../../cluster/installed-programs.ts';
import type { OtherObject } from '../../k8s/object.ts';
import { isMapping, type RawMapping } from '../../source/document.ts';
import { refTo, type SourceRef } from '../../source/ref.ts';

/** A node agent: a DaemonSet that runs an image. */
export interface Agent {
  /** Of every container and init container that runs it: literal values by name. */
  readonly env: ReadonlyMap<string, string>;
  /** Command and arguments, in order. */
  readonly args: readonly string[];
  readonly flags: Flags;
  readonly origin: SourceRef;
}

/** The first DaemonSet with a container of the image; undefined: none. */
export function agentOf({ objects }: Cluster, image: RegExp): Agent | undefined {
  for (const daemonSet of objects.ofKind('DaemonSet')) {
    const { containers, initContainers } = daemonSet.body.template.spec;
    const own = [...containers, ...initContainers].filter((each) => image.test(each.image ?? ''));
    if (own.length === 0) continue;
    const raws = own.map(({ path }) => rawAt(daemonSet.origin, path));
    return {
      env: new Map(raws.flatMap(envOf)),
      args: raws.flatMap((raw) => [...textsAt(raw, 'command'), ...textsAt(raw, 'args')]),
      flags: new Map(own.flatMap(({ path }) => [...flagsOf(refTo(daemonSet.origin, ...path))])),
      origin: daemonSet.origin,
    };
  }
  return undefined;
}

/** A ConfigMap's texts by key. */
export interface ConfigTexts {
  readonly data: ReadonlyMap<string, string>;
  readonly origin: SourceRef;
}

/** The first ConfigMap of that name whose place fits; undefined: none. */
export function configMapOf({ objects }: Cluster, name: string): ConfigTexts | undefined {
  for (const object of objects.otherOfKind('ConfigMap')) {
    if (!mayMention(object, name) || object.name !== name) continue;
    const data = new Map<string, string>();
    for (const [key, value] of Object.entries(mappingAt(object.raw, 'data'))) {
      if (typeof value === 'string') data.set(key, value);
      else if (typeof value === 'boolean' || typeof value === 'number') data.set(key, String(value));
    }
    return { data, origin: refTo(object.origin, 'data') };
  }
  return undefined;
}

/** Large ConfigMaps that are something else are not parsed. */
function mayMention({ origin: { document, path } }: OtherObject, word: string): boolean {
  const { start, end } = document.span;
  return path.length > 0 || document.file.text.slice(start, end).includes(word);
}

/** What is written at a place. */
function rawAt({ document, path }: SourceRef, below: readonly (string | number)[] = []): unknown {
  let value: unknown = document.value;
  for (const part of [...path, ...below]) value = fieldOf(value, part);
  return value;
}

/** A field of a mapping or an item of a list; undefined where there is none. */
export function fieldOf(value: unknown, key: string | number): unknown {
  if (typeof key === 'number') return Array.isArray(value) ? value[key] : undefined;
  return isMapping(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** A field that is a mapping, else an empty one. */
export function mappingAt(value: unknown, ...path: readonly string[]): RawMapping {
  let found: unknown = value;
  for (const key of path) found = fieldOf(found, key);
  return isMapping(found) ? found : {};
}

/** A field that is a text; undefined where it is none. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  let found: unknown = value;
  for (const key of path) found = fieldOf(found, key);
  return typeof found === 'string' ? found : undefined;
}

/** JSON of a text; undefined if it is none. */
export function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `"true"`, `"1"`, `Enabled`: yes. */
export function isYes(text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  return /^(true|1|yes|on|enabled|always|strict)$/i.test(text.trim());
}

/** A positive number in a text; undefined where it is none (`auto`, `0`). */
export function numberIn(text: string | undefined): number | undefined {
  const number = text === undefined || !/^\d+$/.test(text.trim()) ? 0 : Number(text);
  return number > 0 ? number : undefined;
}

function envOf(container: unknown): readonly (readonly [string, string])[] {
  const list = fieldOf(container, 'env');
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry) => {
    const name = textAt(entry, 'name');
    const value = fieldOf(entry, 'value');
    return name === undefined || value === undefined || value === null || typeof value === 'object'
      ? []
      : [[name, String(value)] as const];
  });
}

function textsAt(container: unknown, key: string): readonly string[] {
  const list = fieldOf(container, key);
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}
