/** docs/checks.md: the rules of `check`, from the code that runs. */

import type { Rule, RuleExample } from '../src/checks/rule.ts';

const HEAD = `# Rules of \`k8snet check\`

Generated from \`src/checks/rules/\` (\`npx vitest run test/checks/page.test.ts -u\`). \`k8snet explain RULE\` prints the same.

Severity: what a finding is by default; \`off\` is a warning where somebody switches it on. Precision: \`certain\` follows from
the objects that are shown, \`closed-world\` is so if the input is complete, \`heuristic\` mostly is. Tier: \`recommended\` has 1
and 2, \`strict\` all three, \`all\` also what is off, \`minimal\` the certain errors.
`;

/** The text of the page. */
export function rulesPage(rules: readonly Rule[]): string {
  return [HEAD, table(rules), ...rules.map(section)].join('\n');
}

function table(rules: readonly Rule[]): string {
  const rows = rules.map(
    ({ name, severity, precision, tier, what }) =>
      `| [${name}](#${name}) | ${severity} | ${precision} | ${tier} | ${cell(what)} |`,
  );
  return ['| rule | severity | precision | tier | finds |', '|---|---|---|---|---|', ...rows, ''].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function section({ name, what, why, fix, sources = [], examples }: Rule): string {
  return [
    `## ${name}`,
    '',
    what,
    '',
    `**Why** ${why}`,
    '',
    `**Fix** ${fix}`,
    ...(sources.length === 0
      ? []
      : ['', `**Source** ${sources.map((source) => `\`${source}\``).join(', ')}`]),
    '',
    ...example('Bad', examples.bad),
    ...example('Good', examples.good),
  ].join('\n');
}

function example(label: string, { manifests, set = [] }: RuleExample): readonly string[] {
  const flags = set.length === 0 ? '' : ` (with ${set.map((each) => `\`--set '${each}'\``).join(', ')})`;
  return [`${label}${flags}:`, '```yaml', manifests.trimEnd(), '```', ''];
}
