/** Service accounts of pods, and what roles are bound to them. */

import type { OtherObject } from '../k8s/object.ts';
import { mappingsAt, scalarText } from '../k8s/raw-objects.ts';
import { refTo, valueAt } from '../source/ref.ts';
import type { PodGroup } from './pod-groups.ts';

/** The ServiceAccounts that a binding is about, as `namespace/name`. @param fallback of those that name none. */
export function accountsOf({ raw, kind, namespace: own }: OtherObject, fallback: string): readonly string[] {
  const around = kind === 'RoleBinding' ? own : fallback;
  return mappingsAt(raw, 'subjects')
    .filter((subject) => subject['kind'] === 'ServiceAccount')
    .map(
      ({ namespace, name }) => `${typeof namespace === 'string' ? namespace : around}/${scalarText(name)}`,
    );
}

/** The name of the account that the pods run as. */
export function accountOf({ origin, templatePath }: PodGroup): string {
  if (origin === undefined) return '';
  const name = valueAt(refTo(origin, ...templatePath, 'spec', 'serviceAccountName'));
  return typeof name === 'string' && name !== '' ? name : 'default';
}
