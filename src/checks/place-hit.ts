/** From what a rule found to a finding: paths become lines and columns, here and not before. */

import type { Edit, Severity } from '../diagnostics/diagnostic.ts';
import { helmTemplate } from '../source/helm-template.ts';
import { locate, refTo, type SourceLocation } from '../source/ref.ts';
import type { Finding, Fix, RelatedPlace } from './finding.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { Evidence, Hit } from './hit.ts';
import type { Rule } from './rule.ts';
import type { RuleLevel } from './rule-level.ts';
import { referenceOutsideInput } from './rules/reference-outside-input.ts';
import { printFieldPath, type Subject, subjectName } from './subject.ts';

/** A hit with the rule that made it, and how grave it is to be. */
export interface RuleHit {
  readonly rule: Rule;
  readonly level: RuleLevel;
  readonly hit: Hit;
}

/** A finding, and the hit that it is made of. */
export interface PlacedHit extends RuleHit {
  readonly finding: Finding;
}

/** Places of a cluster are shown up to this many. */
const MOST_RELATED = 8;

/** @param gateLevel of findings that may be wrong; undefined: they are left out. */
export function placeHit(each: RuleHit, gateLevel: RuleLevel | undefined): readonly PlacedHit[] {
  const { rule, level, hit } = each;
  const { gate } = hit;
  if (gate === undefined) {
    const severity = level.isConfigured ? level.severity : (hit.severity ?? level.severity);
    return [{ ...each, finding: findingOf(each, rule, severity) }];
  }
  if (gateLevel === undefined) return [];
  const related = [...(hit.related ?? []), ...gate.related];
  const help = `where the input is complete, say so (--closed, or assume.complete: [${hit.subject.namespace}]); else ignore it`;
  const message = `${hit.message}, unless ${gate.reason}`;
  const gated = { ...each, hit: { ...hit, related, help, message } };
  const finding = findingOf(gated, referenceOutsideInput, gateLevel.severity);
  return [{ ...each, finding: { ...finding, gated: { rule: rule.name, reason: gate.reason } } }];
}

function findingOf({ rule: maker, hit }: RuleHit, rule: Rule, severity: Severity): Finding {
  const { subject, path, message, help, edits = [] } = hit;
  const text = help ?? rule.fix;
  const template = subject.origin === undefined ? undefined : helmTemplate(subject.origin.document);
  return {
    rule: rule.name,
    severity,
    precision: maker.precision,
    message,
    object: subjectName(subject),
    path: printFieldPath(path),
    ...placeOf(hit),
    related: (hit.related ?? []).slice(0, MOST_RELATED).flatMap(relatedPlace),
    fingerprint: fingerprintOf(maker.name, hit),
    help: text,
    why: maker.why,
    ...(edits.length === 0 ? {} : { fix: fixOf(text, edits) }),
    ...(template === undefined ? {} : { source: { template } }),
  };
}

function placeOf({ subject, path, at }: Hit): SourceLocation {
  if (at !== undefined) return locate(at);
  return placeIn(subject, path) ?? { file: '', line: 1, column: 1, endLine: 1, endColumn: 1 };
}

function placeIn({ origin }: Subject, path: Hit['path']): SourceLocation | undefined {
  return origin === undefined ? undefined : locate(refTo(origin, ...path));
}

/** What nobody wrote has no place; the message names it. */
function relatedPlace({ subject, path, message, role = 'evidence' }: Evidence): readonly RelatedPlace[] {
  const place = placeIn(subject, path);
  if (place === undefined) return [];
  return [{ object: subjectName(subject), path: printFieldPath(path), ...place, message, role }];
}

function fixOf(text: string, edits: readonly Edit[]): Fix {
  const sorted = edits.toSorted((a, b) => a.span.start - b.span.start);
  return { text, edits: sorted.map((edit) => ({ ...locate(edit), text: edit.text })) };
}
