/**
 * Mends what has one right change of the text. Each change is tried on the model: it is kept only if its
 * finding is gone and no other came. Comments and layout stay, since only the text at its place changes.
 */

import { loadSnapshot, type SnapshotInput } from '../query/snapshot.ts';
import { offsetAt, type SourceFile } from '../source/file.ts';
import { checkManifests } from './check.ts';
import type { Finding, FixEdit } from './finding.ts';
import type { CheckSettings } from './settings.ts';

export interface FixResult {
  /** All files, those that nothing was mended in as they were. */
  readonly files: readonly SourceFile[];
  /** Findings that are mended. */
  readonly mended: readonly Finding[];
  /** Findings whose change did not mend them, or made others. */
  readonly refused: readonly Finding[];
}

/** Rounds after which nothing more is tried: a change may show another finding that can be mended. */
const MOST_ROUNDS = 10;

/** Mends the files of an input. */
export function fixManifests(input: SnapshotInput, settings: CheckSettings): FixResult {
  const trial = new Trial(input, settings);
  for (let round = 0; round < MOST_ROUNDS && trial.tryRound(); round++);
  return trial.result();
}

/** The state of the walk: the files so far, and what they say. */
class Trial {
  private files: readonly SourceFile[];
  private findings: readonly Finding[];
  private readonly mended: Finding[] = [];
  private readonly refused = new Map<string, Finding>();
  private readonly input: SnapshotInput;
  private readonly settings: CheckSettings;

  constructor(input: SnapshotInput, settings: CheckSettings) {
    this.input = input;
    this.settings = settings;
    this.files = input.files;
    this.findings = this.check(input.files);
  }

  /** Tries all changes at once, and one by one if that is not good. @returns was anything mended? */
  tryRound(): boolean {
    const candidates = this.findings.filter(({ fix, fingerprint }) => fix && !this.refused.has(fingerprint));
    if (candidates.length === 0) return false;
    const together = withoutOverlap(candidates);
    if (this.keep(together)) return true;
    const [first] = together;
    if (together.length === 1 && first !== undefined) {
      this.refused.set(first.fingerprint, first);
      return true;
    }
    for (const one of together) {
      // The places of the others have moved: they are found anew in the next round.
      if (this.keep([one])) return true;
      this.refused.set(one.fingerprint, one);
    }
    return false;
  }

  result(): FixResult {
    return { files: this.files, mended: this.mended, refused: [...this.refused.values()] };
  }

  /** Makes the changes, and keeps them if they mend their findings and add none. */
  private keep(findings: readonly Finding[]): boolean {
    const edits = findings.flatMap(({ fix }) => fix?.edits ?? []);
    const files = this.files.map((file) => edited(file, edits));
    const after = this.check(files);
    const before = counts(this.findings);
    for (const { fingerprint } of findings) before.set(fingerprint, (before.get(fingerprint) ?? 0) - 1);
    const isGood = [...counts(after)].every(
      ([fingerprint, count]) => count <= (before.get(fingerprint) ?? 0),
    );
    if (!isGood) return false;
    this.files = files;
    this.findings = after;
    this.mended.push(...findings);
    return true;
  }

  private check(files: readonly SourceFile[]): readonly Finding[] {
    const snapshot = loadSnapshot({ ...this.input, files });
    return checkManifests(snapshot, { ...this.settings, show: 'info' }).findings;
  }
}

function counts(findings: readonly Finding[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const { fingerprint } of findings) found.set(fingerprint, (found.get(fingerprint) ?? 0) + 1);
  return found;
}

/** The first of those whose changes touch. */
function withoutOverlap(findings: readonly Finding[]): readonly Finding[] {
  const taken: FixEdit[] = [];
  return findings.filter(({ fix }) => {
    const edits = fix?.edits ?? [];
    if (edits.some((edit) => taken.some((other) => overlap(edit, other)))) return false;
    taken.push(...edits);
    return true;
  });
}

function overlap(a: FixEdit, b: FixEdit): boolean {
  return a.file === b.file && !endsBefore(a, b) && !endsBefore(b, a);
}

/** Two insertions at one place do overlap: their order would be chance. */
function endsBefore(a: FixEdit, b: FixEdit): boolean {
  if (a.endLine !== b.line) return a.endLine < b.line;
  return a.endColumn < b.column || (a.endColumn === b.column && a.column !== b.column);
}

/** The file with its changes made, the last one first, so that places stay right. */
function edited(file: SourceFile, edits: readonly FixEdit[]): SourceFile {
  const own = edits
    .filter((edit) => edit.file === file.name)
    .map((edit) => ({
      start: offsetAt(file, edit),
      end: offsetAt(file, { line: edit.endLine, column: edit.endColumn }),
      text: edit.text,
    }))
    .toSorted((a, b) => b.start - a.start);
  if (own.length === 0) return file;
  const text = own.reduce(
    (changed, edit) => changed.slice(0, edit.start) + edit.text + changed.slice(edit.end),
    file.text,
  );
  return { name: file.name, text };
}
