/**
 * To which namespaces an object of Istio is visible (`exportTo`). Source: istio/istio:pkg/config/visibility,
 * pilot/pkg/model/push_context.go initVirtualServices, initServiceRegistry. Rule: docs/semantics/istio.md 4.1.
 */

export interface Visibility {
  readonly isPublic: boolean;
  /** Where it is not public. */
  readonly namespaces: ReadonlySet<string>;
}

const NOBODY: Visibility = { isPublic: false, namespaces: new Set() };
const EVERYBODY: Visibility = { isPublic: true, namespaces: new Set() };

/**
 * The visibility that is written.
 * @param exportTo empty: the default of the mesh.
 */
export function visibilityOf(
  exportTo: readonly string[],
  namespace: string,
  byDefault: readonly string[],
): Visibility {
  const words = exportTo.length === 0 ? byDefault : exportTo;
  if (words.includes('~')) return NOBODY;
  if (words.length === 0 || words.includes('*')) return EVERYBODY;
  return { isPublic: false, namespaces: new Set(words.map((word) => (word === '.' ? namespace : word))) };
}

/** Can proxies of the namespace see it? */
export function isVisible({ isPublic, namespaces }: Visibility, to: string): boolean {
  return isPublic || namespaces.has(to);
}

/** Things that a namespace sees: its private ones, those that are exported to it by name, the public ones. */
export function visibleFirst<Item extends { readonly visibility: Visibility; readonly namespace: string }>(
  items: readonly Item[],
  to: string,
): readonly Item[] {
  const own = items.filter((item) => item.namespace === to && item.visibility.namespaces.has(to));
  const given = items.filter((item) => item.namespace !== to && item.visibility.namespaces.has(to));
  return [...own, ...given, ...items.filter(({ visibility }) => visibility.isPublic)];
}
