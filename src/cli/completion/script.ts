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

/** A script that makes a shell ask `alstm complete` what a word may become; its last line says how to install it. */
export function completionScript(shell: Shell): string {
  const text = textOf(shell)
    // where alstm names no candidates, bash shows files, and it may load the script twice
    .replace('complete -F', 'complete -o default -F')
    .replace(/^readonly /gm, '');
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
