/** Manifests that other programs render: a Helm chart by `helm template`, a kustomization by `kubectl` or `kustomize`. */

import { basename, resolve } from 'node:path';
import { UsageError } from '../query/usage-error.ts';
import type { SourceFile } from '../source/file.ts';
import type { Io } from './io.ts';
import type { InputOptions } from './options.ts';

interface Rendering {
  /** Programs that can do it, the first that is installed does. */
  readonly commands: readonly (readonly [program: string, ...args: string[]])[];
  /** What the result is called in places: `helm:chart`. */
  readonly name: string;
  readonly what: string;
}

/**
 * The output of each rendering, as a file of its own.
 * @throws UsageError where no program for it is installed, or it refuses; with its own words.
 */
export function renderedFiles(io: Pick<Io, 'run' | 'cwd'>, options: InputOptions): readonly SourceFile[] {
  const { helm = [], values = [], kustomize = [] } = options;
  if (values.length > 0 && helm.length === 0)
    throw new UsageError('--values belongs to --helm: name the chart', ['--helm CHART']);
  return [
    ...helm.map((chart) => helmRendering(io, chart, options)),
    ...kustomize.map((folder) => kustomizeRendering(folder)),
  ].map((rendering) => run(io, rendering));
}

function helmRendering({ cwd }: Pick<Io, 'cwd'>, chart: string, options: InputOptions): Rendering {
  const { values = [], namespace, kubernetes } = options;
  const release = basename(resolve(cwd, chart)).replaceAll(/[^a-z0-9-]/gi, '-') || 'release';
  const args = [
    ...values.flatMap((file) => ['--values', file]),
    ...(namespace === undefined ? [] : ['--namespace', namespace]),
    ...(kubernetes === undefined ? [] : ['--kube-version', kubernetes]),
  ];
  return {
    commands: [['helm', 'template', release, chart, ...args]],
    name: `helm:${chart}`,
    what: `--helm ${chart}`,
  };
}

function kustomizeRendering(folder: string): Rendering {
  return {
    commands: [
      ['kustomize', 'build', folder],
      ['kubectl', 'kustomize', folder],
    ],
    name: `kustomize:${folder}`,
    what: `-k ${folder}`,
  };
}

function run(io: Pick<Io, 'run'>, { commands, name, what }: Rendering): SourceFile {
  for (const [program, ...args] of commands) {
    const result = io.run(program, args);
    if (result.kind === 'missing') continue;
    if (result.status === 0) return { name, text: result.out.toString('utf8') };
    const words = result.err.trim().split('\n').slice(-5).join('\n  ');
    throw new UsageError(`${what}: ${program} refuses\n  ${words}`);
  }
  const programs = commands.map(([program]) => program).join(' or ');
  throw new UsageError(
    `${what} needs ${programs}, which ${commands.length > 1 ? 'are' : 'is'} not installed`,
    [`${commands.map((command) => command.join(' ')).at(-1)} | k8snet … -f -`],
  );
}
