/** `k8snet completion`: a script that makes a shell ask `k8snet complete` for the words that fit. */

import type { Command } from '../command.ts';

const SCRIPTS = {
  bash: `_k8snet() {
  local IFS=$'\\n'
  COMPREPLY=($(k8snet complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _k8snet k8snet
`,
  zsh: `#compdef k8snet
_k8snet() {
  local -a found
  found=("\${(@f)$(k8snet complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -- "\${found[@]}"; else _files; fi
}
compdef _k8snet k8snet
`,
  fish: `function __k8snet_complete
  set -l words (commandline -opc) (commandline -ct)
  k8snet complete -- $words[2..-1] 2>/dev/null
end
complete -c k8snet -a '(__k8snet_complete)'
`,
} as const;

type Shell = keyof typeof SCRIPTS;

const HELP = `
Examples:
  source <(k8snet completion bash)
      in ~/.bashrc
  source <(k8snet completion zsh)
      in ~/.zshrc, behind compinit
  k8snet completion fish > ~/.config/fish/completions/k8snet.fish`;

export const completionCommand: Command = {
  description: 'Prints a script that completes commands, options, and references of the current folder.',
  arguments: [{ name: '<shell>', text: 'which shell', choices: Object.keys(SCRIPTS) }],
  options: [],
  help: HELP,
  async run(io, { values: [shell] }) {
    io.out(SCRIPTS[shell as Shell]);
    return 0;
  },
};
