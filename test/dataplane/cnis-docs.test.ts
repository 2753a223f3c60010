/** docs/cnis.md says what the list of CNIs says. `npx vitest run -u test/dataplane/cnis-docs.test.ts` writes it anew. */

import { expect, test } from 'vitest';
import { PRESETS } from '../../src/cluster/profile-presets.ts';
import type { Cni } from '../../src/dataplane/cni.ts';
import { CNIS } from '../../src/dataplane/cnis.ts';
import { UNMODELLED_CNIS } from '../../src/dataplane/unmodelled-cnis.ts';
import { parseCidr } from '../../src/net/cidr.ts';

const HEAD = `# CNIs

What \`cni:\` of the profile and \`--cni\` may name; made from the list in \`src/dataplane/cnis.ts\`. Without either the CNI is
read from the manifests where it shows; else flannel vxlan is assumed. The first backend is the default. How each wires a node
is in docs/semantics/datapath.md.
`;

const UNMODELLED = `## Not modelled

${UNMODELLED_CNIS.join(', ')}. Named by \`cni:\` or \`--cni\`, each is refused with exit code 2. Where the
manifests show the DaemonSet of one, answers are those of flannel vxlan and say so at its line: the diagnostic
\`unmodelled\`, for which \`--strict\` refuses to answer. A name that nobody knows is refused, too, with the nearest names.
`;

test('docs/cnis.md is the list', async () => {
  await expect([HEAD, ...CNIS.map(section), UNMODELLED, presets()].join('\n')).toMatchFileSnapshot(
    '../../docs/cnis.md',
  );
});

function section(cni: Cni): string {
  const { name, aliases = [], text, backends, options } = cni;
  const cidr = parseCidr('10.244.0.0/16');
  const facets = cni.facets({
    backend: backends[0]?.name ?? '',
    options: {},
    clusterCidrs: cidr === undefined ? [] : [cidr],
  });
  const { policy, unverified = [] } = facets;
  return [
    `## ${name}`,
    '',
    `${upperFirst(text)}.${aliases.length === 0 ? '' : ` Also called ${aliases.map((alias) => `\`${alias}\``).join(', ')}.`}`,
    '',
    '| backend | what it is | other names |',
    '|---|---|---|',
    ...backends.map(
      (backend) => `| ${backend.name} | ${backend.text} | ${(backend.aliases ?? []).join(', ') || '–'} |`,
    ),
    '',
    ...(options.length === 0
      ? []
      : [
          '| option | type | what it is | default |',
          '|---|---|---|---|',
          ...options.map(
            (option) =>
              `| ${option.name} | ${option.words?.join(', ') ?? option.type} | ${option.text} | ${option.default} |`,
          ),
          '',
        ]),
    policy.enforces
      ? `NetworkPolicies: ${policy.engine}, which looks at ${policy.egress.at} and ${policy.ingress.at} and tells peers by ${policy.view}${policy.quirks.length === 0 ? '' : `; ${policy.quirks.join('; ')}`}.`
      : 'NetworkPolicies: none is enforced, unless `cni.enforcesPolicy` says so.',
    ...(unverified.length === 0 ? [] : ['', `Not verified: ${unverified.join('; ')}.`]),
    '',
  ].join('\n');
}

function presets(): string {
  const rows = Object.entries(PRESETS).map(([name, values]) => {
    const cni = values['cni'] as Readonly<Record<string, unknown>>;
    const proxy = values['proxy'] as Readonly<Record<string, unknown>>;
    return `| ${name} | ${[cni['name'], cni['backend']].filter((word) => word !== undefined).join(' ')} | ${proxy['mode']} | ${String(values['podCIDRs'])} | ${String(values['serviceCIDRs'])} |`;
  });
  return [
    '## Presets',
    '',
    '| preset | CNI | proxy | podCIDRs | serviceCIDRs |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
