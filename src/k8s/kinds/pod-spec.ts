/** The pod's specification and template, as pods and every workload kind share them. */

import type { Protocol } from '../../net/packet.ts';
import type { FieldPath } from '../../source/document.ts';
import {
  CORE_PROTOCOLS,
  type Fields,
  pickStrings,
  readBoolean,
  readInteger,
  readMappings,
  readProtocol,
  readSection,
  readStringMap,
  reportRequired,
  requireMapping,
  requirePort,
  requireString,
} from '../fields.ts';
import type { Labels, ReadOptions } from '../object.ts';
import { type PodNames, readPodNames } from '../pod-names.ts';
import { type Affinity, readAffinity } from '../scheduling/affinity.ts';
import { readTolerations, type Toleration } from '../scheduling/toleration.ts';
import { readTopologySpread, type TopologySpreadConstraint } from '../scheduling/topology-spread.ts';

export interface ContainerPort {
  readonly name?: string;
  readonly containerPort: number;
  readonly hostPort?: number;
  readonly hostIp?: string;
  readonly protocol: Protocol;
  /** Relative to the object: `spec.containers[0].ports[0]`, or below the workload's template. */
  readonly path: FieldPath;
}

export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly ports: readonly ContainerPort[];
  /** `Always` makes an init container a sidecar. */
  readonly restartPolicy?: string;
  readonly path: FieldPath;
}

/** Where the pod may run, and where it would rather: each part only where it is written. */
export interface PodScheduling {
  readonly nodeSelector: Labels;
  readonly affinity?: Affinity;
  readonly tolerations?: readonly Toleration[];
  readonly topologySpread?: readonly TopologySpreadConstraint[];
}

export interface PodSpec extends PodScheduling, PodNames {
  readonly nodeName?: string;
  /** undefined: `default`, which the API server fills in. */
  readonly serviceAccountName?: string;
  readonly hostNetwork: boolean;
  readonly containers: readonly Container[];
  readonly initContainers: readonly Container[];
}

export interface PodTemplate {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly spec: PodSpec;
  /** Where the template stands in its object: `['spec', 'template']`; `[]` for a Pod itself. */
  readonly path: FieldPath;
}

/** The template at `spec.template` of a workload, or wherever else it stands. */
export function readPodTemplate(fields: Fields, options: ReadOptions): PodTemplate {
  const template = requireMapping(fields, 'template') ?? readSection({ ...fields, raw: {} }, 'template');
  const metadata = readSection(template, 'metadata');
  return {
    labels: readStringMap(metadata, 'labels'),
    annotations: readStringMap(metadata, 'annotations'),
    spec: readPodSpec(template, options),
    path: template.path,
  };
}

/** The `spec` of a Pod or of a template. */
export function readPodSpec(fields: Fields, options: ReadOptions): PodSpec {
  const spec = readSection(fields, 'spec');
  const hostNetwork = readBoolean(spec, 'hostNetwork') ?? false;
  const containerOptions = { hostPortsDefault: hostNetwork && options.defaults };
  const containers = readMappings(spec, 'containers').map((each) => readContainer(each, containerOptions));
  if (Object.keys(fields.raw).length > 0 && !Array.isArray(spec.raw['containers'])) {
    reportRequired(spec, 'containers');
  }
  return {
    ...pickStrings(spec, ['nodeName', 'serviceAccountName']),
    ...readScheduling(spec),
    hostNetwork,
    ...readPodNames(spec, hostNetwork),
    containers,
    initContainers: readMappings(spec, 'initContainers').map((each) => readContainer(each, containerOptions)),
  };
}

function readScheduling(spec: Fields): PodScheduling {
  const affinity = readAffinity(spec);
  const tolerations = readTolerations(spec);
  const topologySpread = readTopologySpread(spec);
  return {
    nodeSelector: readStringMap(spec, 'nodeSelector'),
    ...(affinity === undefined ? {} : { affinity }),
    ...(tolerations.length === 0 ? {} : { tolerations }),
    ...(topologySpread.length === 0 ? {} : { topologySpread }),
  };
}

interface ContainerOptions {
  /** A pod in the host's network has hostPort = containerPort; the API server fills it in. */
  readonly hostPortsDefault: boolean;
}

function readContainer(fields: Fields, options: ContainerOptions): Container {
  return {
    name: requireString(fields, 'name') ?? '',
    ...pickStrings(fields, ['image', 'restartPolicy']),
    ports: readMappings(fields, 'ports').flatMap((port) => readContainerPort(port, options)),
    path: fields.path,
  };
}

function readContainerPort(fields: Fields, options: ContainerOptions): readonly ContainerPort[] {
  const containerPort = requirePort(fields, 'containerPort');
  const protocol = readProtocol(fields, 'protocol', CORE_PROTOCOLS);
  if (containerPort === undefined || protocol === undefined) return [];
  const hostPort = readInteger(fields, 'hostPort', { min: 0, max: 65535 }) ?? 0;
  const wanted = hostPort === 0 && options.hostPortsDefault ? containerPort : hostPort;
  const { hostIP: hostIp } = pickStrings(fields, ['hostIP']);
  const port: ContainerPort = {
    ...pickStrings(fields, ['name']),
    containerPort,
    ...(wanted === 0 ? {} : { hostPort: wanted }),
    ...(hostIp === undefined ? {} : { hostIp }),
    protocol,
    path: fields.path,
  };
  return [port];
}
