/**
 * A resolver configuration (resolv.conf(5)) as the kubelet reads that of its node and writes that of a pod.
 * Source: kubernetes/kubernetes:pkg/kubelet/network/dns/dns.go parseResolvConf.
 */

/** The three lists of a resolv.conf. */
export interface ResolvConf {
  /** As they are written: nobody has looked whether they are addresses. */
  readonly nameservers: readonly string[];
  /** Domains in order. Those of a node's file have no final dot; those of a pod's dnsConfig may have one. */
  readonly searches: readonly string[];
  /** `ndots:5`, `rotate`: each name once. Their order means nothing. */
  readonly options: readonly string[];
}

/**
 * Reads a node's file: `nameserver` lines add up, the last `search` line counts, `options` add up and the last
 * value of a name counts. A lone dot in the search list is left out (all releases but 1.25.0), as are `domain`
 * and `sortlist`.
 * @returns undefined where a `nameserver` line has no address: such a kubelet starts no pod that needs the file.
 */
export function parseResolvConf(text: string): ResolvConf | undefined {
  const nameservers: string[] = [];
  let searches: readonly string[] = [];
  const options = new Map<string, string>();
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line.startsWith('#')) continue;
    const [keyword, ...words] = line.split(/\s+/);
    if (keyword === 'nameserver') {
      const [address] = words;
      if (address === undefined) return undefined;
      nameservers.push(address);
    }
    if (keyword === 'search') {
      searches = words.filter((word) => word !== '.').map((word) => word.replace(/\.$/, ''));
    }
    if (keyword === 'options') for (const option of words) options.set(optionName(option), option);
  }
  return { nameservers, searches, options: [...options.values()] };
}

/**
 * The file's text. The container runtime writes it, a list in a line and no line for an empty list
 * (containerd/containerd:internal/cri/server/podsandbox/sandbox_run_linux.go parseDNSOptions).
 */
export function printResolvConf({ nameservers, searches, options }: ResolvConf): string {
  const lines = [
    ...(searches.length === 0 ? [] : [`search ${searches.join(' ')}`]),
    ...nameservers.map((address) => `nameserver ${address}`),
    ...(options.length === 0 ? [] : [`options ${options.join(' ')}`]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** `ndots` of `ndots:5`. */
export function optionName(option: string): string {
  return option.split(':', 1)[0] ?? option;
}
