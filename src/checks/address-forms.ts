/** Texts of configurations that are addresses: which host and port a program would dial. */

export interface Address {
  readonly host: string;
  /** undefined: none is written, and the scheme has none of its own. */
  readonly port?: number;
  readonly isPortWritten: boolean;
}

/** Schemes of the network, and the port of each that has one. */
const SCHEMES: ReadonlyMap<string, number | undefined> = new Map([
  ['http', 80],
  ['https', 443],
  ['ws', 80],
  ['wss', 443],
  ['h2c', undefined],
  ['grpc', undefined],
  ['grpcs', undefined],
  ['tcp', undefined],
  ['udp', undefined],
  ['tls', undefined],
  ['redis', 6379],
  ['rediss', 6379],
  ['postgres', 5432],
  ['postgresql', 5432],
  ['mysql', 3306],
  ['mariadb', 3306],
  ['mongodb', 27017],
  ['amqp', 5672],
  ['amqps', 5671],
  ['nats', 4222],
  ['kafka', undefined],
  ['memcached', 11211],
  ['ldap', 389],
  ['ldaps', 636],
  ['smtp', 25],
  ['ftp', 21],
  ['sftp', 22],
  ['ssh', 22],
  ['mqtt', 1883],
  ['mqtts', 8883],
  ['zookeeper', 2181],
  ['clickhouse', undefined],
  ['neo4j', 7687],
  ['bolt', 7687],
]);

const URL_FORM = /^(?:jdbc:|r2dbc:)?([a-z][a-z0-9+.-]*):\/\/(?:[^@/?#\s]*@)?([^/?#\s]+)/i;
const HOST_PORT = /^([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(\d{1,5}))?$/i;
/** Names of variables whose value is an address, with or without a port. */
const ADDRESS_NAME = /(?:^|_)(?:ADDR|HOST|URL|ENDPOINT|SERVICE)$/i;
/** Words that are no hosts, or hosts that are always there. */
const NO_HOSTS: ReadonlySet<string> = new Set([
  'localhost',
  'true',
  'false',
  'none',
  'null',
  'auto',
  'default',
]);

/**
 * The addresses in the value of a variable; several, with commas, as clients of Kafka or MongoDB take them.
 * @param isPort whether a number is a port that a Service has: it makes an address of `name:number`.
 */
export function addressesIn(
  { name, value }: { readonly name: string; readonly value: string },
  isPort: (port: number) => boolean,
): readonly Address[] {
  const url = URL_FORM.exec(value);
  if (url !== null) {
    const [, scheme = '', authority = ''] = url;
    if (!SCHEMES.has(scheme.toLowerCase())) return [];
    return hostsIn(authority, () => true).map((address) => withDefault(address, scheme));
  }
  const isNamed = ADDRESS_NAME.test(name);
  return hostsIn(value, ({ port }) => isNamed || (port !== undefined && isPort(port)));
}

function withDefault(address: Address, scheme: string): Address {
  const port = SCHEMES.get(scheme.toLowerCase());
  return address.port !== undefined || port === undefined ? address : { ...address, port };
}

function hostsIn(text: string, isAddress: (address: Address) => boolean): readonly Address[] {
  return text.split(',').flatMap((part) => {
    const [whole, host = '', digits] = HOST_PORT.exec(part.trim()) ?? [];
    const port = digits === undefined ? undefined : Number(digits);
    if (whole === undefined || !isHostName(host) || !isPortNumber(port)) return [];
    const address: Address = {
      host: host.toLowerCase(),
      isPortWritten: port !== undefined,
      ...(port === undefined ? {} : { port }),
    };
    return isAddress(address) ? [address] : [];
  });
}

function isPortNumber(port: number | undefined): boolean {
  return port === undefined || (port >= 1 && port <= 65535);
}

/** Labels of DNS, the last of which is no number: 10.0.0.1 is an address, 1.25 a version. */
function isHostName(host: string): boolean {
  if (NO_HOSTS.has(host.toLowerCase())) return false;
  const labels = host.split('.');
  return (
    labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(label)) &&
    /[a-z]/i.test(labels.at(-1) ?? '')
  );
}
