/**
 * Test files of netassert as they are: the list of version 2 (controlplaneio/netassert:internal/data/types.go), and the
 * mapping of version 1 (its README: ports by host, a minus for a port that must be closed). What a test knows of
 * attempts and time-outs means nothing here: an answer is not measured.
 */

import type { Report } from '../../diagnostics/diagnostic.ts';
import {
  type Fields,
  readEnum,
  readInteger,
  readMapping,
  readMappings,
  reportInvalid,
  reportRequired,
  requirePort,
  requireString,
} from '../../k8s/fields.ts';
import { isMapping, type ManifestDocument } from '../../source/document.ts';
import { refTo } from '../../source/ref.ts';
import type { PathAssertion } from './assertion.ts';

const KINDS = ['deployment', 'statefulset', 'daemonset', 'pod'] as const;

/** Has a document the form of a netassert file of either version? */
export function isNetassert(value: unknown): boolean {
  if (Array.isArray(value)) return value.some((item) => isMapping(item) && isMapping(item['src']));
  if (!isMapping(value) || value['apiVersion'] !== undefined) return false;
  return isMapping(value['k8s']) || isMapping(value['host']);
}

/** Its tests as assertions about packets. */
export function readNetassert(document: ManifestDocument, report: Report): readonly PathAssertion[] {
  const { value } = document;
  const top: Fields = {
    raw: Array.isArray(value) ? { tests: value } : isMapping(value) ? value : {},
    // The list is the document: its items stand at its top.
    origin: { document, path: [] },
    object: 'test',
    path: [],
    report,
  };
  if (!Array.isArray(value)) return readVersion1(top);
  return readMappings(top, 'tests').flatMap((test) => readVersion2({ ...test, path: test.path.slice(1) }));
}

function readVersion2(fields: Fields): readonly PathAssertion[] {
  const name = requireString(fields, 'name');
  const port = requirePort(fields, 'targetPort');
  const protocol = readEnum(fields, 'protocol', ['tcp', 'udp'] as const) ?? 'tcp';
  const exitCode = readInteger(fields, 'exitCode', { min: 0 }) ?? 0;
  const from = resourceOf(fields, 'src');
  const to = resourceOf(fields, 'dst') ?? hostOf(fields);
  if (from === undefined) reportRequired(fields, 'src', 'src.k8sResource');
  if (to === undefined) reportRequired(fields, 'dst', 'dst.k8sResource or dst.host');
  if (from === undefined || to === undefined || port === undefined) return [];
  return [
    {
      kind: 'path',
      ...(name === undefined ? {} : { name }),
      at: refTo(fields.origin, ...fields.path),
      question: { from, to: `${to}:${port}`, protocol, dns: true },
      expect: exitCode === 0 ? 'reachable' : 'unreachable',
    },
  ];
}

/** A pod of the resource is dialled by its address. */
function resourceOf(fields: Fields, key: string): string | undefined {
  const side = readMapping(fields, key);
  const resource = side === undefined ? undefined : readMapping(side, 'k8sResource');
  if (resource === undefined) return undefined;
  const kind = readEnum(resource, 'kind', KINDS);
  const name = requireString(resource, 'name');
  const namespace = requireString(resource, 'namespace');
  if (kind === undefined || name === undefined || namespace === undefined) return undefined;
  return `${namespace}/${kind}/${name}`;
}

function hostOf(fields: Fields): string | undefined {
  const dst = readMapping(fields, 'dst');
  const host = dst === undefined ? undefined : readMapping(dst, 'host');
  const name = host === undefined ? undefined : requireString(host, 'name');
  return name === undefined ? undefined : hostTarget(name);
}

/** A name without a dot is looked up too, not taken for a pod. */
function hostTarget(name: string): string {
  if (name.includes(':')) return `[${name}]`;
  return name.includes('.') ? name : `tcp://${name}`;
}

/** `k8s: {deployment: {[NAMESPACE:]NAME: {HOST: PORTS}}}`; hosts that are reached by ssh are no part of a cluster. */
function readVersion1(fields: Fields): readonly PathAssertion[] {
  if (isMapping(fields.raw['host'])) {
    fields.report({
      code: 'test-invalid',
      severity: 'warning',
      text: 'host: tests from machines that are reached by ssh are left out; manifests say nothing of those',
      sources: [{ at: refTo(fields.origin, 'host'), role: 'primary' }],
    });
  }
  const deployments = readMapping(readMapping(fields, 'k8s') ?? { ...fields, raw: {} }, 'deployment');
  if (deployments === undefined) return [];
  return Object.keys(deployments.raw).flatMap((key) => {
    const targets = readMapping(deployments, key);
    const [name = '', namespace = 'default'] = key.split(':').reverse();
    if (targets === undefined) return [];
    return Object.keys(targets.raw).flatMap((host) =>
      readPorts(targets, host).map((port) => version1Assertion(targets, { namespace, name, host, port })),
    );
  });
}

interface Version1Port {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  readonly isOpen: boolean;
}

function version1Assertion(
  fields: Fields,
  test: {
    readonly namespace: string;
    readonly name: string;
    readonly host: string;
    readonly port: Version1Port;
  },
): PathAssertion {
  const { namespace, name, host, port } = test;
  return {
    kind: 'path',
    at: refTo(fields.origin, ...fields.path, host),
    question: {
      from: `${namespace}/deployment/${name}`,
      to: `${hostTarget(host)}:${port.port}`,
      protocol: port.protocol,
      dns: true,
    },
    expect: port.isOpen ? 'reachable' : 'unreachable',
  };
}

/** `80`, `-80`, `UDP:53`, `80, 443 -8080`, or a list of those. */
function readPorts(fields: Fields, key: string): readonly Version1Port[] {
  const value = fields.raw[key];
  const items = Array.isArray(value) ? value : String(value).split(/[\s,]+/);
  return items.flatMap((item): readonly Version1Port[] => {
    const found = /^(-?)(?:(tcp|udp):)?(\d{1,5})$/i.exec(String(item));
    const port = Number(found?.[3]);
    if (found === null || port < 1 || port > 65535) {
      reportInvalid(fields, [key], String(item), 'must be a port like 80, -80, UDP:53');
      return [];
    }
    return [{ port, protocol: found[2]?.toLowerCase() === 'udp' ? 'udp' : 'tcp', isOpen: found[1] === '' }];
  });
}
