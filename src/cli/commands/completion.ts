// The command line of `completion`.

import { Argument, type Command } from 'commander';
import type { Shell } from '../completion.ts';
import { DEFAULT_COMMAND } from './run.ts';
import { examples } from './option-values.ts';

export function completion(program: Command): void {
  program
    .command('completion')
    .description('print what a shell needs to complete this command line')
    .addArgument(new Argument('<shell>', 'whose').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'before',
      examples(
        'source <(smtp-validate-cron completion bash)     # in ~/.bashrc',
        'source <(smtp-validate-cron completion zsh)      # in ~/.zshrc, behind compinit',
        'smtp-validate-cron completion fish | source      # in config.fish',
        'smtp-validate-cron completion bash > /etc/bash_completion.d/smtp-validate-cron',
      ),
    )
    .action(async (shell: Shell) => {
      const [{ completionScript }, { commandTree, withDefaultCommand }, { printLine }] = await Promise.all([
        import('../completion.ts'),
        import('../command-tree.ts'),
        import('../output.ts'),
      ]);
      const tree = withDefaultCommand(commandTree(program), DEFAULT_COMMAND);
      await printLine(completionScript(shell, tree).trimEnd());
    });
}
