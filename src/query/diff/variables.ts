/** What changes in the variables that containers start with: their own, and those that tell of Services. */

import type { Pod } from '../../cluster/cluster.ts';
import { compareText } from '../../collections/order.ts';
import type { Variable } from '../../control/env/container-environment.ts';
import { serviceVariables, visibleServices } from '../../control/env/service-variables.ts';
import { unitId } from '../matrix/units.ts';
import { objectNamer } from '../namer.ts';
import { podEnvironment } from '../pod-environment.ts';
import type { ChangeAnswer } from './diff-answer.ts';
import { keyedChanges, type Said } from './keyed-changes.ts';
import { objectId } from './object-changes.ts';
import { serviceIdentity, workloadId } from './service-ports.ts';
import { causesOf, type Side, type Sides } from './side.ts';

/** Those of Services by namespace, then those of containers. */
export function variableChanges(sides: Sides): readonly ChangeAnswer[] {
  return [...serviceVariableChanges(sides), ...containerVariableChanges(sides)];
}

/** Each variable of a Service is one of every pod of the namespace: they are told together. */
function serviceVariableChanges(sides: Sides): readonly ChangeAnswer[] {
  const [old, fresh] = [toldOf(sides.old), toldOf(sides.new)];
  const groups = [...new Set([...old.keys(), ...fresh.keys()])].sort(compareText);
  return groups.flatMap((subject): readonly ChangeAnswer[] => {
    const [before, after] = [old.get(subject), fresh.get(subject)];
    const because = causesOf(sides, [before?.object ?? '', after?.object ?? ''], 'variables');
    if (before === undefined || after === undefined) {
      const variables = [...((before ?? after)?.values.keys() ?? [])];
      const what = { [before === undefined ? 'after' : 'before']: listed(variables) };
      return [{ aspect: 'variables', subject, variables, ...what, because }];
    }
    // In one order whichever side is the old one.
    const names = [...new Set([...before.values.keys(), ...after.values.keys()])].sort(
      (a, b) => rank(a) - rank(b) || compareText(a, b),
    );
    const differing = names.filter((name) => before.values.get(name) !== after.values.get(name));
    const text = (values: ReadonlyMap<string, string>) =>
      differing.flatMap((name) => (values.has(name) ? [`${name}=${values.get(name)}`] : [])).join(', ') ||
      'none';
    if (differing.length === 0) return [];
    return [
      {
        aspect: 'variables',
        subject,
        variables: differing,
        before: text(before.values),
        after: text(after.values),
        because,
      },
    ];
  });
}

/** Host and ports first, as the kubelet has them. */
function rank(name: string): number {
  if (name.endsWith('_SERVICE_HOST')) return 0;
  return name.includes('_SERVICE_PORT') ? 1 : 2;
}

function listed(names: readonly string[]): string {
  return names.length <= 3
    ? names.join(', ')
    : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;
}

interface Told {
  readonly object: string;
  readonly values: ReadonlyMap<string, string>;
}

/** `shop/svc/api in pods of shop`: what the kubelet tells pods with service links. */
function toldOf({ snapshot, identities }: Side): ReadonlyMap<string, Told> {
  const { cluster } = snapshot;
  const told = new Map<string, Told>();
  for (const namespace of cluster.podsByNamespace.keys()) {
    for (const service of visibleServices(cluster.services, { namespace, enableServiceLinks: true })) {
      // Every pod of the cluster is told of it.
      if (service.namespace !== namespace) continue;
      const values = serviceVariables(service).map(
        ({ name, value }) => [name, identities.inText(value)] as const,
      );
      told.set(`${serviceIdentity(service)} in pods of ${namespace}`, {
        object: objectId('Service', service.namespace, service.name),
        values: new Map(values),
      });
    }
  }
  return told;
}

function containerVariableChanges(sides: Sides): readonly ChangeAnswer[] {
  const [old, fresh] = [containerVariables(sides.old), containerVariables(sides.new)];
  // A workload that is only on one side is a change of connections, not of each of its variables.
  const shared = new Set([...old.containers].filter((container) => fresh.containers.has(container)));
  const within = ({ said }: ContainerVariables) =>
    new Map([...said].filter(([subject]) => shared.has(containerOf(subject))));
  return keyedChanges('variables', within(old), within(fresh), (objects) =>
    causesOf(sides, objects, 'variables'),
  ).map((change) => ({
    ...change,
    variables: [change.subject.slice(containerOf(change.subject).length + 1)],
  }));
}

function containerOf(subject: string): string {
  return subject.split(' ').slice(0, 2).join(' ');
}

interface ContainerVariables {
  readonly said: ReadonlyMap<string, Said>;
  readonly containers: ReadonlySet<string>;
}

/** `shop/deploy/web web API_URL`: those that the container itself has, of the first pod of each workload. */
function containerVariables(side: Side): ContainerVariables {
  const { cluster } = side.snapshot;
  const first = new Map<string, Pod>();
  for (const pod of cluster.pods) if (!first.has(unitId(pod))) first.set(unitId(pod), pod);
  const said = new Map<string, Said>();
  const containers = new Set<string>();
  for (const [unit, pod] of first) {
    for (const container of pod.spec.containers) {
      const owner = `${unit} ${container.name}`;
      containers.add(owner);
      for (const variable of podEnvironment(cluster, pod, container, () => {}).variables) {
        const isOwn = variable.from === 'env' || variable.from === 'env-from';
        if (!isOwn || variable.overriddenBy !== undefined) continue;
        said.set(`${owner} ${variable.name}`, {
          value: valueText(side, pod, variable),
          objects: objectsOf(side, pod, variable),
        });
      }
    }
  }
  return { said, containers };
}

function valueText({ identities }: Side, pod: Pod, { value }: Variable): string {
  if (value.kind === 'known') {
    const isNode = pod.assumed.node && value.text === pod.node;
    return isNode ? 'name of its node' : identities.inText(value.text);
  }
  return value.kind === 'secret' ? '(out of a Secret)' : `(${value.why})`;
}

function objectsOf({ snapshot }: Side, pod: Pod, { at }: Variable): readonly string[] {
  const object = at === undefined ? undefined : objectNamer(snapshot.objects)(at)?.object;
  return [workloadId(pod), ...(object === undefined ? [] : [object])];
}
