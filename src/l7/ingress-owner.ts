/**
 * Which controller serves an Ingress. The API: `ingressClassName` names an IngressClass, which names the
 * controller; the older annotation means the controller's own class name; an Ingress with neither gets the
 * default class when it is created (kubernetes/kubernetes:plugin/pkg/admission/network/defaultingressclass).
 */

import type { Cluster } from '../cluster/cluster.ts';
import type { IngressControllerName, IngressControllerProfile } from '../cluster/profile.ts';
import { compareText } from '../collections/order.ts';
import type { IngressObject } from '../k8s/kinds/ingress.ts';
import type { IngressClassObject } from '../k8s/kinds/ingress-class.ts';
import { refTo, type SourceRef } from '../source/ref.ts';

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
const DEFAULT_ANNOTATION = 'ingressclass.kubernetes.io/is-default-class';
const NGINX_PREFIX = 'nginx.ingress.kubernetes.io/';

export interface IngressOwner {
  /** undefined: nobody serves it. */
  readonly controller?: IngressControllerName;
  /** Empty where it has none. */
  readonly className: string;
  /** As its IngressClass names it: `k8s.io/ingress-nginx`. */
  readonly controllerName?: string;
  /** In words, for a line of the answer. */
  readonly reason: string;
  /** True where the manifests do not say it. */
  readonly assumed: boolean;
  /** What decides: the class, the annotation, or the object that has neither. */
  readonly at: SourceRef;
}

/** The controllers that are modelled, by the name in `spec.controller`, and the class that their charts install. */
const KNOWN: readonly KnownController[] = [
  { controller: 'ingress-nginx', controllerName: 'k8s.io/ingress-nginx', className: 'nginx' },
  { controller: 'traefik', controllerName: 'traefik.io/ingress-controller', className: 'traefik' },
  { controller: 'aws-alb', controllerName: 'ingress.k8s.aws/alb', className: 'alb' },
];

/** Tells the owner of each Ingress of a cluster. */
export function ingressOwners(
  { objects, profile }: Cluster,
  settings: IngressControllerProfile,
): (ingress: IngressObject) => IngressOwner {
  const classes = objects.ofKind('IngressClass');
  const byName = new Map(classes.map((each) => [each.metadata.name, each]));
  const { controllerClass: controllerName, ingressClass: className } = settings;
  const context: Context = {
    known: [{ controller: 'ingress-nginx', controllerName, className }, ...KNOWN],
    byName,
    defaultClass: defaultClass(classes),
    // Charts bring their IngressClass; manifests of applications alone have none.
    mayAssume: classes.length === 0 && profile.input === 'authored',
    settings,
  };
  return settings.name === undefined
    ? (ingress) => detectedOwner(ingress, context)
    : (ingress) => ownerOf(ingress, settings.name ?? 'spec', context);
}

interface KnownController {
  readonly controller: IngressControllerName;
  readonly controllerName: string;
  readonly className: string;
}

interface Context {
  /** ingress-nginx by the names that its flags give it first. */
  readonly known: readonly KnownController[];
  readonly byName: ReadonlyMap<string, IngressClassObject>;
  readonly defaultClass: IngressClassObject | undefined;
  readonly mayAssume: boolean;
  readonly settings: IngressControllerProfile;
}

/** Of several the newest, then the first by name. */
function defaultClass(classes: readonly IngressClassObject[]): IngressClassObject | undefined {
  const defaults = classes.filter(({ metadata }) => metadata.annotations.get(DEFAULT_ANNOTATION) === 'true');
  return [...defaults].sort(
    (a, b) =>
      compareText(b.metadata.creationTimestamp ?? '', a.metadata.creationTimestamp ?? '') ||
      compareText(a.metadata.name, b.metadata.name),
  )[0];
}

interface Named {
  readonly className: string;
  readonly by: 'field' | 'annotation' | 'default' | 'none';
  readonly at: SourceRef;
}

function nameOf({ metadata, body, origin }: IngressObject, { defaultClass: fallback }: Context): Named {
  if (body.ingressClassName !== undefined) {
    return { className: body.ingressClassName, by: 'field', at: refTo(origin, 'spec', 'ingressClassName') };
  }
  const annotation = metadata.annotations.get(CLASS_ANNOTATION);
  if (annotation !== undefined) {
    const at = refTo(origin, 'metadata', 'annotations', CLASS_ANNOTATION);
    return { className: annotation, by: 'annotation', at };
  }
  const at = refTo(origin, 'metadata', 'name');
  return fallback === undefined
    ? { className: '', by: 'none', at }
    : { className: fallback.metadata.name, by: 'default', at: refTo(fallback.origin, 'metadata', 'name') };
}

/** Without a profile: the class tells the controller. */
function detectedOwner(ingress: IngressObject, context: Context): IngressOwner {
  const named = nameOf(ingress, context);
  const { className, by, at } = named;
  const object = context.byName.get(className);
  const controllerName = object?.body.controller;
  const known = context.known.find((each) =>
    controllerName === undefined ? each.className === className : each.controllerName === controllerName,
  );
  const base = { className, at, ...(controllerName === undefined ? {} : { controllerName }) };
  if (object !== undefined) {
    const reason = `class ${className}, controller ${controllerName ?? 'not named'}`;
    return { ...base, controller: known?.controller ?? 'spec', reason, assumed: false };
  }
  if (by === 'annotation' && known !== undefined) {
    return { ...base, controller: known.controller, reason: `annotation ${className}`, assumed: true };
  }
  if (by === 'none' && context.settings.watchIngressWithoutClass) {
    return { ...base, controller: 'ingress-nginx', reason: 'no class, which it watches too', assumed: false };
  }
  if (context.mayAssume) return assumedOwner(ingress, named, known?.controller);
  const reason = by === 'none' ? 'no class, and none is default' : `there is no IngressClass ${className}`;
  return { ...base, reason, assumed: false };
}

/** No IngressClass is in the input: what the class is called and how the Ingress is annotated tells. */
function assumedOwner(
  ingress: IngressObject,
  { className, by, at }: Named,
  known: IngressControllerName | undefined,
): IngressOwner {
  const isAnnotated = [...ingress.metadata.annotations.keys()].some((key) => key.startsWith(NGINX_PREFIX));
  const controller = known ?? (isAnnotated ? 'ingress-nginx' : 'spec');
  const named = by === 'none' ? 'no class' : `class ${className}`;
  const clue = known === undefined && isAnnotated ? ', annotated for ingress-nginx' : '';
  return { className, at, controller, reason: `${named}${clue}`, assumed: true };
}

/**
 * With a profile: does that controller take it? Rules of ingress-nginx:
 * kubernetes/ingress-nginx:internal/ingress/controller/store/store.go, internal/ingress/controller/ingressclass.
 */
function ownerOf(ingress: IngressObject, controller: IngressControllerName, context: Context): IngressOwner {
  const named = nameOf(ingress, context);
  const { className, at } = named;
  const controllerName = context.byName.get(className)?.body.controller;
  const base = { className, at, ...(controllerName === undefined ? {} : { controllerName }) };
  const refusal =
    controller === 'ingress-nginx' ? nginxRefusal(named, context) : classRefusal(named, context);
  if (refusal === undefined)
    return { ...base, controller, reason: `class ${className || 'none'}`, assumed: false };
  if (context.mayAssume && takesUnknown(ingress, { named, controller, known: context.known })) {
    return {
      ...base,
      controller,
      reason: named.by === 'none' ? 'no class' : `class ${className}`,
      assumed: true,
    };
  }
  return { ...base, reason: refusal, assumed: false };
}

/** No IngressClass is in the input: a class that no other controller is known by is taken for the asked one's. */
function takesUnknown(
  ingress: IngressObject,
  {
    named: { className, by },
    controller,
    known: controllers,
  }: Pick<Context, 'known'> & { readonly named: Named; readonly controller: IngressControllerName },
): boolean {
  if (controller === 'spec') return by !== 'annotation';
  const known = controllers.find((each) => each.className === className);
  if (known !== undefined) return known.controller === controller;
  if (by === 'annotation') return false;
  const isAnnotated = [...ingress.metadata.annotations.keys()].some((key) => key.startsWith(NGINX_PREFIX));
  return by === 'none' || (controller === 'ingress-nginx' && isAnnotated);
}

function classRefusal({ className, by }: Named, { byName, settings }: Context): string | undefined {
  if (byName.has(className)) return undefined;
  if (by === 'none') return 'no class, and none is default';
  if (by === 'annotation' && className === settings.ingressClass) return undefined;
  return `there is no IngressClass ${className}`;
}

function nginxRefusal({ className, by }: Named, { byName, settings }: Context): string | undefined {
  if (by === 'none') {
    return settings.watchIngressWithoutClass ? undefined : 'no class, and none is default';
  }
  if (by === 'annotation') {
    return className === settings.ingressClass
      ? undefined
      : `the annotation says ${className}, the controller's class is ${settings.ingressClass}`;
  }
  if (settings.ingressClassByName && className === settings.ingressClass) return undefined;
  const object = byName.get(className);
  if (object === undefined) return `there is no IngressClass ${className}`;
  return object.body.controller === settings.controllerClass
    ? undefined
    : `class ${className} is of ${object.body.controller ?? 'no controller'}, not of ${settings.controllerClass}`;
}
