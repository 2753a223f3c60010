/** CustomResourceDefinitions: kinds that no question needs, which are most of many an operator's manifest. */

import type { Random } from './random.ts';
import type { Manifest } from './shapes.ts';

const DESCRIPTION =
  'Defines the desired state of this part of the object, as the controller will reconcile it.\nMore info: https://example.com/docs';

/** One definition, of about 45 KB of YAML. */
export function customResourceDefinition(index: number, random: Random): Manifest {
  const kind = `Thing${index}`;
  const schema = { type: 'object', description: DESCRIPTION, properties: fields(random, 3) };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `things${index}.bench.example.com` },
    spec: {
      group: 'bench.example.com',
      names: { kind, plural: `things${index}` },
      scope: 'Namespaced',
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  };
}

function fields(random: Random, depth: number): Manifest {
  return Object.fromEntries(
    Array.from({ length: 5 }, (_, index) => {
      const name = `${random.pick(['spec', 'source', 'target', 'template', 'policy'])}${index}`;
      const leaf = { type: random.pick(['string', 'integer', 'boolean']), description: DESCRIPTION };
      return [name, depth === 0 ? leaf : { ...leaf, type: 'object', properties: fields(random, depth - 1) }];
    }),
  );
}
