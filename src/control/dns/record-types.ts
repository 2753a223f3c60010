/** The types of records that a program can ask for. */

/** The usual ones first: mnemonics of the IANA registry of DNS parameters (resource record types), without those that it calls obsolete. */
export const RECORD_TYPES: readonly string[] = [
  ...['A', 'AAAA', 'SRV', 'PTR', 'CNAME', 'NS', 'SOA', 'TXT', 'MX', 'ANY', 'CAA', 'HTTPS', 'SVCB', 'HINFO'],
  ...['AFSDB', 'APL', 'AXFR', 'CDNSKEY', 'CDS', 'CERT', 'CSYNC', 'DHCID', 'DNAME', 'DNSKEY', 'DS', 'EUI48'],
  ...['EUI64', 'GPOS', 'HIP', 'IPSECKEY', 'ISDN', 'IXFR', 'KEY', 'KX', 'L32', 'L64', 'LOC', 'LP', 'MINFO'],
  ...['NAPTR', 'NID', 'NSAP', 'NSEC', 'NSEC3', 'NSEC3PARAM', 'OPENPGPKEY', 'PX', 'RP', 'RRSIG', 'RT', 'SIG'],
  ...['SMIMEA', 'SPF', 'SSHFP', 'TA', 'DLV', 'TKEY', 'TLSA', 'TSIG', 'URI', 'WKS', 'X25', 'ZONEMD'],
];

const KNOWN: ReadonlySet<string> = new Set(RECORD_TYPES);

/** Is it a type: a mnemonic in upper case, or `TYPE` and its number (RFC 3597 5)? */
export function isRecordType(text: string): boolean {
  const number = /^TYPE(\d{1,5})$/.exec(text)?.[1];
  return KNOWN.has(text) || (number !== undefined && Number(number) < 65_536);
}
