/**
 * Findings as SARIF 2.1.0 (OASIS), as code scanning of GitHub reads it: paths relative to the folder that k8snet ran in,
 * evidence as related locations, ignored findings as suppressions, the walk of a packet as a code flow.
 */

import type { CheckAnswer, Finding, IgnoredFinding, RelatedPlace } from '../../checks/finding.ts';
import type { Rule } from '../../checks/rule.ts';
import { RULES } from '../../checks/rules.ts';
import type { DiagnosticAnswer, SourceAnswer } from '../../query/answer.ts';
import type { Renderer } from '../renderer.ts';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
const HOME = 'https://k8snet.dev';
/** SARIF's words; it has none for an info but `note`. */
const LEVELS = { error: 'error', warning: 'warning', info: 'note' } as const;

type Place = Pick<SourceAnswer, 'file' | 'line' | 'column' | 'endLine' | 'endColumn'>;

export const sarifRenderer: Renderer<CheckAnswer> = {
  format: 'sarif',
  render: (answer) => `${JSON.stringify(sarifLog(answer), null, 2)}\n`,
};

function sarifLog(answer: CheckAnswer): object {
  const { tool, findings, ignored, problems, summary } = answer;
  const asked = new Set([...answer.rules, ...[...findings, ...ignored].map(({ rule }) => rule)]);
  const rules = RULES.filter(({ name }) => asked.has(name));
  const indexes = new Map(rules.map(({ name }, index) => [name, index]));
  const results = [...findings, ...ignored].map((finding) => resultOf(finding, indexes.get(finding.rule)));
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: tool.name,
            version: tool.version,
            semanticVersion: tool.version,
            informationUri: HOME,
            rules: rules.map(ruleOf),
          },
        },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { SRCROOT: { description: { text: 'The folder that k8snet ran in.' } } },
        invocations: [
          {
            executionSuccessful: summary.unreadable === 0,
            toolExecutionNotifications: problems.map(notificationOf),
          },
        ],
        results,
      },
    ],
  };
}

function ruleOf({ name, what, why, fix, severity, precision, tier }: Rule): object {
  const help = `${why} To mend it: ${fix}.`;
  return {
    id: name,
    name: name.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: what },
    fullDescription: { text: `${what} ${why}` },
    help: { text: help, markdown: `${what}\n\n**Why**: ${why}\n\n**Fix**: ${fix}` },
    helpUri: `${HOME}/rules/${name}`,
    defaultConfiguration: {
      enabled: severity !== 'off',
      level: severity === 'off' ? 'warning' : LEVELS[severity],
    },
    properties: {
      tags: ['kubernetes', 'network', name.split('-')[0], `tier-${tier}`],
      // GitHub's words: very-high, high, medium.
      precision: { certain: 'very-high', 'closed-world': 'high', heuristic: 'medium' }[precision],
      'problem.severity': { error: 'error', warning: 'warning', info: 'recommendation', off: 'warning' }[
        severity
      ],
    },
  };
}

function resultOf(finding: Finding | IgnoredFinding, ruleIndex: number | undefined): object {
  const { rule, severity, message, help, object, path, related, fingerprint, precision, walk = [] } = finding;
  return {
    ruleId: rule,
    ...(ruleIndex === undefined ? {} : { ruleIndex }),
    level: LEVELS[severity],
    message: { text: `${message}. Help: ${help}` },
    locations: [
      {
        ...physical(finding),
        logicalLocations: [{ fullyQualifiedName: `${object} ${path}`.trim(), kind: 'object' }],
      },
    ],
    ...(related.length === 0 ? {} : { relatedLocations: related.map(relatedOf) }),
    partialFingerprints: { 'k8snet/v1': fingerprint },
    ...fixesOf(finding),
    ...(walk.length === 0 ? {} : { codeFlows: [codeFlow(finding, walk)] }),
    ...('ignored' in finding ? { suppressions: [suppressionOf(finding)] } : {}),
    properties: { precision, object, path },
  };
}

function physical({ file, line, column, endLine, endColumn }: Place): object {
  return {
    physicalLocation: {
      artifactLocation: artifact(file),
      region: { startLine: line, startColumn: column, endLine, endColumn },
    },
  };
}

/** Relative names are from the base; absolute ones stand for themselves. */
function artifact(file: string): object {
  const uri = file.split('/').map(encodeURIComponent).join('/');
  return file.startsWith('/') ? { uri: `file://${uri}` } : { uri, uriBaseId: 'SRCROOT' };
}

function relatedOf(place: RelatedPlace, id: number): object {
  return { id, ...physical(place), message: { text: `${place.object}: ${place.message}` } };
}

/** Edits of one file are one change; a fix may need several files. */
function fixesOf({ fix }: Finding): object {
  if (fix === undefined) return {};
  const files = [...new Set(fix.edits.map(({ file }) => file))];
  const artifactChanges = files.map((file) => ({
    artifactLocation: artifact(file),
    replacements: fix.edits
      .filter((edit) => edit.file === file)
      .map(({ line, column, endLine, endColumn, text }) => ({
        deletedRegion: { startLine: line, startColumn: column, endLine, endColumn },
        insertedContent: { text },
      })),
  }));
  return { fixes: [{ description: { text: fix.text }, artifactChanges }] };
}

/** A step that no line of a manifest causes stands at the finding's own place. */
function codeFlow(finding: Finding, walk: NonNullable<Finding['walk']>): object {
  const locations = walk.map(({ text, at }, index) => ({
    location: { ...physical(at ?? finding), message: { text } },
    executionOrder: index + 1,
    nestingLevel: 0,
  }));
  return { threadFlows: [{ locations }] };
}

function suppressionOf({ ignored }: IgnoredFinding): object {
  const isInSource = ignored.by === 'annotation' || ignored.by === 'comment';
  return { kind: isInSource ? 'inSource' : 'external', status: 'accepted', justification: ignored.reason };
}

function notificationOf({ code, severity, text, sources = [] }: DiagnosticAnswer): object {
  return {
    descriptor: { id: code },
    level: LEVELS[severity],
    message: { text },
    ...(sources.length === 0 ? {} : { locations: sources.map((source) => physical(source)) }),
  };
}
