/**
 * Baselines: findings that are known and left for later. They are known by their fingerprints, so that moving,
 * splitting or formatting files changes nothing; each as often as it is written, so that a known finding does
 * not hide a new one that looks alike.
 */

import { addTo } from '../collections/grouping.ts';
import { compareText } from '../collections/order.ts';
import { isMapping } from '../source/document.ts';
import type { BaselineEntry, Finding, IgnoredFinding } from './finding.ts';

export interface Baseline {
  /** The file, as it is named in reasons. */
  readonly name: string;
  readonly entries: readonly BaselineEntry[];
}

export interface Compared {
  readonly shown: readonly Finding[];
  readonly known: readonly IgnoredFinding[];
  /** Entries that nothing is found of any more. */
  readonly gone?: readonly BaselineEntry[];
}

const SCHEMA = 'k8snet/baseline/1';
const FINGERPRINT = /^v1:[0-9a-f]{32}$/;

/** Takes the known findings out. @param baseline undefined: there is none, and nothing is known. */
export function compareWithBaseline(findings: readonly Finding[], baseline: Baseline | undefined): Compared {
  if (baseline === undefined) return { shown: findings, known: [] };
  const { name, entries } = baseline;
  const left = new Map<string, BaselineEntry[]>();
  for (const entry of entries) addTo(left, entry.fingerprint, entry);
  const shown: Finding[] = [];
  const known: IgnoredFinding[] = [];
  for (const finding of findings) {
    const entry = left.get(finding.fingerprint)?.pop();
    if (entry === undefined) shown.push(finding);
    else known.push({ ...finding, ignored: { by: 'baseline', reason: `known in ${name}` } });
  }
  return { shown, known, gone: [...left.values()].flat() };
}

/** The text of a baseline file: one finding a line, in an order that makes merges easy. */
export function printBaseline(findings: readonly BaselineEntry[]): string {
  const lines = findings
    .map(({ rule, object, path, fingerprint }) => JSON.stringify({ rule, object, path, fingerprint }))
    .sort(compareText);
  const list = lines.length === 0 ? '[]' : `[\n${lines.map((line) => `    ${line}`).join(',\n')}\n  ]`;
  return `{\n  "schema": "${SCHEMA}",\n  "findings": ${list}\n}\n`;
}

/** Reads a baseline file. @returns what is wrong with it, if anything is. */
export function readBaseline(name: string, text: string): Baseline | { readonly problem: string } {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    return { problem: `${name} is no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (!isMapping(raw) || raw['schema'] !== SCHEMA) {
    const found = isMapping(raw) && typeof raw['schema'] === 'string' ? raw['schema'] : 'something else';
    return { problem: `${name} is no baseline of this version: it has schema ${found}, not ${SCHEMA}` };
  }
  const list = raw['findings'];
  if (!Array.isArray(list)) return { problem: `${name} is no baseline: its findings are no list` };
  const entries = list.flatMap(readEntry);
  const strange = entries.find(({ fingerprint }) => !FINGERPRINT.test(fingerprint));
  if (strange !== undefined) {
    return { problem: `${name} has a fingerprint of another version: "${strange.fingerprint}"` };
  }
  return { name, entries };
}

function readEntry(raw: unknown): readonly BaselineEntry[] {
  if (!isMapping(raw)) return [{ rule: '', object: '', path: '', fingerprint: '' }];
  const text = (key: string) => (typeof raw[key] === 'string' ? raw[key] : '');
  return [
    { rule: text('rule'), object: text('object'), path: text('path'), fingerprint: text('fingerprint') },
  ];
}
