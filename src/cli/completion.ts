// The command `completion`: prints what a shell needs to complete our command line. Made from the definitions of the commands,
// so it knows what they know.

import { bashCompletion } from './completion-bash.ts';
import { fishCompletion } from './completion-fish.ts';
import { zshCompletion } from './completion-zsh.ts';
import type { CommandTree } from './command-tree.ts';
import { withChoicesAsCommands } from './shell-words.ts';

const MAKERS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;
export type Shell = keyof typeof MAKERS;

/** The script for a shell. */
export function completionScript(shell: Shell, tree: CommandTree): string {
  return MAKERS[shell](withChoicesAsCommands(tree));
}
