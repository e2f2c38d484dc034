import { script } from '@bomb.sh/tab';

export const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof shells)[number];

/** How to make a shell load the script each time it starts. */
const installing: Readonly<Record<Shell, string>> = {
  bash: "echo 'source <(alstm completion bash)' >> ~/.bashrc (needs the package bash-completion)",
  zsh: "echo 'source <(alstm completion zsh)' >> ~/.zshrc (after compinit)",
  fish: 'alstm completion fish > ~/.config/fish/completions/alstm.fish',
  powershell: 'Add-Content $PROFILE "alstm completion powershell | Out-String | Invoke-Expression"',
};

/**
 * What is other than in the package's scripts: where alstm names no candidates, bash shows files, and it may load the
 * script twice; and neither bash nor PowerShell runs what was typed so far, as `eval`, the words of `compgen -W` and a
 * curly quote would.
 */
const mended: readonly (readonly [from: string | RegExp, to: string])[] = [
  ['complete -F', 'complete -o default -F'],
  [/^readonly /gm, ''],
  [
    'out=$(eval "$requestComp" 2>/dev/null)',
    'out=$(alstm complete -- "${words[@]:1:cword}" 2>/dev/null)',
  ],
  [
    'COMPREPLY=( $(compgen -W "${completions[*]}" -- "$cur") )',
    'COMPREPLY=()\n' +
      '    for comp in "${completions[@]}"; do\n' +
      '        if [[ -n "$comp" && "$comp" == "$cur"* ]]; then COMPREPLY+=("$comp"); fi\n' +
      '    done',
  ],
  [`($_ -replace "'", "''")`, `($_ -replace "['\\u2018-\\u201b]", '$0$0')`],
];

/** A script that makes a shell ask `alstm complete` what a word may become; its last line says how to install it. */
export function completionScript(shell: Shell): string {
  const text = mended.reduce((script, [from, to]) => script.replace(from, () => to), textOf(shell));
  return `${text.trimEnd()}\n\n# To install: ${installing[shell]}\n`;
}

/** The package prints its scripts. */
function textOf(shell: Shell): string {
  const { log } = console;
  let text = '';
  console.log = (line: string) => void (text += `${line}\n`);
  try {
    script(shell, 'alstm', 'alstm');
  } finally {
    console.log = log;
  }
  return text;
}
