import { type Fields, readMappings, readString } from './fields.ts';

/** The Ready condition of a pod's or node's status; undefined when it has none. */
export function readReady(status: Fields): boolean | undefined {
  const condition = readMappings(status, 'conditions').find((each) => readString(each, 'type') === 'Ready');
  return condition === undefined ? undefined : readString(condition, 'status') === 'True';
}
