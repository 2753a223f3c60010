/**
 * PeerAuthentication of Istio: which TLS a workload asks of its clients.
 * Source: istio/api:security/v1beta1/peer_authentication.proto.
 */

import type { FieldPath } from '../../source/document.ts';
import { type Fields, readEnum, readMapping, readSection, reportInvalid } from '../fields.ts';
import { readWorkloadLabels } from '../istio-parts/selector.ts';
import type { K8sObject, KindReader, Labels } from '../object.ts';

export type PeerMode = 'DISABLE' | 'PERMISSIVE' | 'STRICT';

export interface PortMode {
  /** undefined: as the workload. */
  readonly mode?: PeerMode;
  readonly path: FieldPath;
}

export interface PeerAuthenticationBody {
  /** undefined: the whole namespace, or in the root namespace the whole mesh. */
  readonly selector?: Labels;
  /** undefined: inherited. */
  readonly mode?: PeerMode;
  /** By port of the workload. */
  readonly ports: ReadonlyMap<number, PortMode>;
}

export type PeerAuthenticationObject = K8sObject<'PeerAuthentication', PeerAuthenticationBody>;

const MODES = ['UNSET', 'DISABLE', 'PERMISSIVE', 'STRICT'] as const;

export const peerAuthenticationReader: KindReader<'PeerAuthentication', PeerAuthenticationBody> = {
  kind: 'PeerAuthentication',
  apiVersions: ['security.istio.io/v1', 'security.istio.io/v1beta1'],
  stillServed: ['security.istio.io/v1beta1'],
  namespaced: true,
  read: (fields) => {
    const spec = readSection(fields, 'spec');
    const selector = readWorkloadLabels(spec, 'selector');
    const mtls = readMapping(spec, 'mtls');
    const mode = mtls === undefined ? undefined : readMode(mtls);
    const ports = readPorts(readSection(spec, 'portLevelMtls'));
    if (ports.size > 0 && (selector === undefined || selector.size === 0)) {
      reportInvalid(spec, ['portLevelMtls'], {}, 'port level mtls is only allowed with a selector');
    }
    return {
      ...(selector === undefined || selector.size === 0 ? {} : { selector }),
      ...(mode === undefined ? {} : { mode }),
      ports,
    };
  },
};

function readMode(fields: Fields): PeerMode | undefined {
  const mode = readEnum(fields, 'mode', MODES);
  return mode === 'UNSET' ? undefined : mode;
}

function readPorts(section: Fields): ReadonlyMap<number, PortMode> {
  const ports = new Map<number, PortMode>();
  for (const key of Object.keys(section.raw)) {
    const port = Number(key);
    if (!Number.isInteger(port) || port < 1 || port > 65535) {
      reportInvalid(section, [key], key, 'must be a port number');
      continue;
    }
    const fields = readSection(section, key);
    const mode = readMode(fields);
    ports.set(port, { ...(mode === undefined ? {} : { mode }), path: fields.path });
  }
  return ports;
}
