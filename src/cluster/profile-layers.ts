/**
 * The layers of a profile, one over the other: preset, file, flags. The result is a raw mapping in the
 * spelling of the file, with the place of everything that somebody gave.
 */

import type { DiagnosticSource, Report } from '../diagnostics/diagnostic.ts';
import { nearest } from '../diagnostics/did-you-mean.ts';
import { type FieldPath, isMapping, type ManifestDocument, type RawMapping } from '../source/document.ts';
import type { SourceFile } from '../source/file.ts';
import { printPath, refTo, type SourceRef, type SourceSpan } from '../source/ref.ts';
import { readDocuments } from '../source/yaml.ts';
import { unknownKeys } from './profile-keys.ts';
import { PRESETS } from './profile-presets.ts';

/** A value that the command line gives. */
export interface FlagValue {
  readonly path: FieldPath;
  readonly value: unknown;
  /** The value in the flag's text. */
  readonly at: SourceSpan;
}

export interface ProfileLayers {
  readonly raw: RawMapping;
  /** The profile file, or an empty text where there is none. */
  readonly origin: SourceRef;
  /** Dotted keys that somebody gave, those of the mappings around them too; undefined for a flag. */
  readonly given: ReadonlyMap<string, SourceRef | undefined>;
  /** Reports as `profile-invalid`, at the flag where one gave the value. */
  readonly report: Report;
}

const PROFILE_TYPE: RawMapping = { apiVersion: 'k8snet.dev/v1', kind: 'Profile' };

/** Lays flags over the file, and the file over the preset that either of them names. */
export function layerProfile(
  file: SourceFile | undefined,
  flags: readonly FlagValue[],
  report: Report,
): ProfileLayers {
  const document = profileDocument(file, report);
  const origin: SourceRef = { document, path: [] };
  const own = reportAtFlags(flags, report);
  const fromFile = fileLayer(origin, own);
  const presetName = flags.findLast(({ path }) => path[0] === 'preset')?.value ?? fromFile['preset'];
  const preset = presetLayer(presetName, (text, help) => reportAt(own, refTo(origin, 'preset'), text, help));
  const given = new Map<string, SourceRef | undefined>();
  for (const path of pathsIn(preset)) given.set(path.join('.'), refTo(origin, 'preset'));
  for (const path of pathsIn(fromFile)) given.set(path.join('.'), refTo(origin, ...path));
  let raw = overlay(preset, fromFile);
  for (const { path, value } of flags) {
    raw = overlay(raw, layerOf(raw, path, value) as RawMapping);
    for (const length of path.keys()) given.set(path.slice(0, length + 1).join('.'), undefined);
  }
  for (const { path, candidates } of unknownKeys(raw)) {
    const help = candidates.length === 0 ? undefined : didYouMean(candidates);
    reportAt(own, keyAt(refTo(origin, ...path), flags), `${printPath(path)}: unknown key`, help);
  }
  return { raw, origin, given, report: own };
}

function profileDocument(file: SourceFile | undefined, report: Report): ManifestDocument {
  // A profile that cannot be read would be answered for another cluster: it is no matter of the manifests.
  const own: Report = (problem) =>
    report(problem.severity === 'error' ? { ...problem, code: 'profile-invalid' } : problem);
  const [document, second] = file === undefined ? [] : readDocuments(file, own);
  if (second !== undefined) {
    report({
      code: 'profile-invalid',
      severity: 'warning',
      text: 'a profile is one document; the others are left out',
      sources: [{ at: { file: second.file, span: second.span }, role: 'primary' }],
    });
  }
  return document ?? emptyDocument(file ?? { name: '<flags>', text: '' });
}

/** The document of a text without one. */
function emptyDocument(file: SourceFile): ManifestDocument {
  const span = { start: 0, end: 0 };
  return { file, span, kind: undefined, apiVersion: undefined, value: undefined, locate: () => span };
}

/** What the file says; nothing if it is no profile. */
function fileLayer(origin: SourceRef, report: Report): RawMapping {
  const { value } = origin.document;
  if (value === undefined) return {};
  if (!isMapping(value)) {
    reportAt(report, origin, 'a profile is a mapping of keys to values');
    return {};
  }
  for (const [key, expected] of Object.entries(PROFILE_TYPE)) {
    if (value[key] === undefined || value[key] === expected) continue;
    reportAt(report, refTo(origin, key), `not a profile: ${key} must be ${expected}`);
    return {};
  }
  return value;
}

function presetLayer(name: unknown, complain: (text: string, help: string) => void): RawMapping {
  if (name === undefined || name === null) return {};
  const known = typeof name === 'string' && Object.hasOwn(PRESETS, name) ? PRESETS[name] : undefined;
  if (known !== undefined) return known;
  const text = typeof name === 'string' ? name : JSON.stringify(name);
  const modelled = `presets: ${Object.keys(PRESETS).join(', ')}`;
  const candidates = nearest(text, Object.keys(PRESETS), 3);
  complain(`no preset ${text}`, candidates.length === 0 ? modelled : didYouMean(candidates));
  return {};
}

/** Every path in a mapping, outer ones first. */
function pathsIn(value: unknown, path: FieldPath = []): readonly FieldPath[] {
  const below = Array.isArray(value) ? [...value.entries()] : isMapping(value) ? Object.entries(value) : [];
  return below.flatMap(([step, child]) => [[...path, step], ...pathsIn(child, [...path, step])]);
}

/** `top` over `base`: mappings are merged, everything else is replaced. */
function overlay(base: RawMapping, top: RawMapping): RawMapping {
  const merged = mappingOf(Object.entries(base));
  for (const [key, value] of Object.entries(top)) {
    const under = merged[key];
    const mayMerge = isMapping(under) && isMapping(value) && !(key === 'cni' && isAnotherCni(under, value));
    merged[key] = mayMerge ? overlay(under, value) : value;
  }
  return merged;
}

/** What a lower layer says about one network plugin does not hold for another. */
function isAnotherCni(under: RawMapping, top: RawMapping): boolean {
  return top['name'] !== undefined && under['name'] !== undefined && top['name'] !== under['name'];
}

/**
 * A layer with one value. Lists on the way are copied from `raw`; an index past the end adds an item, and a key of one
 * adds empty items up to it: `nodes.3.mtu` is never about another node.
 */
function layerOf(raw: unknown, path: FieldPath, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const index = Number(step);
  if ((Array.isArray(raw) || typeof step === 'number') && Number.isInteger(index)) {
    const written: readonly unknown[] = Array.isArray(raw) ? raw : [];
    const missing = rest.length === 0 ? 0 : Math.max(0, Math.min(index, MOST_ITEMS) - written.length);
    const items = [...written, ...Array.from({ length: missing }, () => mappingOf([]))];
    const at = Math.min(index, items.length);
    const [under, item] = [items[at], layerOf(items[at], rest, value)];
    return items.toSpliced(at, 1, isMapping(under) && isMapping(item) ? overlay(under, item) : item);
  }
  return mappingOf([[String(step), layerOf(isMapping(raw) ? raw[step] : undefined, rest, value)]]);
}

/** As many items as a list may get by an index; Kubernetes supports no larger clusters. */
const MOST_ITEMS = 5000;

/** A mapping without a prototype, so that every key is an ordinary one. */
function mappingOf(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const mapping: Record<string, unknown> = Object.create(null);
  for (const [key, value] of entries) mapping[key] = value;
  return mapping;
}

/** A report that points at the flag which gave a value, where one did. */
function reportAtFlags(flags: readonly FlagValue[], report: Report): Report {
  return (diagnostic) =>
    report({
      ...diagnostic,
      code: 'profile-invalid',
      sources: diagnostic.sources.map((source) => atFlag(source, flags)),
    });
}

/** The key of a field, where the field is written in the file. */
function keyAt(ref: SourceRef, flags: readonly FlagValue[]): SourceRef | SourceSpan {
  const { document, path } = ref;
  const isFromFile = 'document' in atFlag({ at: ref, role: 'primary' }, flags).at;
  return isFromFile ? { file: document.file, span: document.locate(path, 'key') } : ref;
}

function didYouMean(candidates: readonly string[]): string {
  return `did you mean ${candidates.join(', ')}?`;
}

function atFlag(source: DiagnosticSource, flags: readonly FlagValue[]): DiagnosticSource {
  const { at } = source;
  if (!('document' in at)) return source;
  const isWritten = at.document.file.text !== '';
  const flag = flags.findLast(({ path }) => {
    const shared = path.findIndex((step, index) => step !== at.path[index]);
    return shared < 0 || (!isWritten && shared > 0);
  });
  return flag === undefined ? source : { ...source, at: flag.at };
}

function reportAt(report: Report, at: SourceRef | SourceSpan, text: string, help?: string): void {
  report({
    code: 'profile-invalid',
    severity: 'error',
    text,
    sources: [{ at, role: 'primary' }],
    ...(help === undefined ? {} : { help: [{ text: help }] }),
  });
}
