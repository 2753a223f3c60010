/** Applications that run as the user of the sidecar: the rules of its pod cannot tell them from it. */

import type { Pod } from '../../cluster/cluster.ts';
import { refTo, type SourceRef, valueAt } from '../../source/ref.ts';
import { PROXY_UID } from './capture-settings.ts';

const PROXY_CONTAINER = 'istio-proxy';

/** Where it says so; undefined: not every container of the application does, and those that do not are captured. */
export function runsAsProxy({ spec, origin }: Pod): SourceRef | undefined {
  const own = spec.containers.filter(({ name }) => name !== PROXY_CONTAINER);
  if (origin === undefined) return undefined;
  const users = own.map(({ path }) => userAt(origin, path));
  return users.every((user) => user !== undefined && valueAt(user) === PROXY_UID) ? users[0] : undefined;
}

/** A container's own user counts before the pod's. */
function userAt(origin: SourceRef, path: SourceRef['path']): SourceRef | undefined {
  const places = [path, path.slice(0, -2)].map((place) =>
    refTo(origin, ...place, 'securityContext', 'runAsUser'),
  );
  return places.find((place) => valueAt(place) !== undefined);
}
