/** Property tests draw the same cases in every run; `K8SNET_SEED=N npm test` draws others. */

import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['K8SNET_SEED'] ?? 1) });
