/** An endpoint outside Kubernetes (istio/api:networking/v1alpha3/workload_entry.proto). */

import type { FieldPath } from '../../source/document.ts';
import { type Fields, readPort, readSection, readString, readStringMap } from '../fields.ts';
import type { Labels } from '../object.ts';

export interface WorkloadEndpoint {
  /** An IP, a name, or `unix://…`; empty where another network's gateway reaches it. */
  readonly address: string;
  /** By the name of the ServiceEntry's port. */
  readonly ports: ReadonlyMap<string, number>;
  readonly labels: Labels;
  readonly serviceAccount: string;
  readonly path: FieldPath;
}

/** An entry of `endpoints`, or the `spec` of a WorkloadEntry. */
export function readEndpoint(fields: Fields): readonly WorkloadEndpoint[] {
  const section = readSection(fields, 'ports');
  const ports = new Map<string, number>();
  for (const name of Object.keys(section.raw)) {
    const port = readPort(section, name);
    if (port !== undefined) ports.set(name, port);
  }
  return [
    {
      address: readString(fields, 'address') ?? '',
      ports,
      labels: readStringMap(fields, 'labels'),
      serviceAccount: readString(fields, 'serviceAccount') ?? '',
      path: fields.path,
    },
  ];
}
