/**
 * Settings of the whole mesh: the profile's, else those of the ConfigMap `istio` (key `mesh`), else Istio's own.
 * Source: istio/istio:pkg/config/mesh/mesh.go DefaultMeshConfig, istio/api:mesh/v1alpha1/config.proto.
 * Rule: docs/semantics/istio.md 1.1.
 */

import type { Cluster } from '../../cluster/cluster.ts';
import { configFields } from '../../cluster/facts/fact.ts';
import type { Report } from '../../diagnostics/diagnostic.ts';
import {
  type Fields,
  readBoolean,
  readEnum,
  readMapping,
  readString,
  readStrings,
} from '../../k8s/fields.ts';
import { type Retries, readRetries } from '../../k8s/istio-parts/retries.ts';
import type { OutboundMode } from '../../k8s/kinds/sidecar.ts';
import type { SourceRef } from '../../source/ref.ts';
import { PATH_NORMALIZATIONS, type PathNormalization } from './normalized-uri.ts';

export interface MeshSettings {
  /** Where configuration counts for the whole mesh. */
  readonly rootNamespace: string;
  readonly outbound: OutboundMode;
  readonly autoMtls: boolean;
  readonly trustDomain: string;
  readonly exportTo: {
    readonly services: readonly string[];
    readonly virtualServices: readonly string[];
    readonly destinationRules: readonly string[];
  };
  /** undefined: Istio's own. */
  readonly retries?: Retries;
  readonly pathNormalization: PathNormalization;
  /** `major.minor`. */
  readonly version: string;
  /** The ConfigMap's text; undefined: nobody wrote any. */
  readonly at?: SourceRef;
}

const DEFAULT_ROOT = 'istio-system';
const DEFAULT_VERSION = '1.30';
const CONFIG_MAP = 'istio';

/** The settings that count for a cluster. */
export function meshSettings({ objects, profile }: Cluster, report: Report): MeshSettings {
  const { istio, clusterDomain } = profile;
  const home = istio.rootNamespace ?? DEFAULT_ROOT;
  const configMap = objects
    .otherOfKind('ConfigMap')
    .findLast(
      (object) => mayBeNamed(object.origin) && object.name === CONFIG_MAP && object.namespace === home,
    );
  const [fields] = configMap === undefined ? [] : configFields(configMap, 'mesh', report);
  const written = fields === undefined ? undefined : readMesh(fields);
  return {
    rootNamespace: istio.rootNamespace ?? written?.rootNamespace ?? DEFAULT_ROOT,
    outbound: istio.outboundTrafficPolicy ?? written?.outbound ?? 'ALLOW_ANY',
    autoMtls: istio.autoMtls ?? written?.autoMtls ?? true,
    trustDomain: written?.trustDomain ?? clusterDomain,
    exportTo: written?.exportTo ?? { services: [], virtualServices: [], destinationRules: [] },
    ...(written?.retries === undefined ? {} : { retries: written.retries }),
    pathNormalization: written?.pathNormalization ?? 'DEFAULT',
    version: istio.version ?? DEFAULT_VERSION,
    ...(fields === undefined ? {} : { at: fields.origin }),
  };
}

/** A document without the word is not the ConfigMap, and need not be parsed. */
function mayBeNamed({ document, path }: SourceRef): boolean {
  const { start, end } = document.span;
  return path.length > 0 || document.file.text.slice(start, end).includes(CONFIG_MAP);
}

function readMesh(fields: Fields): Partial<MeshSettings> {
  const policy = readMapping(fields, 'outboundTrafficPolicy');
  const outbound =
    policy === undefined ? undefined : readEnum(policy, 'mode', ['REGISTRY_ONLY', 'ALLOW_ANY'] as const);
  const autoMtls = readBoolean(fields, 'enableAutoMtls');
  const rootNamespace = readString(fields, 'rootNamespace');
  const trustDomain = readString(fields, 'trustDomain');
  const retries = readRetries(fields, 'defaultHttpRetryPolicy');
  const paths = readMapping(fields, 'pathNormalization');
  const pathNormalization =
    paths === undefined ? undefined : readEnum(paths, 'normalization', PATH_NORMALIZATIONS);
  return {
    ...(outbound === undefined ? {} : { outbound }),
    ...(autoMtls === undefined ? {} : { autoMtls }),
    ...(rootNamespace === undefined ? {} : { rootNamespace }),
    ...(trustDomain === undefined ? {} : { trustDomain }),
    exportTo: {
      services: readStrings(fields, 'defaultServiceExportTo'),
      virtualServices: readStrings(fields, 'defaultVirtualServiceExportTo'),
      destinationRules: readStrings(fields, 'defaultDestinationRuleExportTo'),
    },
    ...(retries === undefined ? {} : { retries }),
    ...(pathNormalization === undefined ? {} : { pathNormalization }),
  };
}
