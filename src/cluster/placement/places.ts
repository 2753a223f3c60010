/**
 * Places: the sets of nodes that share the value of a label (a zone, or a single node), as numbers.
 * Of an invented node nobody knows the labels. What needs pods apart takes each such node as a place of
 * its own, what needs them together takes all of them as one: no rule fails for a label that we left out.
 */

import type { NodeFacts } from '../nodes.ts';

export type Grouping = 'apart' | 'together';

/** By node index; -1: the node has no such label, and so is in no place. */
export type PlaceOfNode = Int32Array;

/** Places by label and grouping, each computed once. */
export function placesOf(nodes: readonly NodeFacts[]): (label: string, grouping: Grouping) => PlaceOfNode {
  const known = new Map<string, PlaceOfNode>();
  return (label, grouping) => {
    const id = `${grouping} ${label}`;
    const places = known.get(id) ?? numberPlaces(nodes, label, grouping);
    known.set(id, places);
    return places;
  };
}

function numberPlaces(nodes: readonly NodeFacts[], label: string, grouping: Grouping): PlaceOfNode {
  const numbers = new Map<string, number>();
  return Int32Array.from(nodes, ({ node, labelsKnown }) => {
    const value = node.labels.get(label);
    if (value === undefined && labelsKnown) return -1;
    const unknown = grouping === 'apart' ? `? ${node.name}` : '?';
    const place = value === undefined ? unknown : `= ${value}`;
    const number = numbers.get(place) ?? numbers.size;
    numbers.set(place, number);
    return number;
  });
}
