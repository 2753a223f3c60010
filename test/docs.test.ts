/**
 * The pages of docs/ that are made from the code: options, kinds and diagnostics. `vitest run test/docs.test.ts -u` writes
 * them anew.
 */

import { expect, test } from 'vitest';
import { COMMANDS } from '../src/cli/commands.ts';
import type { OptionSpec } from '../src/cli/options.ts';
import { READERS } from '../src/k8s/kinds.ts';
import { UNMODELLED_KINDS } from '../src/k8s/unmodelled-kinds.ts';
import { explainedWords, explainWord } from '../src/query/explain-word.ts';

const HEAD = '<!-- Made from the code by test/docs.test.ts; do not edit. -->\n';

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;');

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}

/** `--fail-on <severity>`, what it does, and the words that it takes. */
function optionRow({
  flags,
  text,
  choices,
  isOpen,
  repeatable,
  counted,
  value,
}: OptionSpec): readonly string[] {
  const words = [
    ...(choices === undefined ? [] : [`${choices.join(', ')}${isOpen ? '' : `; default ${choices[0]}`}`]),
    ...(value === undefined ? [] : [value.expected]),
    ...(repeatable || counted ? ['may be repeated'] : []),
  ];
  return [`\`${flags.replaceAll('|', '\\|')}\``, cell(text), cell(words.join('; '))];
}

test('docs/options.md: the options of every command', async () => {
  const seen = COMMANDS.filter((entry) => entry.hidden !== true);
  const commands = await Promise.all(seen.map(async ({ name, load }) => ({ name, command: await load() })));
  const pages = commands.map(({ name, command }) => {
    const words = command.arguments.map((argument) => argument.name).join(' ');
    const groups = [...new Set(command.options.map(({ group }) => group))].map((group) => {
      const own = command.options.filter((option) => option.group === group);
      return `**${group}**\n\n${table(['option', 'does', 'takes'], own.map(optionRow))}`;
    });
    return [`## ${`${name} ${words.replaceAll('<', '&lt;')}`.trim()}`, command.description, ...groups].join(
      '\n\n',
    );
  });
  const text = `${HEAD}# Options\n\nWhat each command takes; [cli.md](cli.md) says what it does.\n\n${pages.join('\n\n')}\n`;
  await expect(text).toMatchFileSnapshot('../docs/options.md');
});

test('docs/kinds.md: the kinds that are read, and those that are known not to be modelled', async () => {
  const read = Object.values(READERS).map(({ kind, apiVersions, namespaced }) => [
    kind,
    apiVersions.join(', '),
    namespaced ? 'yes' : '',
  ]);
  const unmodelled = UNMODELLED_KINDS.map(({ kind, groups, scope, concern }) => [
    kind,
    groups.join(', '),
    concern,
    scope,
  ]);
  const byFirst = (a: readonly string[], b: readonly string[]) => ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1);
  const text = [
    `${HEAD}# Kinds`,
    'Objects of other kinds are counted and left out. `ConfigMap` and `Secret` are read by name where a stage asks for one.',
    '## Read',
    table(['kind', 'versions', 'in a namespace'], read.toSorted(byFirst)),
    '## Not modelled',
    'They can change an answer: one that could be concerned says so at file:line, and `--strict` refuses to answer.',
    table(['kind', 'groups', 'can change', 'pods of'], unmodelled.toSorted(byFirst)),
    '',
  ].join('\n\n');
  await expect(text).toMatchFileSnapshot('../docs/kinds.md');
});

test('docs/diagnostics.md: every code, as k8snet explain prints it', async () => {
  const rows = explainedWords().flatMap((word) =>
    explainWord(word)
      .entries.filter(({ sort }) => sort === 'diagnostic')
      .map(({ means, notes }) => [
        `\`${word}\``,
        cell(means),
        cell(notes.find(({ label }) => label === 'next')?.text ?? ''),
      ]),
  );
  const text = [
    `${HEAD}# Diagnostics`,
    'What is said of the input, and in answers, with a stable code each; `k8snet explain CODE` prints the same.',
    table(['code', 'says', 'next'], rows),
    '',
  ].join('\n\n');
  await expect(text).toMatchFileSnapshot('../docs/diagnostics.md');
});
