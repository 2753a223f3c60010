/**
 * ReferenceGrants: an object may name one of another namespace only where a grant there says so. Source:
 * kubernetes-sigs/gateway-api:apis/v1beta1/referencegrant_types.go, geps/gep-709.
 */

import { groupBy } from '../../collections/grouping.ts';
import type { ReferenceGrantObject } from '../../k8s/kinds/reference-grant.ts';

export interface Referrer {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
}

export interface Referent extends Referrer {
  readonly name: string;
}

export interface GrantIndex {
  /** The grant that admits a reference across namespaces; undefined: none does. */
  permits(from: Referrer, to: Referent): ReferenceGrantObject | undefined;
  /** Those in a namespace, for what they nearly say. */
  inNamespace(namespace: string): readonly ReferenceGrantObject[];
}

/** Indexes the grants by their namespace and by whom they are for. */
export function grantIndex(grants: readonly ReferenceGrantObject[]): GrantIndex {
  const byNamespace = groupBy(grants, ({ metadata }) => metadata.namespace);
  const rows = grants.flatMap((grant) =>
    grant.body.from.map((from) => ({ grant, key: referrerKey(grant.metadata.namespace, from) })),
  );
  const byReferrer = groupBy(rows, ({ key }) => key);
  return {
    permits: (from, to) =>
      byReferrer
        .get(referrerKey(to.namespace, from))
        ?.find(({ grant }) =>
          grant.body.to.some(
            ({ group, kind, name }) =>
              group === to.group && kind === to.kind && (name === undefined || name === to.name),
          ),
        )?.grant,
    inNamespace: (namespace) => byNamespace.get(namespace) ?? [],
  };
}

function referrerKey(target: string, { group, kind, namespace }: Referrer): string {
  return [target, group, kind, namespace].join('\n');
}
