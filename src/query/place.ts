/** Where something happens, as the answer holds it. */

import type { Place } from '../dataplane/network.ts';
import type { PlaceAnswer } from './answer.ts';

/** The place with its address as text. */
export function placeAnswer({ address, ...place }: Place): PlaceAnswer {
  return { ...place, ...(address === undefined ? {} : { address: address.text }) };
}
