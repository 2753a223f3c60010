/** `k8snet rules`: the rule set that a node's service proxy would program, or what it does with one packet. */

import type { IpFamily } from '../../net/ip.ts';
import { PACKET_RULES_FORMATS, RULES_FORMATS, type RulesFormat, SAVED_RULES } from '../../render/formats.ts';
import type { Command, Progress } from '../command.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { INPUT_OPTIONS, type InputOptions, type OutputOptions, TEXT_OPTIONS } from '../options.ts';
import { askAbout, printAnswer } from '../reading.ts';

interface RulesOptions extends InputOptions, Omit<OutputOptions, 'output'> {
  readonly output?: string;
  readonly service?: string;
  readonly packet?: string;
  readonly nfacct?: true;
  readonly datapath?: true;
  readonly ipv4?: true;
  readonly ipv6?: true;
}

const HELP = `
The format chooses the mode of kube-proxy: iptables-save is iptables, nft is
nftables; ipvsadm (virtual servers), ipset (their sets) and ipvs-iptables (the
rules that ask these) are ipvs. Without one the profile's mode counts (--proxy).
The text can be loaded; a comment before a rule names the object and line behind
it, but not in ipvsadm, which reads none: -o json has them there.

Exit codes:
  0  there are rules; with --packet: accepted, or left to ordinary routing
  1  no rule is made for the Service; with --packet: dropped or rejected
  2  no answer: wrong usage, unreadable input, a mode that is not modelled

Examples:
  k8snet rules node-a -f k8s/
      every rule that kube-proxy would write on node-a
  k8snet rules node-a --service shop/web -o nft
      those of one Service, in nftables mode
  k8snet rules node-a --packet 10.244.1.5,10.96.0.50:80
      what becomes of a packet, and by which rules
  k8snet rules node-a --datapath
      and the links, routes and neighbours that the CNI makes there
  k8snet rules node-a -o iptables-save | iptables-restore --test
      would the kernel take them?
  k8snet rules node-a -o json | jq -r '.rulesets[].lines[].text'
      for programs`;

export const rulesCommand: Command = {
  description: 'Shows the rules that the service proxy of NODE would program, and what each comes from.',
  arguments: [{ name: '<node>', text: 'the node whose rules are meant' }],
  options: [
    ...INPUT_OPTIONS,
    {
      flags: '--service <name>',
      text: 'only the rules of this Service: [NAMESPACE/]NAME',
      group: 'Question',
    },
    {
      flags: '--packet <packet>',
      text: 'SRC,DST:PORT[/PROTO]: the verdict on one packet, and the rules that decide it',
      group: 'Question',
      conflicts: ['service'],
    },
    {
      flags: '--nfacct',
      text: 'with the counters that kube-proxy makes where the kernel has nfacct',
      group: 'Question',
    },
    {
      flags: '--datapath',
      text: 'also links, addresses, routes, neighbours and fdb, for ip -batch and bridge -batch',
      group: 'Question',
      conflicts: ['packet'],
    },
    { flags: '-4, --ipv4', text: 'the rules for IPv4', group: 'Question', conflicts: ['ipv6'] },
    { flags: '-6, --ipv6', text: 'the rules for IPv6', group: 'Question' },
    {
      flags: '-o, --output <format>',
      text: 'format',
      group: 'Answer',
      choices: RULES_FORMATS.map(({ name }) => name),
      isOpen: true,
    },
    { flags: '-v, --verbose', text: 'with --packet: every source of a rule', group: 'Answer', counted: true },
    ...TEXT_OPTIONS,
  ],
  help: HELP,
  async run(io, { values: [node = ''], options: parsed }, progress) {
    const options = parsed as RulesOptions;
    const format = RULES_FORMATS.find(({ name }) => name === options.output);
    const asked = { node, ...(format?.mode === undefined ? {} : { mode: format.mode }) };
    return options.packet === undefined
      ? printRules(io, { options, progress, format, asked })
      : printPacket(io, { options, progress, asked, packet: options.packet });
  },
};

interface Asked {
  readonly node: string;
  readonly mode?: NonNullable<RulesFormat['mode']>;
}

interface Context {
  readonly options: RulesOptions;
  readonly progress: Progress;
  readonly asked: Asked;
}

/** Rules are written while they are made, so that a large node needs little memory. */
async function printRules(
  io: Io,
  { options, progress, format, asked }: Context & { readonly format: RulesFormat | undefined },
): Promise<ExitCode> {
  const family = familyOf(options);
  const found = await askAbout(io, options, progress, async (snapshot) => {
    const { nodeRules } = await import('../../query/rules.ts');
    progress.enter('compiling rules');
    return nodeRules(snapshot, {
      ...asked,
      ...(family === undefined ? {} : { family }),
      ...(options.service === undefined ? {} : { service: options.service }),
      ...(options.nfacct === undefined ? {} : { countsPackets: true }),
      ...(options.datapath === undefined ? {} : { wiring: true }),
    });
  });
  if (found === undefined) return 2;
  progress.enter('printing');
  const renderer = await (format ?? SAVED_RULES).load();
  await io.outLines(renderer.lines(found.answer));
  return found.answer.isEmpty ? 1 : 0;
}

async function printPacket(
  io: Io,
  { options, progress, asked, packet }: Context & { readonly packet: string },
): Promise<ExitCode> {
  const output = options.output === 'json' ? 'json' : 'text';
  const found = await askAbout(io, options, progress, async (snapshot) => {
    const { packetRules } = await import('../../query/packet-rules.ts');
    progress.enter('asking the rules');
    return packetRules(snapshot, { ...asked, packet });
  });
  if (found === undefined) return 2;
  progress.enter('printing');
  const { answer, input } = found;
  await printAnswer(io, answer, { formats: PACKET_RULES_FORMATS, options: { ...options, output }, input });
  return answer.verdict === 'drop' || answer.verdict === 'reject' ? 1 : 0;
}

function familyOf({ ipv4, ipv6 }: RulesOptions): IpFamily | undefined {
  if (ipv4) return 4;
  return ipv6 ? 6 : undefined;
}
