/**
 * Findings that somebody does not want to see, said in three places with one meaning: an annotation on the
 * object, a comment on or above the line, an entry of the profile. Each needs a reason, and each that hides
 * nothing is a finding itself, so that none outlives its cause.
 */

import { nearest } from '../diagnostics/did-you-mean.ts';
import type { Snapshot } from '../query/snapshot.ts';
import { nameOfAlias } from './aliases.ts';
import { annotationIgnores } from './annotation-ignores.ts';
import { commentIgnores } from './comment-ignores.ts';
import { configIgnores } from './config-ignores.ts';
import type { IgnoredFinding } from './finding.ts';
import type { Hit } from './hit.ts';
import type { Ignore } from './ignore.ts';
import { fitsPattern } from './pattern.ts';
import type { PlacedHit } from './place-hit.ts';
import type { CheckSettings } from './settings.ts';
import { subjectName } from './subject.ts';

export interface Ignoring {
  readonly placed: readonly PlacedHit[];
  readonly snapshot: Snapshot;
  readonly settings: CheckSettings;
  /** Rules that were asked; what is said of others cannot be judged. */
  readonly asked: readonly string[];
  /** Every rule there is. */
  readonly known: readonly string[];
}

export interface Ignored {
  readonly shown: readonly PlacedHit[];
  readonly ignored: readonly IgnoredFinding[];
  /** Hits of the rule `ignore-unused`. */
  readonly unused: readonly Hit[];
}

/** Takes out what is ignored, and says which wishes hid nothing. */
export function applyIgnores(ignoring: Ignoring): Ignored {
  const { placed, snapshot, settings } = ignoring;
  const written = [...annotationIgnores(snapshot), ...commentIgnores(snapshot), ...configIgnores(settings)];
  const ignores = written.map((each) => ({ ...each, rule: nameOfAlias(each.rule) ?? each.rule }));
  if (ignores.length === 0) return { shown: placed, ignored: [], unused: [] };
  const used = new Set<Ignore>();
  const shown: PlacedHit[] = [];
  const ignored: IgnoredFinding[] = [];
  for (const each of placed) {
    const hiding = ignores.filter((ignore) => hides(ignore, each));
    for (const ignore of hiding) used.add(ignore);
    const [first] = hiding;
    if (first === undefined) shown.push(each);
    else ignored.push({ ...each.finding, ignored: { by: first.by, reason: first.reason } });
  }
  const unused = ignores.filter((ignore) => !used.has(ignore)).flatMap((each) => unusedHit(each, ignoring));
  return { shown, ignored, unused: [...unused, ...written.flatMap(renamedHit)] };
}

function hides(ignore: Ignore, placed: PlacedHit): boolean {
  if (ignore.reason === '' || ignore.void !== undefined) return false;
  const { rule, gated } = placed.finding;
  const isNamed =
    fitsPattern(ignore.rule, rule) || (gated !== undefined && fitsPattern(ignore.rule, gated.rule));
  return isNamed && ignore.covers(placed);
}

/** It counts, under the name that the rule has now. */
function renamedHit({ rule, written, by }: Ignore): readonly Hit[] {
  const name = nameOfAlias(rule);
  if (name === undefined) return [];
  return [
    {
      ...written,
      severity: 'info',
      message: `${subjectName(written.subject)} ignores ${rule}, which is called ${name}`,
      help: `write ${name}`,
      fact: `${by} ${rule} renamed`,
    },
  ];
}

function unusedHit(ignore: Ignore, { asked, known }: Ignoring): readonly Hit[] {
  const { rule, written } = ignore;
  const fact = `${ignore.by} ${rule}`;
  const hit = (what: string, help: string): Hit => ({
    ...written,
    message: `${subjectName(written.subject)} ${what}`,
    help,
    fact,
  });
  if (!known.some((name) => fitsPattern(rule, name))) {
    const [near] = nearest(rule, known, 1);
    const help =
      near === undefined ? 'k8snet explain lists no such rule; remove it' : `did you mean ${near}?`;
    return [hit(`ignores ${rule}, which is no rule`, help)];
  }
  if (ignore.reason === '') {
    return [hit(`ignores ${rule} without a reason, which does not count`, 'say why: a reader has to know')];
  }
  if (ignore.void !== undefined)
    return [hit(`ignores ${rule}, but ${ignore.void}`, 'mend what is ignored, or give it more time')];
  if (!asked.some((name) => fitsPattern(rule, name))) return [];
  return [hit(`ignores ${rule}, but hides nothing`, 'remove it')];
}
