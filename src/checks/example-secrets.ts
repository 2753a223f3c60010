/** Secrets with certificates for the examples of rules. */

import { object } from './example-manifests.ts';

/** Self-signed, for shop.example.com alone; nobody has its key. */
const CERTIFICATE = [
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJkRENDQVJxZ0F3SUJBZ0lVSFhQbVhYQ0hvbFBJN2QwWHh0U2NVa1Ny',
  'TFhJd0NnWUlLb1pJemowRUF3SXcKQURBZ0Z3MHlOakV4TWpnd05qRTRORGhhR0E4eU1USTJNVEV3TkRBMk1UZzBPRm93QURC',
  'Wk1CTUdCeXFHU000OQpBZ0VHQ0NxR1NNNDlBd0VIQTBJQUJFaVZDc01icEF2VUM5NHNZSVQ0Vjl0VDZmKzJTeE52bXRId29m',
  'TUNEK3poCklIOFNMUUsvUFk2aE5EMTNlMzhKR1dqRTQ4NXVSTHJNaG1rQVhXT1NFYTJqY0RCdU1CMEdBMVVkRGdRV0JCUWYK',
  'VWZ3YWhGWlh3QkZ2dnIvMWdXelJpZGpDekRBZkJnTlZIU01FR0RBV2dCUWZVZndhaEZaWHdCRnZ2ci8xZ1d6UgppZGpDekRB',
  'UEJnTlZIUk1CQWY4RUJUQURBUUgvTUJzR0ExVWRFUVFVTUJLQ0VITm9iM0F1WlhoaGJYQnNaUzVqCmIyMHdDZ1lJS29aSXpq',
  'MEVBd0lEU0FBd1JRSWhBS3JuSEFOSm9oRHQ5THU1OHBVd2ZlOFhFYjRYRlRRT2ZoZlkKZW5wSVBNTVRBaUJQeWRGREU1MHpL',
  'ek0vaVB5YjBiSk11L1lxMkVzazM4S0JMMWEzNlNseEFnPT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=',
].join('');

/** A Secret whose certificate is for shop.example.com. @param type of the Secret. */
export function tlsSecret(name: string, type = 'kubernetes.io/tls'): string {
  return object('v1', 'Secret', name, [`type: ${type}`, `data: {tls.crt: ${CERTIFICATE}, tls.key: ""}`]);
}
