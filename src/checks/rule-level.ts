/** Which rules run, and how grave what they find is. */

import type { Severity } from '../diagnostics/diagnostic.ts';
import type { Rule } from './rule.ts';
import { type CheckSettings, PRECISIONS, type Preset } from './settings.ts';

/** How a rule that runs reports: its severity, and whether somebody chose that. */
export interface RuleLevel {
  readonly severity: Severity;
  readonly isConfigured: boolean;
}

/** The level at which a rule runs; undefined: it does not. */
export function levelOf(rule: Rule, settings: CheckSettings): RuleLevel | undefined {
  if (PRECISIONS.indexOf(rule.precision) > PRECISIONS.indexOf(settings.precision)) return undefined;
  const own = rule.severity === 'off' ? 'warning' : rule.severity;
  const asked = settings.rules.get(rule.name)?.severity;
  if (asked === 'off') return undefined;
  if (asked === 'on') return { severity: own, isConfigured: false };
  if (asked !== undefined) return { severity: asked, isConfigured: true };
  return isInPreset(rule, settings.preset) ? { severity: own, isConfigured: false } : undefined;
}

function isInPreset({ severity, precision, tier }: Rule, preset: Preset): boolean {
  switch (preset) {
    case 'minimal':
      return severity === 'error' && precision === 'certain';
    case 'recommended':
      return severity !== 'off' && tier < 3;
    case 'strict':
      return severity !== 'off';
    case 'all':
      return true;
  }
}
