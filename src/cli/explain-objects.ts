/** The objects that `k8snet explain` explains by a reference: `[NAMESPACE/]KIND/NAME`. */

import type { Snapshot } from '../query/snapshot.ts';
import { NETPOL_FORMATS, POD_FORMATS } from '../render/formats.ts';
import type { Progress } from './command.ts';
import type { ExitCode } from './exit-code.ts';
import type { Io } from './io.ts';
import type { InputOptions, OutputOptions } from './options.ts';
import { askAbout, printAnswer } from './reading.ts';

export interface ExplainRun {
  readonly target: string;
  readonly options: InputOptions & OutputOptions;
  readonly progress: Progress;
}

interface ObjectTarget {
  /** kubectl's words for the kinds. */
  readonly words: readonly string[];
  run(io: Io, run: ExplainRun): Promise<ExitCode>;
}

const POLICY_WORDS: readonly string[] = [
  ...['netpol', 'networkpolicy', 'networkpolicies'],
  ...['cnp', 'clusternetworkpolicy', 'clusternetworkpolicies'],
  ...['anp', 'adminnetworkpolicy', 'adminnetworkpolicies'],
  ...['banp', 'baselineadminnetworkpolicy', 'baselineadminnetworkpolicies'],
];

const POD_WORDS: readonly string[] = [
  ...['pod', 'pods', 'po', 'job', 'jobs', 'cronjob', 'cronjobs', 'cj'],
  ...['deployment', 'deployments', 'deploy', 'statefulset', 'statefulsets', 'sts'],
  ...['daemonset', 'daemonsets', 'ds', 'replicaset', 'replicasets', 'rs'],
  ...['replicationcontroller', 'replicationcontrollers', 'rc'],
];

const OBJECT_TARGETS: readonly ObjectTarget[] = [
  {
    words: POLICY_WORDS,
    run: async (io, run) => {
      const ask = async (snapshot: Snapshot) =>
        (await import('../query/explain-policy.ts')).explainPolicy(snapshot, run.target);
      const asked = await askAbout(io, run.options, run.progress, ask);
      if (asked === undefined) return 2;
      await printAnswer(io, asked.answer, {
        formats: NETPOL_FORMATS,
        options: run.options,
        input: asked.input,
      });
      return 0;
    },
  },
  {
    words: POD_WORDS,
    run: async (io, run) => {
      const ask = async (snapshot: Snapshot) =>
        (await import('../query/explain-pod.ts')).explainPod(snapshot, run.target);
      const asked = await askAbout(io, run.options, run.progress, ask);
      if (asked === undefined) return 2;
      await printAnswer(io, asked.answer, { formats: POD_FORMATS, options: run.options, input: asked.input });
      return 0;
    },
  },
];

/** What explains the object that a text refers to; undefined: it is no reference to a kind that is explained. */
export function objectTarget(text: string): ObjectTarget | undefined {
  const parts = text.split('/');
  const word = parts.length > 3 ? undefined : parts.at(-2)?.toLowerCase();
  return word === undefined ? undefined : OBJECT_TARGETS.find(({ words }) => words.includes(word));
}
