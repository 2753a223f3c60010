/**
 * What manifests show of Antrea: the agent's configuration in ConfigMap antrea-config, its DaemonSet.
 * Source: antrea-io/antrea:pkg/config/agent/config.go.
 */

import type { Cluster } from '../../cluster/cluster.ts';
import { readNested } from '../../source/nested.ts';
import { refTo } from '../../source/ref.ts';
import type { CniEvidence } from '../cni.ts';
import { agentOf, configMapOf, fieldOf, mappingAt, textAt } from './marks.ts';

const AGENT = /(^|\/)antrea\/antrea-(agent|ubuntu|ubi)/;
const KEY = 'antrea-agent.conf';

export function detectAntrea(cluster: Cluster): CniEvidence | undefined {
  const config = configMapOf(cluster, 'antrea-config');
  const text = config?.data.get(KEY);
  if (config === undefined || text === undefined) {
    const agent = agentOf(cluster, AGENT);
    return agent === undefined ? undefined : { origin: agent.origin };
  }
  const origin = refTo(config.origin, KEY);
  const [document] = readNested(origin, text, () => undefined);
  return { ...evidenceIn(document?.value), origin };
}

function evidenceIn(config: unknown): CniEvidence {
  const [port, mtu] = [positiveAt(config, 'tunnelPort'), positiveAt(config, 'defaultMTU')];
  const tunnelType = (textAt(config, 'tunnelType') ?? 'geneve').toLowerCase();
  const mode = (textAt(config, 'trafficEncapMode') ?? 'encap').toLowerCase();
  const unmodelled = unmodelledForm(config);
  const options = {
    ...(mode === 'hybrid' ? { tunnelType } : {}),
    ...(port === undefined ? {} : { tunnelPort: port }),
    ...(fieldOf(config, 'noSNAT') === true ? { noSNAT: true } : {}),
  };
  return {
    backend: unmodelled ?? (mode === 'encap' ? tunnelType : mode),
    options,
    ...(mtu === undefined ? {} : { mtu }),
  };
}

/** A form whose walk is another one. */
function unmodelledForm(config: unknown): string | undefined {
  const encryption = textAt(config, 'trafficEncryptionMode') ?? 'none';
  if (encryption.toLowerCase() !== 'none') return `with ${encryption}`;
  const proxy = mappingAt(config, 'antreaProxy');
  if (proxy['proxyAll'] === true) return 'with proxyAll';
  if (proxy['enable'] === false || mappingAt(config, 'featureGates')['AntreaProxy'] === false) {
    return 'without AntreaProxy';
  }
  return fieldOf(config, 'enableBridgingMode') === true ? 'with bridging' : undefined;
}

function positiveAt(config: unknown, key: string): number | undefined {
  const value = fieldOf(config, key);
  return typeof value === 'number' && value > 0 ? value : undefined;
}
