/**
 * The forms that names must have, with the API server's complaint about those that have not.
 * Source: kubernetes/apimachinery:pkg/util/validation/validation.go.
 */

import { parseIp } from '../net/ip.ts';

/** @returns what is wrong with a name; undefined: nothing. */
export type Complaint = (text: string) => string | undefined;

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const LABEL_LENGTH = 63;
const SUBDOMAIN_LENGTH = 253;

const IS_LABEL = new RegExp(`^${LABEL}$`);
const IS_WILDCARD = new RegExp(`^\\*(\\.${LABEL})+$`);
const IS_SERVICE_NAME = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const IS_SUBDOMAIN = new RegExp(`^${LABEL}(\\.${LABEL})*$`);
const IS_RELAXED_SUBDOMAIN = /^[a-z0-9_]([-_a-z0-9]*[a-z0-9_])?(\.[a-z0-9_]([-_a-z0-9]*[a-z0-9_])?)*$/;

/** A label: IsDNS1123Label. */
export const labelComplaint: Complaint = (text) => {
  if (text.length > LABEL_LENGTH) return `must be no more than ${LABEL_LENGTH} characters`;
  if (IS_LABEL.test(text)) return undefined;
  return "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
};

/** A name of labels and dots: IsDNS1123Subdomain. */
export const subdomainComplaint: Complaint = (text) => {
  if (text.length > SUBDOMAIN_LENGTH) return `must be no more than ${SUBDOMAIN_LENGTH} characters`;
  if (IS_SUBDOMAIN.test(text)) return undefined;
  return "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
};

/**
 * An entry of a search list: a name that may have underscores and a final dot, or the root
 * (kubernetes/kubernetes:pkg/apis/core/validation validatePodDNSConfig since 1.34, KEP-4427).
 */
export const searchComplaint: Complaint = (text) => {
  if (text === '.') return undefined;
  const name = text.replace(/\.$/, '');
  if (name.length > SUBDOMAIN_LENGTH) return `must be no more than ${SUBDOMAIN_LENGTH} characters`;
  if (IS_RELAXED_SUBDOMAIN.test(name)) return undefined;
  return "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
};

/**
 * A host of an Ingress: a subdomain, or one whose first label is `*`; no address, no port
 * (kubernetes/kubernetes:pkg/apis/networking/validation validateHost).
 */
export const hostComplaint: Complaint = (text) => {
  if (parseIp(text) !== undefined) return 'must be a DNS name, not an IP address';
  if (!text.includes('*')) return subdomainComplaint(text);
  if (text.length <= SUBDOMAIN_LENGTH && IS_WILDCARD.test(text)) return undefined;
  return "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character";
};

/** The name of a Service: IsDNS1035Label; from 1.36 it may begin with a digit (KEP-5311). */
export const serviceNameComplaint: Complaint = (text) => {
  if (text.length > LABEL_LENGTH) return `must be no more than ${LABEL_LENGTH} characters`;
  if (IS_SERVICE_NAME.test(text)) return undefined;
  return "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
};

const IS_QUALIFIED = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const QUALIFIED =
  "consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** A name with an optional subdomain and a slash before it, as labels and annotations have: IsQualifiedName. */
export const qualifiedComplaint: Complaint = (text) => {
  const parts = text.split('/');
  if (parts.length > 2)
    return `a qualified name must ${QUALIFIED} with an optional DNS subdomain prefix and '/'`;
  const [prefix, name = ''] = parts.length === 2 ? parts : [undefined, text];
  if (prefix === '') return 'prefix part must be non-empty';
  const wrong = prefix === undefined ? undefined : subdomainComplaint(prefix);
  if (wrong !== undefined) return `prefix part ${wrong}`;
  if (name === '') return 'name part must be non-empty';
  if (name.length > LABEL_LENGTH) return `name part must be no more than ${LABEL_LENGTH} characters`;
  return IS_QUALIFIED.test(name) ? undefined : `name part must ${QUALIFIED}`;
};

/** The value of a label: IsValidLabelValue. */
export const labelValueComplaint: Complaint = (text) => {
  if (text.length > LABEL_LENGTH) return `must be no more than ${LABEL_LENGTH} characters`;
  if (text === '' || IS_QUALIFIED.test(text)) return undefined;
  return `a valid label must be an empty string or ${QUALIFIED}`;
};

const PORT_NAME_LENGTH = 15;

/** The name of a port of a container: IsValidPortName; the first of its complaints. */
export const portNameComplaint: Complaint = (text) => {
  if (text.length > PORT_NAME_LENGTH) return `must be no more than ${PORT_NAME_LENGTH} characters`;
  if (!/^[-a-z0-9]+$/.test(text))
    return 'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)';
  if (!/[a-z]/.test(text)) return 'must contain at least one letter (a-z)';
  if (text.includes('--')) return 'must not contain consecutive hyphens';
  return text.startsWith('-') || text.endsWith('-') ? 'must not begin or end with a hyphen' : undefined;
};
