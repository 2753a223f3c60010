/** A plugin of the server: it answers a question, or hands it on, perhaps changed. */

import type { CorefileToken, Directive } from '../../source/corefile.ts';
import type { ControlPlane } from '../control-plane.ts';
import { normalName } from './name.ts';
import type { Ask, DnsQuestion, DnsReply } from './record.ts';
import type { ServerFacts } from './settings.ts';

export interface DnsPlugin {
  readonly name: string;
  /** @param next the plugins behind this one. */
  answer(question: DnsQuestion, next: Ask): DnsReply;
  /** Names that the plugin itself knows, for lists of a zone's content. */
  readonly knownNames?: () => Iterable<KnownName>;
}

/** A name with the types that it may have records of. */
export interface KnownName {
  /** Absolute. */
  readonly name: string;
  readonly types: readonly string[];
}

/** What the plugins of a server block are made from. */
export interface PluginContext {
  readonly control: ControlPlane;
  readonly facts: ServerFacts;
  /** The zones of the server block. */
  readonly zones: readonly string[];
  /** The whole server from the start, for names that a plugin's answer leads to. */
  readonly ask: Ask;
  /** A plugin of the block that stands behind this one in the chain. */
  plugin(name: string): DnsPlugin | undefined;
  /** The text of a file that the server mounts; undefined where no ConfigMap of the input has it. */
  fileText(path: string): string | undefined;
  /** Says that CoreDNS would not start with this. */
  refuse(at: CorefileToken, text: string): void;
  /** Says that something here is not modelled, and may change answers. */
  unmodelled(at: CorefileToken, text: string): void;
}

/** How a directive of a Corefile becomes a plugin. */
export interface PluginReader {
  readonly directive: string;
  /**
   * @param directives all of that name in a block; one at least.
   * @returns undefined for a directive that cannot be used; it was reported.
   */
  read(directives: readonly Directive[], context: PluginContext): DnsPlugin | undefined;
}

/** The zones that arguments name, else those of the block: CIDR ranges as zones of reverse names. */
export function zonesOf(args: readonly CorefileToken[], blockZones: readonly string[]): readonly string[] {
  return args.length === 0 ? blockZones : args.flatMap(({ text }) => zonesOfKey(text));
}

/** `dns://.:53`, `example.org`, `10.0.0.0/24`. Source: coredns/coredns:plugin/normalize.go Host.NormalizeExact. */
export function zonesOfKey(key: string): readonly string[] {
  const host = key.replace(/^[a-z]+:\/\//, '').replace(/:\d+$/, '');
  const [, address, length] = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(host) ?? [];
  if (address !== undefined) return reverseZonesOf(address, Number(length));
  return [normalName(host === '' ? '.' : host)];
}

/** Whole octets of a range: one that ends inside an octet is several zones. */
function reverseZonesOf(address: string, length: number): readonly string[] {
  const octets = address.split('.').map(Number);
  const whole = Math.floor(length / 8);
  const zone = (parts: readonly number[]) => normalName([...[...parts].reverse(), 'in-addr.arpa'].join('.'));
  if (length % 8 === 0) return [zone(octets.slice(0, whole))];
  const size = 2 ** (8 - (length % 8));
  const first = Math.floor((octets[whole] ?? 0) / size) * size;
  return Array.from({ length: size }, (_, index) => zone([...octets.slice(0, whole), first + index]));
}

/** The zones of a `fallthrough` line: without any, all names. */
export function fallthroughZones({ args }: Directive): readonly string[] {
  return args.length === 0 ? ['.'] : args.map(({ text }) => normalName(text));
}

/** A whole number in a range; undefined where the argument is none. */
export function numberArg(arg: CorefileToken | undefined, min: number, max: number): number | undefined {
  const value = arg !== undefined && /^\d+$/.test(arg.text) ? Number(arg.text) : undefined;
  return value !== undefined && value >= min && value <= max ? value : undefined;
}
