/**
 * Reads test files (schema/test-file.schema.json). The first key of an assertion says what it asks: `from` and `to` of a
 * packet, `lookup` a name, `url` a request, `every` and `to` the policies of all pairs. Lists stand for one
 * assertion each, and so do the `cases` of an entry, which say what differs.
 */

import type { Report } from '../../diagnostics/diagnostic.ts';
import { nearest } from '../../diagnostics/did-you-mean.ts';
import {
  type Fields,
  pickStrings,
  readBoolean,
  readInteger,
  readMappings,
  readString,
  reportInvalid,
  reportRequired,
} from '../../k8s/fields.ts';
import type { Protocol } from '../../net/packet.ts';
import { isMapping, type ManifestDocument } from '../../source/document.ts';
import type { SourceFile } from '../../source/file.ts';
import { refTo } from '../../source/ref.ts';
import { readDocuments } from '../../source/yaml.ts';
import { REASON_PAGES } from '../catalogue/reasons.ts';
import { EXPECTATION_WORDS } from '../expectation.ts';
import { parsePorts } from '../matrix/ports.ts';
import { UsageError } from '../usage-error.ts';
import type { Assertion, PathAssertion, TestFile } from './assertion.ts';
import { isNetassert, readNetassert } from './netassert.ts';
import { readPeerSet } from './read-peer-set.ts';
import { asTestProblem, checkKeys, readOneOrMore } from './test-fields.ts';

const FILE_KEYS = ['apiVersion', 'kind', 'metadata', 'manifests', 'namespace', 'profile', 'tests'];
const HEAD_KEYS = ['name', 'reason', 'cases', 'expect'];
const PATH_KEYS = [
  'from',
  'to',
  'sees',
  'port',
  'protocol',
  'family',
  'node',
  'backend',
  'dns',
  'sourcePort',
];
const LOOKUP_KEYS = ['lookup', 'from', 'type', 'as'];
const REQUEST_KEYS = ['url', 'method', 'headers', 'client', 'from', 'controller'];
const PAIRS_KEYS = ['every', 'to', 'ports'];

/** What a packet may be expected to become. */
const PATH_WORDS: readonly string[] = [...new Set([...EXPECTATION_WORDS, ...Object.keys(REASON_PAGES)])];

/**
 * The assertions of a file, in its order. What cannot be read is reported as `test-invalid` and left out.
 * @returns undefined where the file is no test file.
 */
export function readTestFile(file: SourceFile, report: Report): TestFile | undefined {
  const own = asTestProblem(report);
  const documents = readDocuments(file, own);
  const parts = documents.flatMap((document): readonly TestFile[] => {
    if (isNetassert(document.value))
      return [{ file, manifests: [], assertions: readNetassert(document, own) }];
    const fields = fieldsOf(document, own);
    return fields === undefined ? [] : [readDocument(file, fields)];
  });
  const [first] = parts;
  if (first === undefined) return undefined;
  return { ...first, assertions: parts.flatMap(({ assertions }) => assertions) };
}

function fieldsOf(document: ManifestDocument, report: Report): Fields | undefined {
  const { value } = document;
  const origin = { document, path: [] };
  if (!isMapping(value)) {
    if (value !== undefined && value !== null)
      report({
        code: 'test-invalid',
        severity: 'error',
        text: 'a test file is a mapping with apiVersion: k8snet.dev/v1, kind: Test and tests:',
        sources: [{ at: origin, role: 'primary' }],
      });
    return undefined;
  }
  const fields: Fields = { raw: value, origin, object: 'test', path: [], report };
  if (value['apiVersion'] === 'k8snet.dev/v1' && value['kind'] === 'Test') return fields;
  if (value['apiVersion'] !== 'k8snet.dev/v1')
    reportInvalid(fields, ['apiVersion'], value['apiVersion'] ?? '', 'must be k8snet.dev/v1');
  else if (value['kind'] !== 'Profile') reportInvalid(fields, ['kind'], value['kind'] ?? '', 'must be Test');
  return undefined;
}

function readDocument(file: SourceFile, fields: Fields): TestFile {
  checkKeys(fields, FILE_KEYS);
  if (fields.raw['tests'] === undefined) reportRequired(fields, 'tests');
  return {
    file,
    manifests: readOneOrMore(fields, 'manifests'),
    ...pickStrings(fields, ['namespace', 'profile']),
    assertions: readMappings(fields, 'tests').flatMap(readEntry),
  };
}

/** An entry, or each of its cases, whose keys win over its own. */
function readEntry(fields: Fields): readonly Assertion[] {
  if (fields.raw['cases'] === undefined) return readAssertions(fields);
  return readMappings(fields, 'cases').flatMap((row) => {
    const { cases: _, ...shared } = fields.raw;
    return readAssertions({ ...row, raw: { ...shared, ...row.raw } });
  });
}

function readAssertions(fields: Fields): readonly Assertion[] {
  const has = (key: string) => fields.raw[key] !== undefined;
  if (has('every')) return readPairs(fields);
  if (has('lookup')) return readLookups(fields);
  if (has('url')) return readRequests(fields);
  if (has('from') || has('to')) return readPaths(fields);
  checkKeys(fields, [...HEAD_KEYS, ...PATH_KEYS, ...LOOKUP_KEYS, ...REQUEST_KEYS, ...PAIRS_KEYS]);
  reportRequired(fields, '', 'from and to, lookup, url, or every and to');
  return [];
}

function headOf(fields: Fields): Pick<Assertion, 'name' | 'reason' | 'at'> {
  return { ...pickStrings(fields, ['name', 'reason']), at: refTo(fields.origin, ...fields.path) };
}

function readPaths(fields: Fields): readonly PathAssertion[] {
  if (!checkKeys(fields, [...HEAD_KEYS, ...PATH_KEYS])) return [];
  const [from, to] = [requireSome(fields, 'from'), requireSome(fields, 'to')];
  const expect = readString(fields, 'expect') ?? 'reachable';
  if (!PATH_WORDS.includes(expect)) {
    reportWord(fields, expect, PATH_WORDS, 'no result, disposition, reason or symptom');
    return [];
  }
  const shared = pathParts(fields);
  const sees = readString(fields, 'sees');
  return from.flatMap((source) =>
    to.map(
      (target): PathAssertion => ({
        kind: 'path',
        ...headOf(fields),
        question: { from: source, to: target, ...shared },
        expect,
        ...(sees === undefined ? {} : { sees }),
      }),
    ),
  );
}

function pathParts(fields: Fields): Omit<PathAssertion['question'], 'from' | 'to'> {
  const protocol = readString(fields, 'protocol')?.toLowerCase();
  if (protocol !== undefined && !isProtocol(protocol))
    reportInvalid(fields, ['protocol'], protocol, 'must be tcp, udp or sctp');
  const [port] = readOneOrMore(fields, 'port');
  const family = readInteger(fields, 'family', { min: 4, max: 6 });
  const sourcePort = readInteger(fields, 'sourcePort', { min: 1, max: 65535 });
  return {
    dns: readBoolean(fields, 'dns') ?? true,
    ...pickStrings(fields, ['node', 'backend']),
    ...(protocol !== undefined && isProtocol(protocol) ? { protocol } : {}),
    ...(port === undefined ? {} : { port }),
    ...(family === 4 || family === 6 ? { family } : {}),
    ...(sourcePort === undefined ? {} : { sourcePort }),
  };
}

function isProtocol(word: string): word is Protocol {
  return ['tcp', 'udp', 'sctp'].includes(word);
}

function readLookups(fields: Fields): readonly Assertion[] {
  if (!checkKeys(fields, [...HEAD_KEYS, ...LOOKUP_KEYS])) return [];
  const written = readOneOrMore(fields, 'expect');
  const from = readOneOrMore(fields, 'from');
  const { type, as: resolver } = pickStrings(fields, ['type', 'as']);
  return requireSome(fields, 'lookup').flatMap((name) =>
    (from.length === 0 ? [undefined] : from).map((source) => ({
      kind: 'lookup' as const,
      ...headOf(fields),
      question: {
        name,
        ...(source === undefined ? {} : { from: source }),
        ...(type === undefined ? {} : { type }),
        ...(resolver === undefined ? {} : { resolver }),
      },
      expect: written.length === 0 ? ['resolved'] : written,
    })),
  );
}

function readRequests(fields: Fields): readonly Assertion[] {
  if (!checkKeys(fields, [...HEAD_KEYS, ...REQUEST_KEYS])) return [];
  const expect = readOneOrMore(fields, 'expect');
  if (expect.length === 0) reportRequired(fields, 'expect', 'a status, a Location or a backend');
  const { client, ...rest } = pickStrings(fields, ['method', 'client', 'from', 'controller']);
  const headers = readOneOrMore(fields, 'headers');
  if (expect.length === 0) return [];
  return requireSome(fields, 'url').map((url) => ({
    kind: 'request' as const,
    ...headOf(fields),
    question: {
      url,
      ...rest,
      ...(client === undefined ? {} : { clientIp: client }),
      ...(headers.length === 0 ? {} : { headers }),
    },
    expect,
  }));
}

function readPairs(fields: Fields): readonly Assertion[] {
  if (!checkKeys(fields, [...HEAD_KEYS, ...PAIRS_KEYS])) return [];
  if (fields.raw['to'] === undefined) reportRequired(fields, 'to');
  const [from, to] = [readPeerSet(fields, 'every'), readPeerSet(fields, 'to')];
  const expect = readString(fields, 'expect') ?? 'denied';
  const isKnown = expect === 'allowed' || expect === 'denied';
  if (!isKnown) reportWord(fields, expect, ['allowed', 'denied'], 'neither allowed nor denied');
  const ports = readOneOrMore(fields, 'ports').join(',');
  if (from === undefined || to === undefined || !isKnown || !arePorts(fields, ports)) return [];
  return [{ kind: 'pairs', ...headOf(fields), from, to, ...(ports === '' ? {} : { ports }), expect }];
}

function arePorts(fields: Fields, ports: string): boolean {
  try {
    if (ports !== '') parsePorts(ports);
    return true;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    reportInvalid(
      fields,
      ['ports'],
      ports,
      'must be a port, a range or a list of them: 80, 8000-8090, 53/udp',
    );
    return false;
  }
}

function requireSome(fields: Fields, key: string): readonly string[] {
  const texts = readOneOrMore(fields, key);
  if (texts.length === 0) reportRequired(fields, key);
  return texts;
}

function reportWord(fields: Fields, word: string, words: readonly string[], what: string): void {
  const near = nearest(word, words, 3);
  const hint = near.length > 0 ? `; did you mean ${near.join(', ')}?` : '';
  reportInvalid(fields, ['expect'], word, `${what}${hint}`);
}
