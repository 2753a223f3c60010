/** What to know beside the variables of a container. */

import type { Pod } from '../cluster/cluster.ts';
import { groupBy } from '../collections/grouping.ts';
import type { EnvProblem, Variable } from '../control/env/container-environment.ts';
import { expandReferences } from '../control/env/expand.ts';
import { imageName, KNOWN_CLASHES } from '../control/env/known-clashes.ts';
import type { Diagnostic, DiagnosticSource } from '../diagnostics/diagnostic.ts';
import type { Container } from '../k8s/kinds/pod-spec.ts';
import type { SourceRef } from '../source/ref.ts';
import { startOrder } from './container-choice.ts';
import type { PodEnvironment } from './pod-environment.ts';
import { isYounger } from './service-age.ts';
import type { Snapshot } from './snapshot.ts';

export interface AskedEnvironment {
  readonly snapshot: Snapshot;
  /** The container that was asked for by name. */
  readonly named: string | undefined;
  readonly pod: Pod;
  readonly container: Container;
  readonly made: PodEnvironment;
  /** When the container started, if somebody wrote it. */
  readonly started: string | undefined;
}

/** More names than these are counted. */
const MOST_NAMES = 5;
const LINKS_HELP = 'set enableServiceLinks: false in the pod';

/** What keeps the container from starting first, notes last. */
export function envCaveats(asked: AskedEnvironment): readonly Diagnostic[] {
  return [
    ...asked.made.problems.map((problem) => problemCaveat(asked, problem)),
    ...collisionCaveats(asked),
    ...clashCaveats(asked),
    ...urlReferenceCaveats(asked),
    ...ageCaveats(asked),
    ...overrideCaveats(asked),
    ...containerCaveats(asked),
  ];
}

function problemCaveat({ snapshot, container }: AskedEnvironment, problem: EnvProblem): Diagnostic {
  const sources = sourcesOf(problem.at, 'primary');
  if (problem.kind === 'unresolved') return unresolvedCaveat(problem, sources);
  const { kind, namespace, name } = problem.ref;
  const object = `${kind} ${namespace}/${name}`;
  if (problem.kind === 'skipped-key') {
    const text = `key ${problem.key} of ${object} is no name of a variable: releases before 1.32 leave it out`;
    return { code: 'env-key-skipped', severity: 'warning', text, sources };
  }
  const stops = `container ${container.name} does not start (CreateContainerConfigError)`;
  if (problem.kind === 'missing-key') {
    const text = `${object} has no key ${problem.key}: ${stops}`;
    return { code: 'env-source-missing', severity: 'error', text, sources };
  }
  const isWhole = snapshot.profile.input === 'stored' && snapshot.objects.otherOfKind(kind).length > 0;
  return {
    code: 'env-source-missing',
    severity: isWhole ? 'error' : 'warning',
    text: `${object} is not in the input: unless it is there, ${stops}`,
    sources,
  };
}

function unresolvedCaveat(
  { variable, reference, why }: Extract<EnvProblem, { kind: 'unresolved' }>,
  sources: readonly DiagnosticSource[],
): Diagnostic {
  const reasons = {
    later: `${reference} is set behind it`,
    itself: 'it refers to itself',
    unknown: `no variable is called ${reference}`,
  } as const;
  const text = `${variable} keeps $(${reference}) as it is written: ${reasons[why]}`;
  return { code: 'env-unresolved', severity: why === 'unknown' ? 'info' : 'warning', text, sources };
}

/** The kubelet walks Services in no order. */
function collisionCaveats({ made }: AskedEnvironment): readonly Diagnostic[] {
  const byName = groupBy(made.variables, ({ name, service, overriddenBy }) =>
    service === undefined || overriddenBy !== undefined ? undefined : name,
  );
  return [...byName.values()]
    .filter((group) => new Set(group.map(({ service }) => service?.key)).size > 1)
    .map((group) => {
      const [first] = group;
      const values = group.map(({ service, value }) => `${service?.key}: ${textOf({ value })}`).join(', ');
      return {
        code: 'env-collision',
        severity: 'warning',
        text: `${first?.name} is given by several Services, and chance decides (${values})`,
        sources: group.flatMap(({ at }) => sourcesOf(at, 'context')),
        help: [{ text: LINKS_HELP, applicability: 'likely' }],
      };
    });
}

/** Programs that are known to read `NAME_PORT`, and those that have the name of the Service. */
function clashCaveats({ made, container }: AskedEnvironment): readonly Diagnostic[] {
  const image = imageName(container.image ?? '');
  return made.variables.filter(isPortUrl).flatMap((variable): readonly Diagnostic[] => {
    const text = `${variable.name}=${textOf(variable)}`;
    const help = [
      { text: `${LINKS_HELP}, or write ${variable.name} in env`, applicability: 'likely' as const },
    ];
    const sources = sourcesOf(variable.at, 'context');
    const clash = KNOWN_CLASHES.find(
      (each) => each.variable === variable.name && (each.image?.test(image) ?? true),
    );
    if (clash !== undefined) {
      const severity = clash.image === undefined ? 'info' : 'warning';
      return [
        { code: 'env-port-url', severity, text: `${text}: ${clash.effect} (${clash.source})`, sources, help },
      ];
    }
    if (image.split('/').at(-1) !== variable.service?.name) return [];
    const may = `${text}: the program has the name of the Service, and may take it for its own port`;
    return [{ code: 'env-port-url', severity: 'info', text: may, sources, help }];
  });
}

/** `host:$(REDIS_PORT)` becomes `host:tcp://…`. */
function urlReferenceCaveats({ made }: AskedEnvironment): readonly Diagnostic[] {
  const { env, command, args } = made.written;
  const texts = [...env.map(({ value }) => value), ...command, ...args];
  const used = new Set(texts.flatMap(referencesIn));
  return [...used].flatMap((name): readonly Diagnostic[] => {
    const variable = made.lookup(name);
    if (variable === undefined || !isPortUrl(variable)) return [];
    return [
      {
        code: 'env-port-url',
        severity: 'warning',
        text: `$(${name}) is ${textOf(variable)}, not a number`,
        sources: sourcesOf(variable.at, 'context'),
        help: [{ text: `use $(${name.replace(/_PORT$/, '_SERVICE_PORT')})`, applicability: 'likely' }],
      },
    ];
  });
}

function referencesIn(text: string): readonly string[] {
  return expandReferences(text, () => undefined).references.map(({ name }) => name);
}

function isPortUrl({ name, from, overriddenBy, service }: Variable): boolean {
  return (
    from === 'link' &&
    overriddenBy === undefined &&
    service !== undefined &&
    name === `${service.name.toUpperCase().replaceAll('-', '_')}_PORT`
  );
}

function ageCaveats({ made, started, pod }: AskedEnvironment): readonly Diagnostic[] {
  const services = [...new Set(made.variables.flatMap(({ service }) => service ?? []))];
  const later = services.filter((service) => isYounger(service, started));
  const caveats: Diagnostic[] = later.map((service) => ({
    code: 'env-service-later',
    severity: 'warning',
    text: `Service ${service.key} was created after the container had started (${started}), which lacks its variables until it restarts`,
    sources: sourcesOf(service.origin, 'context'),
    help: [{ text: 'restart the workload, or use the DNS name', applicability: 'likely' }],
  }));
  const own = services.filter(({ origin }) => origin !== undefined);
  if (started !== undefined || own.length === 0) return caveats;
  const names = own.slice(0, MOST_NAMES).map(({ name }) => name);
  const more = own.length > MOST_NAMES ? ` and ${own.length - MOST_NAMES} more` : '';
  return [
    ...caveats,
    {
      code: 'env-snapshot',
      severity: 'info',
      text: `a container sees the Services that are there when it starts: ${names.join(', ')}${more} must be created before ${pod.workload?.name ?? pod.name}; a restart refreshes the variables`,
      sources: [],
    },
  ];
}

function overrideCaveats({ made }: AskedEnvironment): readonly Diagnostic[] {
  return made.variables
    .filter(({ service, overriddenBy }) => service !== undefined && overriddenBy !== undefined)
    .map((variable) => ({
      code: 'env-overridden',
      severity: 'info',
      text: `${variable.name} is ${textOf(variable.overriddenBy ?? variable)}, as the container has it, not ${textOf(variable)} of Service ${variable.service?.key}`,
      sources: [...sourcesOf(variable.overriddenBy?.at, 'primary'), ...sourcesOf(variable.at, 'context')],
    }));
}

function containerCaveats({ pod, named, container }: AskedEnvironment): readonly Diagnostic[] {
  const others = startOrder(pod).filter((each) => each !== container);
  if (named !== undefined || others.length === 0) return [];
  const text = `container ${container.name} was taken; the pod also has ${others.map(({ name }) => name).join(', ')}`;
  return [{ code: 'containers-not-asked', severity: 'info', text, sources: [] }];
}

/** A value as a message may print it. */
function textOf({ value }: Pick<Variable, 'value'>): string {
  switch (value.kind) {
    case 'known':
      return value.text === '' ? '(empty)' : value.text;
    case 'secret':
      return '(out of a Secret)';
    case 'unknown':
      return '(unknown)';
  }
}

function sourcesOf(at: SourceRef | undefined, role: 'primary' | 'context'): readonly DiagnosticSource[] {
  return at === undefined ? [] : [{ at, role }];
}
