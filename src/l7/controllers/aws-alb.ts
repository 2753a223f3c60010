/** The AWS Load Balancer Controller: its routing is that of the API for now; the balancer itself is outside the cluster. */

import type { ControllerKind } from './controller.ts';
import { specController } from './spec.ts';

export const awsAlbKind: ControllerKind = {
  isKnown: true,
  table: (input) => ({ ...specController(input), controller: 'aws-alb' }),
  isPod: () => false,
};
