/**
 * Ingresses of a group to the rules of their load balancer's listeners, in the order in which they are tried. Source:
 * kubernetes-sigs/aws-load-balancer-controller:pkg/ingress/model_build_listener_rules.go, group_loader.go sortGroupMembers.
 */

import { compareText } from '../../../collections/order.ts';
import type { ControlPlane } from '../../../control/control-plane.ts';
import { refTo, valueAt } from '../../../source/ref.ts';
import { compilePattern } from '../../match.ts';
import type { Route } from '../../route-table.ts';
import type { IngressRoutes } from '../../sources/ingress.ts';
import { type AlbAction, actionOf } from './actions.ts';
import type { AlbOptions } from './annotations.ts';

export interface Member {
  readonly routes: IngressRoutes;
  readonly options: AlbOptions;
}

export interface ListenerRule {
  readonly route: Route;
  readonly member: Member;
  readonly action: AlbAction;
  /** `/api, /api/*`. */
  readonly patterns: readonly string[];
  matchesHost(host: string): boolean;
  matchesPath(path: string): boolean;
}

/** The rules of the members of one group. */
export function listenerRules(control: ControlPlane, members: readonly Member[]): readonly ListenerRule[] {
  const name = ({ routes: { ingress } }: Member) => `${ingress.metadata.namespace}/${ingress.metadata.name}`;
  return [...members]
    .sort((a, b) => a.options.order - b.options.order || compareText(name(a), name(b)))
    .flatMap((member) =>
      member.routes.rules.flatMap(({ routes }) =>
        sortedPaths(routes).map((route) => ({ ...ruleOf(route, member), action: actionOf(control, route) })),
      ),
    );
}

/** Exact ones, then prefixes by their length, then the rest as they stand. */
function sortedPaths(routes: readonly Route[]): readonly Route[] {
  const rank = ({ pathType }: Route) => (pathType === 'Exact' ? 0 : pathType === 'Prefix' ? 1 : 2);
  const length = (route: Route) => (rank(route) === 1 ? route.path.length : 0);
  return [...routes].sort((a, b) => rank(a) - rank(b) || length(b) - length(a));
}

function ruleOf(route: Route, member: Member): Omit<ListenerRule, 'action'> {
  const patterns = pathPatterns(route);
  const matchers =
    route.pathType === 'ImplementationSpecific'
      ? patterns.map((pattern) => wildcard(pattern, 'case'))
      : patterns.map((pattern) => (pattern.endsWith('/*') ? wildcard(pattern, 'case') : equal(pattern)));
  const host = route.host === '*' ? () => true : wildcard(route.host, 'ignore-case');
  return {
    route,
    member,
    patterns,
    matchesHost: host,
    matchesPath: (path) => matchers.some((matches) => matches(path)),
  };
}

/** Exact paths and prefixes have no wildcards; those of other types are patterns as they are written. */
function pathPatterns({ path, pathType, at }: Route): readonly string[] {
  // Without a path there is no condition on it.
  if (valueAt(refTo(at, 'path')) === undefined || valueAt(refTo(at, 'path')) === '') return ['/*'];
  if (pathType !== 'Prefix') return [path];
  if (path === '/') return ['/*'];
  const bare = path.endsWith('/') ? path.slice(0, -1) : path;
  return [bare, `${bare}/*`];
}

function equal(wanted: string): (text: string) => boolean {
  return (text) => text === wanted;
}

/** Why the controller makes no rule of the path, and nothing of the group (buildPathPatterns); undefined: it does. */
export function pathRefusal({ path, pathType }: Route): string | undefined {
  if (pathType === 'ImplementationSpecific' || !/[*?]/.test(path)) return undefined;
  return `path ${path} of type ${pathType} must not have a wildcard`;
}

/** `*` stands for any characters, `?` for one (Elastic Load Balancing, rule condition types). */
function wildcard(pattern: string, letters: 'case' | 'ignore-case'): (text: string) => boolean {
  if (!/[*?]/.test(pattern)) {
    const wanted = letters === 'case' ? pattern : pattern.toLowerCase();
    return (text) => (letters === 'case' ? text : text.toLowerCase()) === wanted;
  }
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const compiled = compilePattern(`^(?s:${source})$`, letters);
  return (text) => compiled?.match(text) !== undefined;
}
