/** Requests that stand for a class of requests: what both sides' rules ask about, and one more of everything. */

/** A request without its scheme. */
export interface Witness {
  readonly host: string;
  /** With the query. */
  readonly uri: string;
  readonly method: string;
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly isGrpc: boolean;
}

/** The condition of one rule: what a request must have to be meant by it. */
export interface RuleCondition {
  readonly path: string;
  readonly pathKind: 'literal' | 'pattern';
  readonly method?: string;
  readonly headers: ReadonlyMap<string, string>;
  /** Of the query, by name. */
  readonly query: ReadonlyMap<string, string>;
  readonly isGrpc: boolean;
}

/** What rules ask about under one hostname. */
export interface HostConditions {
  readonly hostname: string;
  readonly conditions: readonly RuleCondition[];
}

/** A label that no rule has. */
const OTHER = 'any';
/** A host that no rule has. */
const OTHER_HOST = 'any.invalid';

/** Hosts that stand for a hostname: `*.a` for one label, for two, and for the name without any. */
export function hostWitnesses(hostname: string): readonly string[] {
  if (hostname === '*' || hostname === '') return [OTHER_HOST];
  if (!hostname.startsWith('*.')) return [hostname];
  const rest = hostname.slice(2);
  return [`${OTHER}.${rest}`, `${OTHER}.${OTHER}.${rest}`, rest];
}

/** Does a rule for the hostname matter to the host, by any controller's reading of a wildcard? */
export function concernsHost(hostname: string, host: string): boolean {
  if (hostname === '*' || hostname === '' || hostname === host) return true;
  return hostname.startsWith('*.') && (host.endsWith(hostname.slice(1)) || host === hostname.slice(2));
}

/**
 * Paths at and around the boundary of a rule's path: itself, with a slash, below it, and a longer name.
 * @param anyCase also in upper case, where a side matches without regard to case.
 */
export function pathWitnesses(path: string, { anyCase }: { readonly anyCase: boolean }): readonly string[] {
  const base = path.endsWith('/') ? path.slice(0, -1) : path;
  const paths = [
    base === '' ? '/' : base,
    `${base}/`,
    `${base}/${OTHER}`,
    ...(base === '' ? [] : [`${base}${OTHER}`]),
  ];
  const upper = base.toUpperCase();
  return anyCase && upper !== base ? [...paths, upper] : paths;
}

/** The requests of a host: each rule's paths, as a plain GET and as the rule wants it. */
export function hostRequests(
  host: string,
  conditions: readonly RuleCondition[],
  {
    anyCase,
    pathsOf,
  }: { readonly anyCase: boolean; readonly pathsOf: (condition: RuleCondition) => readonly string[] },
): readonly Witness[] {
  const found = new Map<string, Witness>();
  const add = (witness: Witness): void => {
    const headers = [...witness.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
    found.set(`${witness.method} ${witness.uri} ${witness.isGrpc}\n${headers}`, witness);
  };
  const plain = { host, method: 'GET', headers: new Map<string, string>(), isGrpc: false };
  for (const uri of pathWitnesses('/', { anyCase })) add({ ...plain, uri });
  for (const condition of conditions) {
    for (const path of pathsOf(condition)) {
      add({ ...plain, uri: path });
      add(wanted(host, path, condition));
    }
  }
  return [...found.values()];
}

function wanted(host: string, path: string, condition: RuleCondition): Witness {
  const { method, headers, query, isGrpc } = condition;
  const pairs = [...query].map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  return {
    host,
    uri: pairs.length === 0 ? path : `${path}?${pairs.join('&')}`,
    method: method ?? (isGrpc ? 'POST' : 'GET'),
    headers: isGrpc ? new Map([...headers, ['content-type', 'application/grpc']]) : headers,
    isGrpc,
  };
}
