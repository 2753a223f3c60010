/** What somebody wants checked, and what they say of the cluster beside the manifests. */

import type { Severity } from '../diagnostics/diagnostic.ts';
import type { Labels } from '../k8s/object.ts';
import type { SourceRef } from '../source/ref.ts';
import type { Baseline } from './baseline.ts';
import type { FailOn } from './finding.ts';
import type { Precision } from './hit.ts';

/**
 * `minimal`: errors that are certain; `recommended`: all that most people want; `strict`: all that is not off;
 * `all`: also what is off by default.
 */
export const PRESETS = ['minimal', 'recommended', 'strict', 'all'] as const;
export type Preset = (typeof PRESETS)[number];

export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info'];
export const PRECISIONS: readonly Precision[] = ['certain', 'closed-world', 'heuristic'];

export interface RuleSetting {
  /** `on`: at the severity of the rule, or as a warning where that is off. */
  readonly severity?: Severity | 'off' | 'on';
  readonly ignoreLabels?: readonly string[];
}

/** Findings of a rule, object or file that nobody wants to see. */
export interface IgnoreSetting {
  /** A name, or a pattern: `istio-*`. */
  readonly rule: string;
  /** `Service monitoring/*`; undefined: every object. */
  readonly object?: string;
  /** `vendor/**`; undefined: every file. */
  readonly files?: string;
  /** Empty: nobody gave one. */
  readonly reason: string;
  /** The last day on which it holds, `2027-01-31`. */
  readonly until?: string;
  readonly at: SourceRef;
}

/** A port of a Service that is in the cluster, but not in the input. */
export interface AssumedPort {
  readonly port: number;
}

export interface AssumedService {
  readonly namespace: string;
  readonly name: string;
  /** Empty: whatever port is asked for. */
  readonly ports: readonly AssumedPort[];
}

export interface AssumeSettings {
  /** Does the input hold every object of the cluster? */
  readonly isWhole: boolean;
  /** Namespaces that the input holds completely. */
  readonly complete: ReadonlySet<string>;
  readonly services: readonly AssumedService[];
  readonly namespaces: ReadonlyMap<string, Labels>;
}

export interface CheckSettings {
  readonly preset: Preset;
  readonly rules: ReadonlyMap<string, RuleSetting>;
  readonly failOn: FailOn;
  /** The least sure rules that are asked. */
  readonly precision: Precision;
  /** The mildest findings that are shown. */
  readonly show: Severity;
  readonly ignores: readonly IgnoreSetting[];
  readonly assume: AssumeSettings;
  readonly baseline?: Baseline;
  /** `2026-11-28`: for ignores that end. */
  readonly today: string;
}

export const DEFAULT_SETTINGS: CheckSettings = {
  preset: 'recommended',
  rules: new Map(),
  failOn: 'error',
  precision: 'heuristic',
  show: 'info',
  ignores: [],
  assume: { isWhole: false, complete: new Set(), services: [], namespaces: new Map() },
  today: '',
};
