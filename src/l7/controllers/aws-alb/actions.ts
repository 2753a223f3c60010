/**
 * What a listener rule does: forward, redirect, or answer by itself. A backend whose port is called `use-annotation` is no Service
 * but the name of an annotation. Source: kubernetes-sigs/aws-load-balancer-controller:pkg/ingress/config_types.go,
 * enhanced_backend_builder.go.
 */

import type { ControlPlane } from '../../../control/control-plane.ts';
import type { SourceRef } from '../../../source/ref.ts';
import { resolveService, servicePortOnly } from '../../backends.ts';
import type { Route, RouteBackend } from '../../route-table.ts';
import { ALB_PREFIX } from './annotations.ts';

const USE_ANNOTATION = 'use-annotation';

export interface Redirect {
  readonly protocol: string;
  readonly host: string;
  readonly port: string;
  readonly path: string;
  readonly query: string;
  readonly status: number;
}

export interface WeightedTarget {
  readonly backend: RouteBackend;
  readonly weight: number;
}

export type AlbAction =
  | { readonly kind: 'forward'; readonly targets: readonly WeightedTarget[] }
  | { readonly kind: 'redirect'; readonly redirect: Redirect }
  | { readonly kind: 'answer'; readonly status: number; readonly reason: string }
  /** A target group that is not made of a Service, or an annotation that cannot be read. */
  | { readonly kind: 'unknown' }
  /** The controller refuses it, and with it the whole group. */
  | { readonly kind: 'refused'; readonly why: string };

/** Is the backend the name of an annotation? */
export function namesAction({ port }: { readonly port: number | string }): boolean {
  return port === USE_ANNOTATION;
}

/** A route whose backend is the name of an annotation says so: there is no Service to look for. */
export function asAction(route: Route): Route {
  const { backend } = route;
  return namesAction(backend) ? { ...route, backend: { ...backend, state: 'action' } } : route;
}

/** What a rule does with the requests that it takes. */
export function actionOf(control: ControlPlane, { backend, ingress }: Route): AlbAction {
  if (backend.state === 'resource') return { kind: 'refused', why: 'its backend is no Service' };
  if (!namesAction(backend)) return { kind: 'forward', targets: [{ backend, weight: 1 }] };
  const { namespace, annotations } = ingress.metadata;
  const name = backend.service.slice(namespace.length + 1);
  const text = annotations.get(`${ALB_PREFIX}actions.${name}`);
  if (text === undefined) {
    return { kind: 'answer', status: 503, reason: `there is no annotation actions.${name}` };
  }
  return readAction(text, { control, namespace, at: backend.at });
}

interface Reading {
  readonly control: ControlPlane;
  readonly namespace: string;
  readonly at: SourceRef;
}

function readAction(text: string, reading: Reading): AlbAction {
  const action = fieldsOf(parsed(text));
  switch (textOf(action.get('type'))) {
    case 'redirect':
      return redirectIn(fieldsOf(action.get('redirectconfig')));
    case 'fixed-response': {
      const status = Number(textOf(fieldsOf(action.get('fixedresponseconfig')).get('statuscode')));
      if (!Number.isInteger(status) || status < 200 || status > 599) return { kind: 'unknown' };
      return { kind: 'answer', status, reason: 'a fixed response of the Ingress' };
    }
    case 'forward':
      return forwardIn(fieldsOf(action.get('forwardconfig')).get('targetgroups'), reading);
    default:
      return { kind: 'unknown' };
  }
}

/** What is not written stays as it is in the request. */
function redirectIn(fields: Fields): AlbAction {
  const status = /^HTTP_(301|302)$/.exec(textOf(fields.get('statuscode')) ?? '')?.[1];
  if (status === undefined) return { kind: 'unknown' };
  const part = (name: string) => textOf(fields.get(name)) ?? `#{${name}}`;
  return {
    kind: 'redirect',
    redirect: {
      protocol: part('protocol').toLowerCase(),
      host: part('host'),
      port: part('port'),
      path: textOf(fields.get('path')) ?? '/#{path}',
      query: part('query'),
      status: Number(status),
    },
  };
}

function forwardIn(groups: unknown, reading: Reading): AlbAction {
  if (!Array.isArray(groups) || groups.length === 0) return { kind: 'unknown' };
  const read = groups.map((group) => targetIn(fieldsOf(group), { ...reading, isOnly: groups.length === 1 }));
  const targets = read.flatMap((target) => target ?? []);
  if (targets.length < groups.length) return { kind: 'unknown' };
  if (targets.some(({ weight }) => !Number.isInteger(weight))) {
    return { kind: 'refused', why: 'of several target groups each needs a weight' };
  }
  const missing = targets.find(({ backend }) => backend.state === 'no-such-service');
  return targets.length > 1 && missing !== undefined
    ? { kind: 'refused', why: `there is no Service ${missing.backend.service}` }
    : { kind: 'forward', targets };
}

/** @returns undefined for a target group that is not made of a Service. */
function targetIn(
  fields: Fields,
  { control, namespace, at, isOnly }: Reading & { readonly isOnly: boolean },
): WeightedTarget | undefined {
  const name = textOf(fields.get('servicename'));
  const port = textOf(fields.get('serviceport'));
  if (name === undefined || port === undefined) return undefined;
  const number = /^\d+$/.test(port) ? Number(port) : port;
  const named = { service: `${namespace}/${name}`, port: number, at };
  const weight = isOnly ? 1 : Number(textOf(fields.get('weight')) ?? Number.NaN);
  return { backend: resolveService(control, named, servicePortOnly), weight };
}

/** By name in lower case: Go's encoding/json knows no case. */
type Fields = ReadonlyMap<string, unknown>;

function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return new Map();
  return new Map(Object.entries(value).map(([key, field]) => [key.toLowerCase(), field]));
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Listening {
  readonly scheme: 'http' | 'https';
  readonly port: number;
}

/**
 * Does the redirect lead to where the request is already? The controller makes no such rule
 * (kubernetes-sigs/aws-load-balancer-controller:pkg/ingress/rule_optimizer.go).
 * @param host of the rule; `*` for every host.
 */
export function leadsNowhere(
  { protocol, host, port, path, query }: Redirect,
  listener: Listening,
  ruleHost: string,
): boolean {
  return (
    (protocol === '#{protocol}' || protocol === listener.scheme) &&
    (port === '#{port}' || port === String(listener.port)) &&
    (host === '#{host}' || host === ruleHost) &&
    path === '/#{path}' &&
    query === '#{query}'
  );
}

/** The Location of a redirect. @param host without a port. */
export function redirectTo(
  { protocol, host, port, path, query }: Redirect,
  asked: Listening & { readonly host: string; readonly path: string; readonly query: string },
): string {
  const fill = (text: string) =>
    text
      .replaceAll('#{protocol}', asked.scheme)
      .replaceAll('#{host}', asked.host)
      .replaceAll('#{port}', String(asked.port))
      .replaceAll('#{path}', asked.path.slice(1))
      .replaceAll('#{query}', asked.query.slice(1));
  const search = fill(query);
  return `${fill(protocol)}://${fill(host)}:${fill(port)}${fill(path)}${search === '' ? '' : `?${search}`}`;
}
