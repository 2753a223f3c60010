/** `$(MY_SERVICE_SERVICE_HOST):80` as a target: the variables of the pod that the packet starts from. */

import { expandReferences } from '../control/env/expand.ts';
import type { Report } from '../diagnostics/diagnostic.ts';
import { nearest } from '../diagnostics/did-you-mean.ts';
import { chosenContainer } from './container-choice.ts';
import { type PodEnvironment, podEnvironment } from './pod-environment.ts';
import { parseReference } from './reference.ts';
import type { Snapshot } from './snapshot.ts';
import type { Source } from './target.ts';
import { UsageError } from './usage-error.ts';

const MAX_CANDIDATES = 5;

/**
 * The target with its variables expanded, as a program in the pod's container would; each is reported with the
 * line that it comes from.
 * @throws UsageError for variables that the container has not, or whose value nobody can know.
 */
export function expandedTarget(snapshot: Snapshot, source: Source, text: string, report: Report): string {
  if (!text.includes('$')) return text;
  if (source.kind !== 'pod') throw new UsageError(`"${text}": only a pod has variables`);
  const { pod } = source;
  const container = chosenContainer(pod, undefined);
  const made = podEnvironment(snapshot.cluster, pod, container, report);
  const { text: expanded, references } = expandReferences(text, (name) => knownText(made, name));
  const used = [...new Set(references.map(({ name }) => name))].map((name) => reported(made, name, report));
  try {
    parseReference(expanded);
  } catch (error) {
    // The message of the parser would tell what is to be hidden.
    if (!(error instanceof UsageError) || !used.includes('secret')) throw error;
    throw new UsageError(`"${text}" is no reference once the value out of the Secret is put in`);
  }
  return expanded;
}

/** @throws UsageError */
function knownText(made: PodEnvironment, name: string): string {
  const variable = made.lookup(name);
  if (variable === undefined) {
    const names = [...new Set(made.variables.map((each) => each.name))];
    throw new UsageError(
      `no variable is called ${name}`,
      nearest(name, names, MAX_CANDIDATES).map((each) => `$(${each})`),
    );
  }
  if (variable.value.kind === 'unknown') {
    throw new UsageError(`the value of $(${name}) is not known: ${variable.value.why}`);
  }
  return variable.value.text;
}

function reported(made: PodEnvironment, name: string, report: Report): 'known' | 'secret' {
  const variable = made.lookup(name);
  if (variable === undefined || variable.value.kind === 'unknown') return 'known';
  const isSecret = variable.value.kind === 'secret';
  const owner = variable.service === undefined ? 'of the container' : `of Service ${variable.service.key}`;
  report({
    code: 'variable-expanded',
    severity: 'info',
    text: `$(${name}) ${owner} is ${isSecret ? 'out of a Secret' : variable.value.text}`,
    sources: variable.at === undefined ? [] : [{ at: variable.at, role: 'context' }],
  });
  return isSecret ? 'secret' : 'known';
}
