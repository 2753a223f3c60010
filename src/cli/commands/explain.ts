/** `k8snet explain`: what was understood of the manifests, or what a word of an answer means. */

import { CLUSTER_FORMATS, WORD_FORMATS } from '../../render/formats.ts';
import type { Command } from '../command.ts';
import { objectTarget } from '../explain-objects.ts';
import {
  formatOption,
  INPUT_OPTIONS,
  type InputOptions,
  type OutputOptions,
  TEXT_OPTIONS,
} from '../options.ts';
import { askAbout, printAnswer } from '../reading.ts';

const HELP = `
TARGET:
  cluster (the default): objects, nodes, pods, Services and settings, each with
  its source; netpol/NAME (cnp/, anp/, banp/): whom a policy is about, and whom
  its rules mean now; pod/NAME, deploy/NAME: the policies about a pod, what it
  may send and receive; or a word of an answer: a disposition (no-endpoints), a
  reason, a symptom (timeout), a step (dnat), an assumption (A_CNI) or the code
  of a diagnostic.

Exit codes:
  0  there is at least one object; the word is known
  2  there is none; the word is unknown

Examples:
  k8snet explain -f k8s/
      what was understood of a folder
  kubectl get -A -o yaml nodes,pods,services,endpointslices |
    k8snet explain cluster --stored -f - -v
      with the source of every value
  k8snet explain cluster -o json | jq '.pods[] | select(.node == null)'
      pods that no node takes
  k8snet explain shop/netpol/db-access -f k8s/
      which pods a policy selects, which selectors match nothing
  k8snet explain no-endpoints`;

export const explainCommand: Command = {
  description: 'Shows what was understood of the manifests, each fact with its source, or explains a word.',
  arguments: [{ name: '[target]', text: 'cluster, netpol/NAME, pod/NAME, or a word of an answer' }],
  options: [
    ...INPUT_OPTIONS,
    formatOption(CLUSTER_FORMATS),
    { flags: '--brief', text: 'line 1 only', group: 'Answer', conflicts: ['verbose'] },
    {
      flags: '-v, --verbose',
      text: 'all rows, and the source of every value',
      group: 'Answer',
      counted: true,
    },
    ...TEXT_OPTIONS,
  ],
  help: HELP,
  async run(io, { values: [target = 'cluster'], options: parsed }, progress) {
    const options = parsed as InputOptions & OutputOptions;
    const object = objectTarget(target);
    if (object !== undefined) return object.run(io, { target, options, progress });
    if (target !== 'cluster') {
      const { explainWord } = await import('../../query/explain-word.ts');
      await printAnswer(io, explainWord(target), { formats: WORD_FORMATS, options });
      return 0;
    }
    const asked = await askAbout(io, options, progress, async (snapshot) => {
      const { explainCluster } = await import('../../query/explain-cluster.ts');
      progress.enter('explaining');
      return explainCluster(snapshot);
    });
    if (asked === undefined) return 2;
    progress.enter('printing');
    await printAnswer(io, asked.answer, { formats: CLUSTER_FORMATS, options, input: asked.input });
    return 0;
  },
};
