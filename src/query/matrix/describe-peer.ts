/** Peers of policies in words. */

import type { PodSet } from '../../policy/policy.ts';
import { printSelector } from '../print-selector.ts';

/** `pods app=web of shop`, `any pod of namespaces team=a`. */
export function describePods({ namespace, namespaces, pods }: PodSet): string {
  const own = pods === undefined ? '' : printSelector(pods.selector);
  const which = own === '' ? 'any pod' : `pods ${own}`;
  if (namespace !== undefined) return `${which} of ${namespace}`;
  const of = namespaces === undefined ? '' : printSelector(namespaces.selector);
  return of === '' ? `${which} of any namespace` : `${which} of namespaces ${of}`;
}
