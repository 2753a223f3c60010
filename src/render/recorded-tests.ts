/** Recorded assertions as a test file. */

import type { RecordedTest, Recording } from '../query/assertions/record.ts';
import type { Renderer } from './renderer.ts';

const HEAD = `# Written by k8snet test --record: what is so now. Run it with: k8snet test FILE
# Remove what does not matter, and say with reason: why the rest does.
`;
const PARTIAL = `# Of packets only those inside a namespace, and those from outside: all would be too many.
`;

/** YAML, one entry for each test; `manifests:` is for its author to add. */
export const recordingRenderer: Renderer<Recording> = {
  format: 'yaml',
  render: ({ tests, isPartial }) =>
    [
      `${HEAD}${isPartial ? PARTIAL : ''}apiVersion: k8snet.dev/v1`,
      'kind: Test',
      tests.length === 0 ? 'tests: []' : 'tests:',
      ...tests.map(entryText),
      '',
    ].join('\n'),
};

function entryText(test: RecordedTest): string {
  return Object.entries(test)
    .map(([key, value], index) => `${index === 0 ? '- ' : '  '}${key}:${valueText(value)}`)
    .join('\n');
}

function valueText(value: string | readonly string[]): string {
  if (typeof value === 'string') return ` ${scalar(value)}`;
  if (value.length === 1) return ` ${scalar(value[0] ?? '')}`;
  return value.map((item) => `\n  - ${scalar(item)}`).join('');
}

/** Plain where YAML takes it for the same text. */
function scalar(text: string): string {
  const isPlain =
    /^[A-Za-z][\w./:#@-]*$/.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text);
  return isPlain && !text.endsWith(':') ? text : JSON.stringify(text);
}
