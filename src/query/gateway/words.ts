/** Parts of the Gateway API in a few words. */

import type { PathModifier, RouteFilter } from '../../k8s/gateway-parts/filters.ts';
import type { Listener } from '../../l7/gateway-api/model.ts';

/** A filter: `redirect to https`, `rewrite path to /x`, `mirror to audit:80`. */
export function filterText(filter: RouteFilter): string {
  switch (filter.kind) {
    case 'request-headers':
      return `request headers ${headerText(filter)}`;
    case 'response-headers':
      return `response headers ${headerText(filter)}`;
    case 'redirect': {
      const { scheme, hostname, port, newPath, status } = filter;
      const parts = [scheme, hostname, port, pathText(newPath)].filter((part) => part !== undefined);
      return `redirect ${status}${parts.length === 0 ? '' : ` to ${parts.join(' ')}`}`;
    }
    case 'rewrite': {
      const parts = [filter.hostname, pathText(filter.newPath)].filter((part) => part !== undefined);
      return `rewrite to ${parts.join(' ')}`;
    }
    case 'mirror': {
      const { share, backend } = filter;
      const part = share === undefined ? '' : ` ${(share.numerator * 100) / share.denominator} %`;
      return `mirror${part} to ${backend.name}:${backend.port ?? '?'}`;
    }
    case 'cors':
      return `CORS for ${filter.allowOrigins.join(', ') || 'nobody'}`;
    case 'external-auth':
      return `asks ${filter.backend?.name ?? 'somebody'} (ExternalAuth, not modelled)`;
    case 'extension':
      return `${filter.ref.kind} ${filter.ref.name} (not modelled)`;
    case 'unreadable':
      return 'a filter that cannot be read';
  }
}

function pathText(modifier: PathModifier | undefined): string | undefined {
  if (modifier === undefined) return undefined;
  const value = modifier.value === '' ? '/' : modifier.value;
  return modifier.type === 'ReplaceFullPath' ? `path ${value}` : `prefix ${value}`;
}

function headerText({
  set,
  add,
  remove,
}: Extract<RouteFilter, { readonly kind: 'request-headers' | 'response-headers' }>): string {
  return [
    ...set.map(({ name, value }) => `${name}=${value}`),
    ...add.map(({ name, value }) => `+${name}=${value}`),
    ...remove.map((name) => `-${name}`),
  ].join(' ');
}

/** `edge listener web`, `edge listener web of ListenerSet more`. */
export function listenerText({ gateway, owner, body }: Listener): string {
  const of = owner === gateway ? '' : ` of ListenerSet ${owner.metadata.name}`;
  return `${gateway.metadata.name} listener ${body.name}${of}`;
}
