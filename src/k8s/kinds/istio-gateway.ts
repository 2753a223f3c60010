/**
 * Gateway of Istio (networking.istio.io): the ports and hosts that gateway proxies listen on. The Gateway API
 * has a kind of the same name. Source: istio/api:networking/v1alpha3/gateway.proto,
 * istio/istio:pkg/config/validation/gateway.go.
 */

import type { FieldPath } from '../../source/document.ts';
import {
  type Fields,
  readBoolean,
  readEnum,
  readMapping,
  readMappings,
  readSection,
  readString,
  readStringMap,
  readStrings,
  reportRequired,
  requirePort,
  requireString,
} from '../fields.ts';
import type { K8sObject, KindReader, Labels } from '../object.ts';

export type ServerTlsMode =
  | 'PASSTHROUGH'
  | 'SIMPLE'
  | 'MUTUAL'
  | 'AUTO_PASSTHROUGH'
  | 'ISTIO_MUTUAL'
  | 'OPTIONAL_MUTUAL';

export interface ServerTls {
  readonly mode: ServerTlsMode;
  readonly httpsRedirect: boolean;
  /** Empty: none. */
  readonly credentialName: string;
}

export interface GatewayServer {
  readonly port: number;
  readonly portName: string;
  /** In upper case: `HTTP`, `HTTPS`, `TLS`. */
  readonly protocol: string;
  /** As written: `host`, `namespace/host`. */
  readonly hosts: readonly string[];
  readonly tls?: ServerTls;
  readonly bind: string;
  readonly path: FieldPath;
}

export interface IstioGatewayBody {
  /** Labels of the gateway pods; undefined: every gateway. */
  readonly selector?: Labels;
  readonly servers: readonly GatewayServer[];
}

export type IstioGatewayObject = K8sObject<'IstioGateway', IstioGatewayBody>;

const TLS_MODES = [
  'PASSTHROUGH',
  'SIMPLE',
  'MUTUAL',
  'AUTO_PASSTHROUGH',
  'ISTIO_MUTUAL',
  'OPTIONAL_MUTUAL',
] as const;

export const istioGatewayReader: KindReader<'IstioGateway', IstioGatewayBody> = {
  kind: 'IstioGateway',
  writtenKind: 'Gateway',
  apiVersions: ['networking.istio.io/v1', 'networking.istio.io/v1beta1', 'networking.istio.io/v1alpha3'],
  stillServed: ['networking.istio.io/v1beta1', 'networking.istio.io/v1alpha3'],
  namespaced: true,
  read: (fields) => {
    const spec = readSection(fields, 'spec');
    const selector = readStringMap(spec, 'selector');
    const servers = readMappings(spec, 'servers');
    if (servers.length === 0) reportRequired(spec, 'servers', 'gateway must have at least one server');
    return { ...(selector.size === 0 ? {} : { selector }), servers: servers.flatMap(readServer) };
  },
};

function readServer(fields: Fields): readonly GatewayServer[] {
  const portFields = readMapping(fields, 'port');
  if (portFields === undefined) reportRequired(fields, 'port');
  const port = portFields === undefined ? undefined : requirePort(portFields, 'number');
  const protocol = portFields === undefined ? undefined : requireString(portFields, 'protocol');
  const hosts = readStrings(fields, 'hosts');
  if (hosts.length === 0) reportRequired(fields, 'hosts', 'server config must contain at least one host');
  if (portFields === undefined || port === undefined || protocol === undefined) return [];
  const tls = readTls(fields);
  reportTlsGaps(fields, protocol.toUpperCase(), tls);
  return [
    {
      port,
      portName: readString(portFields, 'name') ?? '',
      protocol: protocol.toUpperCase(),
      hosts,
      ...(tls === undefined ? {} : { tls }),
      bind: readString(fields, 'bind') ?? '',
      path: fields.path,
    },
  ];
}

function readTls(fields: Fields): ServerTls | undefined {
  const tls = readMapping(fields, 'tls');
  if (tls === undefined) return undefined;
  return {
    mode: readEnum(tls, 'mode', TLS_MODES) ?? 'PASSTHROUGH',
    httpsRedirect: readBoolean(tls, 'httpsRedirect') ?? false,
    credentialName: readString(tls, 'credentialName') ?? '',
  };
}

function reportTlsGaps(fields: Fields, protocol: string, tls: ServerTls | undefined): void {
  if ((protocol === 'HTTPS' || protocol === 'TLS') && tls === undefined) {
    reportRequired(fields, 'tls', 'server must have TLS settings for HTTPS/TLS protocols');
  }
}
