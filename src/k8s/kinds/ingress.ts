/**
 * Ingress: hosts and paths to Services. What the API server would refuse is reported in its words and left
 * out. Source: kubernetes/kubernetes:pkg/apis/networking/validation/validation.go.
 */

import type { FieldPath } from '../../source/document.ts';
import {
  type Fields,
  pickStrings,
  readEnum,
  readMapping,
  readMappings,
  readPort,
  readPortOrName,
  readSection,
  readString,
  readValidStrings,
  reportInvalid,
  reportRequired,
} from '../fields.ts';
import { hostComplaint, serviceNameComplaint } from '../name-forms.ts';
import type { K8sObject, KindReader } from '../object.ts';

export type PathType = 'Exact' | 'Prefix' | 'ImplementationSpecific';

export interface IngressServiceBackend {
  readonly service: string;
  /** A port of the Service, by number or by name. */
  readonly port: number | string;
  readonly path: FieldPath;
}

/** `resource`: an object of another kind, which few controllers serve. */
export type IngressBackend =
  | ({ readonly kind: 'service' } & IngressServiceBackend)
  | { readonly kind: 'resource'; readonly path: FieldPath };

export interface IngressPath {
  /** Empty where none is written. */
  readonly path: string;
  readonly pathType: PathType;
  readonly backend: IngressBackend;
  /** Where it stands, relative to the object: `spec.rules[0].http.paths[0]`. */
  readonly at: FieldPath;
}

export interface IngressRule {
  /** Lower case; empty: every host. */
  readonly host: string;
  /** undefined: the rule has no `http`, so that all of the host goes to the default backend. */
  readonly paths?: readonly IngressPath[];
  readonly at: FieldPath;
}

export interface IngressTls {
  readonly hosts: readonly string[];
  /** Empty where none is written. */
  readonly secretName: string;
  readonly at: FieldPath;
}

export interface IngressBody {
  readonly ingressClassName?: string;
  readonly defaultBackend?: IngressBackend;
  readonly rules: readonly IngressRule[];
  readonly tls: readonly IngressTls[];
  /** status.loadBalancer.ingress: addresses and host names. */
  readonly addresses: readonly string[];
}

export type IngressObject = K8sObject<'Ingress', IngressBody>;

const PATH_TYPES: readonly PathType[] = ['Exact', 'Prefix', 'ImplementationSpecific'];
const BAD_PARTS = ['//', '/./', '/../', '%2f', '%2F'];
const BAD_ENDS = ['/..', '/.'];

export const ingressReader: KindReader<'Ingress', IngressBody> = {
  kind: 'Ingress',
  apiVersions: ['networking.k8s.io/v1', 'networking.k8s.io/v1beta1', 'extensions/v1beta1'],
  namespaced: true,
  read: (fields) => {
    const form = fields.raw['apiVersion'] === 'networking.k8s.io/v1' ? V1 : V1BETA1;
    const spec = readSection(fields, 'spec');
    const defaultBackend = readMapping(spec, form.defaultBackend);
    const backend = defaultBackend === undefined ? undefined : form.readBackend(defaultBackend);
    const rules = readMappings(spec, 'rules').flatMap((rule) => readRule(rule, form));
    if (defaultBackend === undefined && readMappings(spec, 'rules').length === 0) {
      reportInvalid(spec, [], [], 'either `defaultBackend` or `rules` must be specified');
    }
    return {
      ...pickStrings(spec, ['ingressClassName']),
      ...(backend === undefined ? {} : { defaultBackend: backend }),
      rules,
      tls: readMappings(spec, 'tls').map(readTls),
      addresses: readMappings(readSection(readSection(fields, 'status'), 'loadBalancer'), 'ingress').flatMap(
        (entry) => readString(entry, 'ip') || readString(entry, 'hostname') || [],
      ),
    };
  },
};

/** What the versions spell otherwise. */
interface Form {
  readonly defaultBackend: 'defaultBackend' | 'backend';
  readonly pathTypeRequired: boolean;
  readBackend(fields: Fields): IngressBackend | undefined;
}

const V1: Form = { defaultBackend: 'defaultBackend', pathTypeRequired: true, readBackend };
/** Until Kubernetes 1.22: `serviceName` and `servicePort`, and ImplementationSpecific where no type is written. */
const V1BETA1: Form = { defaultBackend: 'backend', pathTypeRequired: false, readBackend: readOldBackend };

function readRule(fields: Fields, form: Form): readonly IngressRule[] {
  const host = readString(fields, 'host') ?? '';
  const complaint = host === '' ? undefined : hostComplaint(host);
  if (complaint !== undefined) {
    reportInvalid(fields, ['host'], host, complaint);
    return [];
  }
  const http = readMapping(fields, 'http');
  if (http === undefined) return [{ host, at: fields.path }];
  const paths = readMappings(http, 'paths');
  if (paths.length === 0) reportRequired(http, 'paths');
  return [{ host, paths: paths.flatMap((path) => readPath(path, form)), at: fields.path }];
}

function readPath(fields: Fields, form: Form): readonly IngressPath[] {
  const path = readString(fields, 'path') ?? '';
  const pathType = readPathType(fields, form);
  const backend = readMapping(fields, 'backend');
  if (backend === undefined)
    reportInvalid(fields, ['backend'], '', 'resource or service backend is required');
  const target = backend === undefined ? undefined : form.readBackend(backend);
  if (pathType === undefined || target === undefined) return [];
  const complaint = pathComplaint(path, pathType);
  if (complaint === undefined) return [{ path, pathType, backend: target, at: fields.path }];
  reportInvalid(fields, ['path'], path, complaint);
  return [];
}

function readPathType(fields: Fields, { pathTypeRequired }: Form): PathType | undefined {
  const written = fields.raw['pathType'];
  if (written !== undefined && written !== null) return readEnum(fields, 'pathType', PATH_TYPES);
  if (!pathTypeRequired) return 'ImplementationSpecific';
  reportRequired(fields, 'pathType', 'pathType must be specified');
  // What most controllers take it for; the object would be refused.
  return 'ImplementationSpecific';
}

function pathComplaint(path: string, pathType: PathType): string | undefined {
  if (pathType === 'ImplementationSpecific') {
    return path === '' || path.startsWith('/') ? undefined : 'must be an absolute path';
  }
  if (!path.startsWith('/')) return 'must be an absolute path';
  const part = BAD_PARTS.find((each) => path.includes(each));
  if (part !== undefined) return `must not contain '${part}'`;
  const end = BAD_ENDS.find((each) => path.endsWith(each));
  return end === undefined ? undefined : `cannot end with '${end}'`;
}

function readBackend(fields: Fields): IngressBackend | undefined {
  const service = readMapping(fields, 'service');
  const isResource = readMapping(fields, 'resource') !== undefined;
  if (service === undefined) {
    if (isResource) return { kind: 'resource', path: fields.path };
    reportInvalid(fields, [], '', 'resource or service backend is required');
    return undefined;
  }
  if (isResource) {
    reportInvalid(fields, [], '', 'cannot set both resource and service backends');
    return undefined;
  }
  const port = readBackendPort(fields, readSection(service, 'port'));
  return serviceBackend(service, 'name', port);
}

function readBackendPort(backend: Fields, fields: Fields): number | string | undefined {
  const name = readString(fields, 'name') ?? '';
  const { number: written } = fields.raw as { readonly number?: unknown };
  const number = written === 0 ? undefined : readPort(fields, 'number');
  if (name !== '' && number !== undefined) {
    reportInvalid(backend, [], '', 'cannot set both port name & port number');
    return undefined;
  }
  if (name === '' && number === undefined) reportRequired(backend, '', 'port name or number is required');
  return number ?? (name === '' ? undefined : name);
}

function readOldBackend(fields: Fields): IngressBackend | undefined {
  return serviceBackend(fields, 'serviceName', readPortOrName(fields, 'servicePort'));
}

function serviceBackend(
  fields: Fields,
  key: string,
  port: number | string | undefined,
): IngressBackend | undefined {
  const service = readString(fields, key) ?? '';
  const complaint = service === '' ? undefined : serviceNameComplaint(service);
  if (service === '') reportRequired(fields, key);
  else if (complaint !== undefined) reportInvalid(fields, [key], service, complaint);
  if (service === '' || complaint !== undefined || port === undefined) return undefined;
  return { kind: 'service', service, port, path: fields.path };
}

function readTls(fields: Fields): IngressTls {
  const hosts = readValidStrings(fields, 'hosts', hostComplaint);
  return { hosts, secretName: readString(fields, 'secretName') ?? '', at: fields.path };
}
