/** The options of a request, for the targets that route one. */

import type { RequestQuestion } from '../../query/http-request.ts';
import type { OptionSpec } from '../options.ts';

/** Shared by every target that routes a request: each is listed once in the help. */
export const REQUEST_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--url <url>',
    text: 'of ingress, gateway, route, virtualservice: the request to route',
    group: 'Question',
  },
  { flags: '--method <method>', text: 'of the request (default: GET)', group: 'Question' },
  { flags: '--header <header>', text: 'of the request, "Name: value"', group: 'Question', repeatable: true },
  { flags: '--client-ip <ip>', text: 'the address that the controller sees', group: 'Question' },
  { flags: '--sni <name>', text: 'server name in the TLS handshake', group: 'Question' },
  { flags: '--from <pod>', text: 'a pod that sends the request', group: 'Question' },
];

/** Shared by those that a gateway can stand before. */
export const VIA_OPTION: OptionSpec = {
  flags: '--via <ref>',
  text: 'the Gateway (gtw/NAME) or Service (svc/NAME) that is asked',
  group: 'Question',
};

/** They as the command line gives them. */
export interface RequestFlags extends Omit<RequestQuestion, 'headers'> {
  readonly header?: readonly string[];
}

/** The parts of a question that are written. */
export function requestQuestion(flags: RequestFlags): RequestQuestion {
  const { url, method, header, clientIp, sni, from, via } = flags;
  return {
    ...(url === undefined ? {} : { url }),
    ...(method === undefined ? {} : { method }),
    ...(header === undefined ? {} : { headers: header }),
    ...(clientIp === undefined ? {} : { clientIp }),
    ...(sni === undefined ? {} : { sni }),
    ...(from === undefined ? {} : { from }),
    ...(via === undefined ? {} : { via }),
  };
}
