/**
 * Programs that read a variable which the kubelet sets to a URL, and fail: each was reported upstream.
 * The variable is `NAME_PORT` of a Service that has the program's name.
 */

export interface KnownClash {
  /** A part of the image's name that tells the program; undefined: a library that many programs use. */
  readonly image?: RegExp;
  readonly variable: string;
  /** Who reads it, and what happens. */
  readonly effect: string;
  /** The report: `owner/repository#number`. */
  readonly source: string;
}

export const KNOWN_CLASHES: readonly KnownClash[] = [
  {
    image: /(^|\/)n8n$/,
    variable: 'N8N_PORT',
    effect: 'n8n takes it for its port number and does not start',
    source: 'n8n-io/n8n#8650',
  },
  {
    image: /(^|\/)cp-(enterprise-)?kafka$/,
    variable: 'KAFKA_PORT',
    effect: "Confluent's image exits where it is set",
    source: 'confluentinc/cp-docker-images#388',
  },
  {
    image: /(^|\/)cp-kafka-rest$/,
    variable: 'KAFKA_REST_PORT',
    effect: "Confluent's image exits where it is set",
    source: 'confluentinc/cp-docker-images#286',
  },
  {
    image: /(^|\/)cp-schema-registry$/,
    variable: 'SCHEMA_REGISTRY_PORT',
    effect: "Confluent's image exits where it is set",
    source: 'helm/charts#22454',
  },
  {
    image: /(^|\/)wurstmeister\/kafka$/,
    variable: 'KAFKA_PORT',
    effect: 'Kafka takes it for its port number and does not start',
    source: 'wurstmeister/kafka-docker#122',
  },
  {
    image: /(^|\/)searxng$/,
    variable: 'SEARXNG_PORT',
    effect: 'SearXNG takes it for its port number and does not start',
    source: 'searxng/searxng#6437',
  },
  {
    image: /(^|\/)cerebro$/,
    variable: 'CEREBRO_PORT',
    effect: 'cerebro takes it for its port number and does not start',
    source: 'lmenezes/cerebro#441',
  },
  {
    image: /(^|\/)komodo(-core)?$/,
    variable: 'KOMODO_PORT',
    effect: 'Komodo takes it for its port number and does not start',
    source: 'moghtech/komodo#717',
  },
  {
    image: /(^|\/)actual(-server)?$/,
    variable: 'ACTUAL_PORT',
    effect: 'Actual takes it for its port number and does not start',
    source: 'actualbudget/actual#4920',
  },
  {
    image: /(^|\/)temboard$/,
    variable: 'TEMBOARD_PORT',
    effect: 'temBoard takes it for its port number and does not start',
    source: 'dalibo/temboard#664',
  },
  {
    image: /(^|\/)threadfin$/,
    variable: 'THREADFIN_PORT',
    effect: 'Threadfin takes it for its port number and does not start',
    source: 'Threadfin/Threadfin#33',
  },
  {
    variable: 'ROCKET_PORT',
    effect: 'programs made with Rocket (Rust) take it for their port number and do not start',
    source: 'rwf2/Rocket#411',
  },
];

/** `confluentinc/cp-kafka` of `docker.io/confluentinc/cp-kafka:7.6@sha256:…`. */
export function imageName(image: string): string {
  const [name = ''] = image.split('@');
  return name.replace(/:[^/:]*$/, '');
}
