/** Rules of the cluster-wide policy kinds: an action, peers that must be there, ports. */

import { type Fields, reportInvalid, reportRequired, requireEnum } from '../fields.ts';
import { checkLength, readItems, unreadable } from './items.ts';
import type { PeerPart, PolicyAction, PortPart, RulePart } from './parts.ts';
import { type PeerField, readClusterPeer, readRuleName } from './subject.ts';

/** How one API writes its rules. */
export interface RuleForm {
  /** The API's words for what a rule does. */
  readonly actions: Readonly<Record<string, PolicyAction>>;
  readonly portsKey: string;
  readonly readPort: (fields: Fields) => PortPart;
  /** Most rules of a direction, peers of a rule, ports of a rule. */
  readonly most: { readonly rules: number; readonly peers: number; readonly ports: number };
  readonly mostCidrs: number;
  readonly egressFields: readonly PeerField[];
}

const INGRESS_FIELDS: readonly PeerField[] = ['namespaces', 'pods'];

/** The rules of one direction, in order. One that cannot be read denies everything. */
export function readClusterRules(
  spec: Fields,
  key: 'ingress' | 'egress',
  form: RuleForm,
): readonly RulePart[] {
  checkLength(spec, key, form.most.rules);
  const rules = readItems(spec, key, (rule) => readClusterRule(rule, key, form)) ?? [];
  return rules.map((rule) => ('kind' in rule ? { action: 'deny', path: rule.path } : rule));
}

/**
 * What cannot be read fails closed: with a peer or port that is not known an Accept matches nothing there, a
 * Deny or Pass denies everything (kubernetes-sigs/network-policy-api:apis/v1alpha2 on unknown fields). The
 * second is made when rules are compiled.
 */
function readClusterRule(fields: Fields, key: 'ingress' | 'egress', form: RuleForm): RulePart {
  const word = requireEnum(fields, 'action', Object.keys(form.actions));
  const action = word === undefined ? 'deny' : (form.actions[word] ?? 'deny');
  const peersKey = key === 'ingress' ? 'from' : 'to';
  const peers = readPeers(fields, peersKey, {
    fields: key === 'ingress' ? INGRESS_FIELDS : form.egressFields,
    mostCidrs: form.mostCidrs,
    domains: action === 'allow' ? 'allowed' : 'forbidden',
    most: form.most.peers,
  });
  checkLength(fields, form.portsKey, form.most.ports);
  const ports = readItems(fields, form.portsKey, form.readPort);
  return {
    action,
    ...readRuleName(fields),
    peers: word === undefined ? [unreadable(fields, 'action')] : peers,
    ...(ports === undefined || ports.length === 0 ? {} : { ports }),
    path: fields.path,
  };
}

interface PeersForm {
  readonly fields: readonly PeerField[];
  readonly mostCidrs: number;
  readonly domains: 'allowed' | 'forbidden';
  readonly most: number;
}

function readPeers(fields: Fields, key: string, form: PeersForm): readonly PeerPart[] {
  checkLength(fields, key, form.most);
  const peers = readItems(fields, key, (peer) => readClusterPeer(peer, form));
  if (peers === undefined) reportRequired(fields, key);
  else if (peers.length === 0) reportInvalid(fields, [key], [], `must have at least 1 items`);
  const read = peers?.flat() ?? [];
  return read.length === 0 ? [unreadable(fields, key)] : read;
}
