/** `mesh.istio:` of the profile. */

import { type Fields, readBoolean, readString } from '../k8s/fields.ts';
import type { IstioProfile } from './profile.ts';
import { readWord } from './profile-words.ts';

/** Only what is given: the rest is told by the mesh's own configuration. */
export function readIstioProfile(fields: Fields): IstioProfile {
  const version = readString(fields, 'version');
  const rootNamespace = readString(fields, 'rootNamespace');
  const outboundTrafficPolicy = readWord(fields, 'outboundTrafficPolicy', [
    'ALLOW_ANY',
    'REGISTRY_ONLY',
  ] as const);
  const autoMtls = readBoolean(fields, 'autoMtls');
  return {
    ...(version === undefined ? {} : { version }),
    ...(rootNamespace === undefined ? {} : { rootNamespace }),
    ...(outboundTrafficPolicy === undefined ? {} : { outboundTrafficPolicy }),
    ...(autoMtls === undefined ? {} : { autoMtls }),
  };
}
