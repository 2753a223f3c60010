/** The question of `k8snet check`: every rule that is switched on, over one snapshot. */

import { compareText } from '../collections/order.ts';
import type { Diagnostic, Severity } from '../diagnostics/diagnostic.ts';
import { objectNamer } from '../query/namer.ts';
import type { Snapshot } from '../query/snapshot.ts';
import { diagnosticAnswer } from '../query/source-answer.ts';
import { TOOL } from '../query/tool.ts';
import { compareWithBaseline } from './baseline.ts';
import { checkInput } from './check-input.ts';
import { withEffects } from './effects.ts';
import type { CheckAnswer, CheckSummary, FailOn, Finding, IgnoredFinding } from './finding.ts';
import { applyIgnores, type Ignored } from './ignores.ts';
import { placeHit, type RuleHit } from './place-hit.ts';
import type { Rule } from './rule.ts';
import { levelOf, type RuleLevel } from './rule-level.ts';
import { ignoreUnused } from './rules/ignore-unused.ts';
import { referenceOutsideInput } from './rules/reference-outside-input.ts';
import { RULES } from './rules.ts';
import { type CheckSettings, SEVERITIES } from './settings.ts';

interface AskedRule {
  readonly rule: Rule;
  readonly level: RuleLevel;
}

/**
 * Checks the manifests of a snapshot.
 * @param beside what was wrong with files that never got into the snapshot.
 */
export function checkManifests(
  snapshot: Snapshot,
  settings: CheckSettings,
  beside: readonly Diagnostic[] = [],
): CheckAnswer {
  const problems = unreadable([...beside, ...snapshot.diagnostics]);
  const asked = RULES.flatMap((rule): readonly AskedRule[] => {
    const level = levelOf(rule, settings);
    return level === undefined ? [] : [{ rule, level }];
  });
  const sorted = sortedOut(runRules(snapshot, settings, asked), { snapshot, settings, asked });
  const { shown, known, gone } = compareWithBaseline(sorted.shown, settings.baseline);
  const ignored = [...sorted.ignored, ...known];
  const findings = shown
    .filter(({ severity }) => isAtLeast(severity, settings.show))
    .toSorted(compareFindings);
  return {
    schema: 'k8snet/check/1',
    tool: TOOL,
    findings,
    ignored: ignored.toSorted(compareFindings),
    problems: problems.map((one) => diagnosticAnswer(one, objectNamer(snapshot.objects))),
    ...(gone === undefined ? {} : { gone }),
    rules: asked.map(({ rule }) => rule.name),
    summary: { ...summaryOf(snapshot, settings, { findings, ignored }), unreadable: problems.length },
  };
}

function runRules(
  snapshot: Snapshot,
  settings: CheckSettings,
  asked: readonly AskedRule[],
): readonly RuleHit[] {
  const input = checkInput(snapshot, settings);
  const { counts } = snapshot.objects;
  return asked.flatMap(({ rule, level }) =>
    rule.kinds.length > 0 && !rule.kinds.some((kind) => counts.has(kind))
      ? []
      : [...rule.run(input)].map((hit) => ({ rule, level, hit })),
  );
}

interface Sorting {
  readonly snapshot: Snapshot;
  readonly settings: CheckSettings;
  readonly asked: readonly AskedRule[];
}

/** Hits as findings: those that are shown, those that are ignored, and those about ignores. */
function sortedOut(
  hits: readonly RuleHit[],
  { snapshot, settings, asked }: Sorting,
): Pick<Ignored, 'ignored'> & { readonly shown: readonly Finding[] } {
  const levels = new Map(asked.map(({ rule, level }) => [rule, level]));
  const gateLevel = levels.get(referenceOutsideInput);
  const placed = withEffects(hits).flatMap((each) => placeHit(each, gateLevel));
  const { shown, ignored, unused } = applyIgnores({
    placed,
    snapshot,
    settings,
    asked: asked.map(({ rule }) => rule.name),
    known: RULES.map(({ name }) => name),
  });
  const level = levels.get(ignoreUnused);
  const aboutIgnores =
    level === undefined
      ? []
      : unused.flatMap((hit) => placeHit({ rule: ignoreUnused, level, hit }, undefined));
  return { shown: [...shown, ...aboutIgnores].map(({ finding }) => finding), ignored };
}

/** Is the severity as grave as another one, or more? */
function isAtLeast(severity: Severity, least: FailOn): boolean {
  return least !== 'never' && SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(least);
}

/** By file, line, column and rule; the rest only keeps the order from depending on anything else. */
function compareFindings(a: Finding, b: Finding): number {
  return (
    compareText(a.file, b.file) ||
    a.line - b.line ||
    a.column - b.column ||
    compareText(a.rule, b.rule) ||
    compareText(a.object, b.object) ||
    compareText(a.message, b.message)
  );
}

const UNREADABLE: ReadonlySet<string> = new Set([
  'yaml-syntax',
  'yaml-alias-limit',
  'not-text',
  'file-unreadable',
  'missing-kind',
  'missing-api-version',
  'missing-name',
  'not-an-object',
]);

/** The diagnostics that say that something of the input cannot be read. */
function unreadable(diagnostics: Snapshot['diagnostics']): Snapshot['diagnostics'] {
  return diagnostics.filter(({ code, severity }) => UNREADABLE.has(code) && severity !== 'info');
}

function summaryOf(
  { files, objects }: Snapshot,
  { failOn }: CheckSettings,
  found: { readonly findings: readonly Finding[]; readonly ignored: readonly IgnoredFinding[] },
): Omit<CheckSummary, 'unreadable'> {
  const count = (severity: Severity) => found.findings.filter((each) => each.severity === severity).length;
  return {
    errors: count('error'),
    warnings: count('warning'),
    infos: count('info'),
    ignored: found.ignored.length,
    objects: [...objects.counts.values()].reduce((sum, amount) => sum + amount, 0),
    files: files.length,
    failOn,
    failed: found.findings.some(({ severity }) => isAtLeast(severity, failOn)),
  };
}
