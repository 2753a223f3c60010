/** What each symptom is for the program that opens the connection. */

import type { NamedSymptom, Result } from '../../trace/disposition.ts';

export const SYMPTOM_PAGES: Readonly<Record<NamedSymptom | 'http-NNN', string>> = {
  connected: 'connect() succeeds',
  refused: 'connect() fails at once with ECONNREFUSED: a rule or a host answers that nobody listens',
  timeout: 'connect() hangs and fails with ETIMEDOUT: packets, or their answers, are lost without a word',
  reset: 'the connection is closed with RST after it was open',
  'host-unreachable': 'EHOSTUNREACH: nobody on the last link has the address',
  'network-unreachable': 'ENETUNREACH at once: the sender has no route to the address',
  'not-permitted': "EPERM at once: the sender's own packet filter refuses to send",
  'name-not-found': 'getaddrinfo() says EAI_NONAME: no such name',
  'name-try-again': 'getaddrinfo() says EAI_AGAIN after its timeouts: the resolver does not answer',
  'tls-failure': 'the TLS handshake fails: no certificate for the name, or the other side speaks no TLS',
  'grpc-unimplemented': 'the call ends with status 12: no route has the service and method',
  'grpc-unavailable': 'the call ends with status 14: the route leads to no backend that could answer',
  'http-NNN':
    'the status that a proxy answers with, in the place of the server: http-404, http-503, http-308',
  sent: 'send() succeeds and nothing comes back: UDP tells a sender nothing',
  unknown: 'nobody can know: the far end is outside of what was read',
};

export const RESULT_PAGES: Readonly<Record<Result, string>> = {
  reachable: 'all paths succeed',
  unreachable: 'no path succeeds',
  ambiguous: 'some paths succeed: what happens depends on the backend that is chosen (--any accepts one)',
  undetermined:
    'no answer without a guess that we refuse to make; with --strict also when an assumption decides',
};
