/** Where something happens, as the answer holds it. */

import type { Pod } from '../cluster/cluster.ts';
import type { Place } from '../dataplane/network.ts';
import type { PlaceAnswer } from './answer.ts';

const answers = new WeakMap<Place, PlaceAnswer>();

/** The place with its address as text; a namespace's place is the same in every walk. */
export function placeAnswer(place: Place): PlaceAnswer {
  const answer = answers.get(place) ?? withAddressText(place);
  answers.set(place, answer);
  return answer;
}

function withAddressText({ address, ...place }: Place): PlaceAnswer {
  return { ...place, ...(address === undefined ? {} : { address: address.text }) };
}

/** Where a name is looked up: in a pod, or on a node by a process that no pod has. */
export function askerPlace(pod: Pod): PlaceAnswer {
  if (pod.name !== '' || pod.node === undefined) return podPlace(pod);
  return { kind: 'node', name: pod.node };
}

/** A pod as a place; without an address while it is Pending. */
export function podPlace({ name, namespace, node, ips }: Pod): PlaceAnswer {
  const [address] = ips;
  return {
    kind: 'pod',
    name,
    namespace,
    ...(node === undefined ? {} : { node }),
    ...(address === undefined ? {} : { address: address.text }),
  };
}
