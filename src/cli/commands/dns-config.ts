/** `k8snet dns config`: the files and names by which a pod finds others. */

import { DNS_CONFIG_FORMATS } from '../../render/formats.ts';
import type { Command } from '../command.ts';
import {
  formatOption,
  INPUT_OPTIONS,
  type InputOptions,
  type OutputOptions,
  TEXT_OPTIONS,
} from '../options.ts';
import { askAbout, printAnswer } from '../reading.ts';

const HELP = `
POD:
  pod/web-0, deploy/web (its first pod), shop/web-0, web-0, 10.244.1.5.

Exit codes:
  0  the files are known
  1  the pod cannot be started as it is written
  2  no answer: wrong usage, unreadable input

Examples:
  k8snet dns config deploy/frontend -f k8s/
  k8snet dns config web-0 -n shop -v
      with the line that each entry comes from
  k8snet dns config web-0 --set 'dns.nodeResolvConf="search corp.internal"'
      what the search list of the node adds
  k8snet dns config web-0 -o json | jq -r .resolvConf.text`;

export const dnsConfigCommand: Command = {
  description: 'Shows /etc/resolv.conf, /etc/hosts and the host name that the kubelet gives a pod.',
  arguments: [{ name: '<pod>', text: 'a pod, or a workload for its first pod' }],
  options: [
    ...INPUT_OPTIONS,
    formatOption(DNS_CONFIG_FORMATS),
    { flags: '--brief', text: 'line 1 only', group: 'Answer', conflicts: ['verbose'] },
    { flags: '-v, --verbose', text: 'who put each entry there', group: 'Answer', counted: true },
    ...TEXT_OPTIONS,
  ],
  help: HELP,
  async run(io, { values: [pod = ''], options: parsed }, progress) {
    const options = parsed as InputOptions & OutputOptions;
    const asked = await askAbout(io, options, progress, async (snapshot) => {
      const { dnsConfigQuestion } = await import('../../query/dns-config.ts');
      progress.enter('composing files');
      return dnsConfigQuestion(snapshot, pod);
    });
    if (asked === undefined) return 2;
    progress.enter('printing');
    await printAnswer(io, asked.answer, { formats: DNS_CONFIG_FORMATS, options, input: asked.input });
    return asked.answer.names === undefined ? 1 : 0;
  },
};
