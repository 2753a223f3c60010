import { expect, test } from 'vitest';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { renderDiagnostics } from '../../src/render/text/diagnostics.ts';
import type { SourceFile } from '../../src/source/file.ts';
import type { SourceSpan } from '../../src/source/ref.ts';
import { view } from './answers.ts';

const FILE: SourceFile = {
  name: 'k8s/web.yaml',
  text: [
    'apiVersion: v1',
    'kind: Service',
    'spec:',
    '  ports:',
    '  - port: 70000',
    '    targetPort: http',
    '  selector: {app: web}',
    '',
  ].join('\n'),
};

/** Where `text` stands in the file. */
function at(text: string, file: SourceFile = FILE): SourceSpan {
  const start = file.text.indexOf(text);
  return { file, span: { start, end: start + text.length } };
}

function invalid(text: string, place: SourceSpan): Diagnostic {
  return { code: 'invalid-field', severity: 'error', text, sources: [{ at: place, role: 'primary' }] };
}

test('nothing to say is nothing', () => {
  expect(renderDiagnostics([], view())).toBe('');
});

test('place, severity, code, text, frame, other places, help; in the order of files and lines', async () => {
  const other: SourceFile = { name: 'a.yaml', text: 'kind: Pod\n' };
  const text = renderDiagnostics(
    [
      {
        ...invalid('spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535', at('70000')),
        sources: [
          { at: at('70000'), role: 'primary', label: 'too large' },
          { at: at('http'), role: 'context', object: 'service/shop/web', label: 'the port it goes to' },
        ],
        help: [{ text: 'write a number that\nfits 16 bits', applicability: 'likely' }],
      },
      {
        code: 'helm-templates',
        severity: 'info',
        text: 'Helm templates are left out: they are not manifests yet',
        sources: [{ at: at('kind', other), role: 'context' }],
      },
      { code: 'profile-invalid', severity: 'warning', text: 'a word without a place', sources: [] },
    ],
    view(),
  );
  expect(text.split('\n').filter((line) => /^\S/.test(line))).toEqual([
    'warning  profile-invalid  a word without a place',
    'a.yaml:1:1  note  helm-templates  Helm templates are left out: they are not',
    'k8s/web.yaml:5:11  error  invalid-field  spec.ports[0].port: Invalid value:',
  ]);
  expect(text).toContain('    5 │   - port: 70000\n      │           ^^^^^ too large\n');
  await expect(text).toMatchFileSnapshot('../../fixtures/render/diagnostics/expected.txt');
});

test('many of one code are counted; -v shows them', () => {
  const many = Array.from({ length: 9 }, (_, index) => invalid(`number ${index}`, at('kind')));
  const one: Diagnostic = { ...invalid('another', at('spec')), code: 'duplicate-key' };
  const text = renderDiagnostics([...many, one], view());
  expect(text.match(/error {2}invalid-field/g)).toHaveLength(3);
  expect(text).toContain('error  duplicate-key  another');
  expect(text.endsWith('\n6 more of invalid-field (-v shows all)\n')).toBe(true);
  const all = renderDiagnostics([...many, one], view({ level: 'verbose' }));
  expect(all.match(/error {2}invalid-field/g)).toHaveLength(9);
  expect(all).not.toContain('more of');
});

test('--ascii reaches the frame and the words', () => {
  const text = renderDiagnostics([invalid('a → b', at('70000'))], view({ unicode: false }));
  expect(text).toMatch(/^[\x20-\x7e\n]*$/);
  expect(text).toContain('a -> b');
});
