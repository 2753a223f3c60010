/** API groups and the names by which objects are known. */

/** The group of an apiVersion: `apps` of `apps/v1`, empty for the core group's `v1`. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.lastIndexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** An object as answers name it: `service/shop/api`, `node/node-a`. */
export function objectLabel(kind: string, namespace: string, name: string): string {
  return [kind.toLowerCase(), ...(namespace === '' ? [] : [namespace]), name].join('/');
}
