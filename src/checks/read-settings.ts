/** Reads `check` and `assume` of the profile. What cannot be used is reported there, and read as if nobody had written it. */

import type { ClusterProfile } from '../cluster/profile.ts';
import { nearest } from '../diagnostics/did-you-mean.ts';
import {
  type Fields,
  readMapping,
  readMappings,
  readSection,
  readString,
  readStringMap,
  readStrings,
  reportDoubtful,
  reportInvalid,
  requireString,
} from '../k8s/fields.ts';
import type { Labels } from '../k8s/object.ts';
import { isMapping } from '../source/document.ts';
import { refTo } from '../source/ref.ts';
import { nameOfAlias } from './aliases.ts';
import type { FailOn } from './finding.ts';
import { fitsPattern } from './pattern.ts';
import { RULES } from './rules.ts';
import {
  type AssumedService,
  type AssumeSettings,
  type CheckSettings,
  DEFAULT_SETTINGS,
  type IgnoreSetting,
  PRECISIONS,
  PRESETS,
  type RuleSetting,
  SEVERITIES,
} from './settings.ts';

const FAIL_ON: readonly FailOn[] = [...SEVERITIES, 'never'];
const RULE_SEVERITIES = [...SEVERITIES, 'off', 'on'] as const;

/** The settings that the profile has, with defaults for what it leaves open. */
export function readCheckSettings({
  check,
  assume,
}: Pick<ClusterProfile, 'check' | 'assume'>): CheckSettings {
  return {
    preset: readWord(check, 'extends', PRESETS) ?? DEFAULT_SETTINGS.preset,
    failOn: readWord(check, 'failOn', FAIL_ON) ?? DEFAULT_SETTINGS.failOn,
    precision: readWord(check, 'precision', PRECISIONS) ?? DEFAULT_SETTINGS.precision,
    show: readWord(check, 'show', SEVERITIES) ?? DEFAULT_SETTINGS.show,
    rules: readRules(readSection(check, 'rules')),
    ignores: readMappings(check, 'ignore').flatMap(readIgnore),
    assume: readAssume(assume),
    today: DEFAULT_SETTINGS.today,
  };
}

/** `check.baseline`: a path that starts from the profile's folder. */
export function baselinePath({ check }: Pick<ClusterProfile, 'check'>): string | undefined {
  return readString(check, 'baseline');
}

function readWord<Word extends string>(
  fields: Fields,
  key: string,
  words: readonly Word[],
): Word | undefined {
  const text = readString(fields, key);
  const word = words.find((each) => each === text);
  if (word === undefined && text !== undefined)
    reportInvalid(fields, [key], text, `must be one of ${words.join(', ')}`);
  return word;
}

/** Each under its name or a pattern of names; a rule of its own name wins over a pattern. */
function readRules(fields: Fields): ReadonlyMap<string, RuleSetting> {
  const settings = new Map<string, RuleSetting>();
  const byName = new Map<string, RuleSetting>();
  for (const written of Object.keys(fields.raw)) {
    const pattern = currentName(fields, written);
    const names = RULES.map(({ name }) => name).filter((name) => fitsPattern(pattern, name));
    if (names.length === 0) reportUnknownRule(fields, pattern);
    const setting = readRule(fields, written);
    for (const name of setting === undefined ? [] : names) {
      if (name === pattern) byName.set(name, setting ?? {});
      else settings.set(name, { ...settings.get(name), ...setting });
    }
  }
  for (const [name, setting] of byName) settings.set(name, { ...settings.get(name), ...setting });
  return settings;
}

/** The name that the rule has now, where another one of it is written; that is told. */
function currentName(fields: Fields, written: string): string {
  const name = nameOfAlias(written);
  if (name === undefined) return written;
  reportDoubtful(fields, [written], `the rule ${written} is called ${name}`);
  return name;
}

function reportUnknownRule(fields: Fields, name: string): void {
  const near = nearest(
    name,
    RULES.map((rule) => rule.name),
    3,
  );
  const hint = near.length === 0 ? '' : `; did you mean ${near.join(', ')}?`;
  reportInvalid(fields, [name], name, `no rule has this name${hint}`);
}

/** A severity, or a mapping of options. `off` without quotes is a boolean, as YAML 1.1 has it. */
function readRule(fields: Fields, name: string): RuleSetting | undefined {
  const value = fields.raw[name];
  if (isMapping(value)) {
    const options = readMapping(fields, name);
    if (options === undefined) return undefined;
    const known = ['severity', 'ignoreLabels'];
    for (const key of Object.keys(options.raw).filter((each) => !known.includes(each))) {
      reportInvalid(
        options,
        [key],
        options.raw[key],
        `no rule has this option; there are ${known.join(', ')}`,
      );
    }
    const severity = severityOf(options, 'severity');
    return {
      ...(severity === undefined ? {} : { severity }),
      ignoreLabels: readStrings(options, 'ignoreLabels'),
    };
  }
  const severity = severityOf(fields, name);
  return severity === undefined ? undefined : { severity };
}

function severityOf(fields: Fields, key: string): RuleSetting['severity'] {
  const value = fields.raw[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  const word = RULE_SEVERITIES.find((each) => each === value);
  if (word === undefined) reportInvalid(fields, [key], value, `must be one of ${RULE_SEVERITIES.join(', ')}`);
  return word;
}

function readIgnore(fields: Fields): readonly IgnoreSetting[] {
  const written = requireString(fields, 'rule');
  if (written === undefined) return [];
  const rule = nameOfAlias(written) ?? written;
  if (rule !== written) reportDoubtful(fields, ['rule'], `the rule ${written} is called ${rule}`);
  if (!RULES.some(({ name }) => fitsPattern(rule, name)))
    reportUnknownRule({ ...fields, raw: { [rule]: '' } }, rule);
  const object = readString(fields, 'object');
  const files = readString(fields, 'files');
  const until = readString(fields, 'until');
  if (until !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(until)) {
    reportInvalid(fields, ['until'], until, 'must be a date like 2027-01-31');
  }
  return [
    {
      rule,
      reason: (readString(fields, 'reason') ?? '').trim(),
      ...(object === undefined ? {} : { object }),
      ...(files === undefined ? {} : { files }),
      ...(until === undefined ? {} : { until }),
      at: refTo(fields.origin, ...fields.path),
    },
  ];
}

function readAssume(fields: Fields): AssumeSettings {
  const { complete } = fields.raw;
  const isWhole = complete === true;
  const names = typeof complete === 'boolean' ? [] : readStrings(fields, 'complete');
  return {
    isWhole,
    complete: new Set(names),
    services: readStrings(fields, 'services').flatMap((text, index) => readService(fields, text, index)),
    namespaces: readNamespaces(readSection(fields, 'namespaces')),
  };
}

/** `data/postgres:5432`; several ports with commas, none for any. */
function readService(fields: Fields, text: string, index: number): readonly AssumedService[] {
  const [, namespace = '', name = '', ports = ''] = /^([\w.-]+)\/([\w.-]+)(?::([\d,]+))?$/.exec(text) ?? [];
  const numbers = ports
    .split(',')
    .filter((port) => port !== '')
    .map(Number);
  if (name === '' || numbers.some((port) => port < 1 || port > 65535)) {
    reportInvalid(fields, ['services', index], text, 'must be NAMESPACE/NAME or NAMESPACE/NAME:PORT');
    return [];
  }
  return [{ namespace, name, ports: numbers.map((port) => ({ port })) }];
}

/** Names to labels; the API server's own label is among them. */
function readNamespaces(fields: Fields): ReadonlyMap<string, Labels> {
  return new Map(
    Object.keys(fields.raw).map((name) => {
      const labels = readStringMap(fields, name);
      return [name, new Map([['kubernetes.io/metadata.name', name], ...labels])];
    }),
  );
}
