/** Asks what assertions ask, and compares. */

import { printSelector } from '../print-selector.ts';
import type { Snapshot } from '../snapshot.ts';
import { sourceAnswer } from '../source-answer.ts';
import { TOOL } from '../tool.ts';
import { UsageError } from '../usage-error.ts';
import type { Assertion, PeerSet } from './assertion.ts';
import { judgeLookup } from './judge-lookup.ts';
import { judgePairs } from './judge-pairs.ts';
import { judgePath } from './judge-path.ts';
import { judgeRequest } from './judge-request.ts';
import type { Outcome, TestAnswer, TestResult } from './test-answer.ts';

export interface TestSettings {
  /** An answer that an assumption decides is none. */
  readonly strict?: true;
}

/** The results of a file's assertions, in their order. Nothing is thrown for a question that cannot be asked. */
export function runAssertions(
  snapshot: Snapshot,
  assertions: readonly Assertion[],
  settings: TestSettings = {},
): readonly TestResult[] {
  return assertions.map((assertion) => resultOf(snapshot, assertion, settings));
}

/** The answer of a run. @param files how many test files were read. */
export function testAnswer(tests: readonly TestResult[], files: number): TestAnswer {
  const count = (status: TestResult['status']) => tests.filter((test) => test.status === status).length;
  return {
    schema: 'k8snet/test/1',
    tool: TOOL,
    summary: {
      files,
      total: tests.length,
      passed: count('passed'),
      failed: count('failed'),
      unanswered: count('unanswered'),
    },
    tests,
  };
}

function resultOf(snapshot: Snapshot, assertion: Assertion, settings: TestSettings): TestResult {
  const question = questionText(assertion);
  const { reason, kind, name, at } = assertion;
  return {
    name: name ?? question,
    kind,
    question,
    ...(reason === undefined ? {} : { reason }),
    ...outcomeOf(snapshot, assertion, settings),
    at: sourceAnswer(at, { namer: () => undefined }),
  };
}

function outcomeOf(snapshot: Snapshot, assertion: Assertion, settings: TestSettings): Outcome {
  try {
    switch (assertion.kind) {
      case 'path':
        return judgePath(snapshot, assertion, settings);
      case 'lookup':
        return judgeLookup(snapshot, assertion);
      case 'request':
        return judgeRequest(snapshot, assertion);
      case 'pairs':
        return judgePairs(snapshot, assertion);
    }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const { message, candidates } = error;
    const near = candidates.length === 0 ? '' : ` (did you mean ${candidates.slice(0, 3).join(', ')}?)`;
    return { status: 'unanswered', expected: expectedText(assertion), actual: `${message}${near}` };
  }
}

function expectedText({ expect }: Assertion): string {
  return typeof expect === 'string' ? expect : expect.join(', ');
}

/** The question in a line. */
function questionText(assertion: Assertion): string {
  switch (assertion.kind) {
    case 'path': {
      const { from, to, protocol, port } = assertion.question;
      const target = port === undefined ? to : `${to}:${port}`;
      return `${from} → ${target}${protocol === undefined || protocol === 'tcp' ? '' : ` ${protocol}`}`;
    }
    case 'lookup': {
      const { name, from, type } = assertion.question;
      return `lookup ${name}${type === undefined ? '' : ` ${type}`}${from === undefined ? '' : ` from ${from}`}`;
    }
    case 'request': {
      const { method = 'GET', url, from } = assertion.question;
      return `${method} ${url}${from === undefined ? '' : ` from ${from}`}`;
    }
    case 'pairs': {
      const ports = assertion.ports === undefined ? '' : ` on ${assertion.ports}`;
      return `every ${setText(assertion.from)} → ${setText(assertion.to)}${ports}`;
    }
  }
}

/** A set in words: `pod of shop with app=db`. */
function setText(set: PeerSet): string {
  switch (set.kind) {
    case 'everything':
    case 'internet':
      return set.kind;
    case 'block':
      return set.cidr.text;
    case 'reference':
      return set.text;
    case 'not':
      return `peer but ${setText(set.of)}`;
    case 'union':
      return set.of.map(setText).join(' or ');
    case 'pods':
      return podsText(set);
  }
}

function podsText({
  namespaces,
  namespaceSelector,
  podSelector,
}: Extract<PeerSet, { kind: 'pods' }>): string {
  const labels = podSelector === undefined ? '' : ` with ${printSelector(podSelector)}`;
  const where = namespaces === undefined ? '' : ` of ${namespaces.join(', ')}`;
  const chosen =
    namespaceSelector === undefined ? '' : ` of namespaces with ${printSelector(namespaceSelector)}`;
  return `pod${where}${chosen}${labels}`;
}
