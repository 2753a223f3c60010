/** How evenly pods of a kind lie over the places of a cluster: `spec.topologySpreadConstraints`. */

import type { FieldPath } from '../../source/document.ts';
import {
  type Fields,
  pickStrings,
  readEnum,
  readInteger,
  readMappings,
  readStrings,
  reportInvalid,
  reportRequired,
  requireEnum,
} from '../fields.ts';
import { readSelector } from '../read-selector.ts';
import type { LabelSelector } from '../selector.ts';

export interface TopologySpreadConstraint {
  readonly topologyKey: string;
  /** How many pods more than the emptiest place a place may have. */
  readonly maxSkew: number;
  readonly whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway';
  /** undefined selects no pod. */
  readonly selector?: LabelSelector;
  /** With fewer places the emptiest one counts as having no pod. */
  readonly minDomains: number;
  readonly matchLabelKeys: readonly string[];
  /** Does a node count that the pod's node affinity, or its tolerations, keep it off? */
  readonly nodeAffinityPolicy: 'Honor' | 'Ignore';
  readonly nodeTaintsPolicy: 'Honor' | 'Ignore';
  /** Relative to the object. */
  readonly path: FieldPath;
}

const POLICIES = ['Honor', 'Ignore'] as const;
const ACTIONS = ['DoNotSchedule', 'ScheduleAnyway'] as const;

/** Source: kubernetes/kubernetes:pkg/apis/core/validation/validation.go validateTopologySpreadConstraints. */
export function readTopologySpread(spec: Fields): readonly TopologySpreadConstraint[] {
  return readMappings(spec, 'topologySpreadConstraints').flatMap(readConstraint);
}

function readConstraint(fields: Fields): readonly TopologySpreadConstraint[] {
  const { topologyKey } = pickStrings(fields, ['topologyKey']);
  if (topologyKey === undefined) reportRequired(fields, 'topologyKey', 'can not be empty');
  const whenUnsatisfiable = requireEnum(fields, 'whenUnsatisfiable', ACTIONS);
  const maxSkew = readPositive(fields, 'maxSkew');
  if (maxSkew === undefined && fields.raw['maxSkew'] === undefined) {
    reportInvalid(fields, ['maxSkew'], 0, 'must be greater than zero');
  }
  if (topologyKey === undefined || whenUnsatisfiable === undefined || maxSkew === undefined) return [];
  const selector = readSelector(fields, 'labelSelector');
  const constraint: TopologySpreadConstraint = {
    topologyKey,
    maxSkew,
    whenUnsatisfiable,
    ...(selector === undefined ? {} : { selector }),
    minDomains: readPositive(fields, 'minDomains') ?? 1,
    matchLabelKeys: readStrings(fields, 'matchLabelKeys'),
    nodeAffinityPolicy: readEnum(fields, 'nodeAffinityPolicy', POLICIES) ?? 'Honor',
    nodeTaintsPolicy: readEnum(fields, 'nodeTaintsPolicy', POLICIES) ?? 'Ignore',
    path: fields.path,
  };
  return [constraint];
}

function readPositive(fields: Fields, key: string): number | undefined {
  const value = readInteger(fields, key, { min: Number.MIN_SAFE_INTEGER });
  if (value === undefined || value > 0) return value;
  reportInvalid(fields, [key], value, 'must be greater than zero');
  return undefined;
}
