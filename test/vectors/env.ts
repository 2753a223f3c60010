/** Conformance cases about the variables of a container. */

import { envQuestion, loadSnapshot, type Snapshot, serviceVariables } from '../../src/index.ts';
import type { EnvVector } from './kube-proxy-file.ts';
import type { VectorResult } from './result.ts';

interface Row {
  readonly name: string;
  readonly value: string;
}

/** One result for each expected variable; one more where there are others. */
export function* runEnvVector(vector: EnvVector): Generator<VectorResult> {
  const { id, expect } = vector;
  const got = vector.ordered ? built(vector) : environment(vector);
  for (const [index, row] of expect.entries()) {
    const found = vector.ordered ? got[index] : got.find(({ name }) => name === row.name);
    const isSame = found?.name === row.name && found.value === row.value;
    yield isSame
      ? { id, part: row.name, status: 'pass' }
      : { id, part: row.name, status: 'fail', detail: `expected ${print(row)}, got ${print(found)}` };
  }
  const surplus = got.filter(({ name }) => !expect.some((row) => row.name === name));
  if (surplus.length > 0) {
    const detail = `expected no other variable, got ${surplus.map(print).join(', ')}`;
    yield { id, part: 'others', status: 'fail', detail };
  }
}

function print(row: Row | undefined): string {
  return row === undefined ? 'nothing' : `${row.name}=${row.value}`;
}

/** What the builder makes of the Services, in their order. */
function built(vector: EnvVector): readonly Row[] {
  const { services } = read(vector).cluster;
  return vector.services.flatMap(({ metadata }) => {
    const service = services.find(({ key }) => key === `${metadata.namespace}/${metadata.name}`);
    return service === undefined ? [] : serviceVariables(service);
  });
}

/** What a container of the pod starts with. */
function environment(vector: EnvVector): readonly Row[] {
  const { pod_namespace: namespace, pod_name: name = 'pod' } = vector;
  const answer = envQuestion(read(vector), { pod: `${namespace}/${name}` });
  return answer.variables.flatMap(({ name: own, value, overriddenBy }) =>
    overriddenBy === undefined && value !== undefined ? [{ name: own, value }] : [],
  );
}

function read(vector: EnvVector): Snapshot {
  const { pod_namespace: namespace, pod_name: name = 'pod', enableServiceLinks } = vector;
  const env = vector.container_env ?? [];
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: { enableServiceLinks, containers: [{ name: 'c', image: 'i', env }] },
  };
  const manifests = { apiVersion: 'v1', kind: 'List', items: [...vector.services, pod] };
  return loadSnapshot({
    files: [{ name: 'manifests.json', text: JSON.stringify(manifests) }],
    profile: { flags: { set: [], stored: true } },
  });
}
