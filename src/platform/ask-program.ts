// Asks a program of this machine something: runs it without a shell and gives what it prints.

import { execFile } from 'node:child_process';

export type ProgramAnswer =
  | { readonly type: 'said'; readonly text: string }
  /** It is not there, was too slow, or ended with a complaint. */
  | { readonly type: 'failed'; readonly why: string };

/** `input` is what it reads. Never rejects. */
export function askProgram(
  program: string,
  args: readonly string[],
  limitMs: number,
  input = '',
): Promise<ProgramAnswer> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { timeout: limitMs }, (error, stdout, stderr) => {
      if (error === null) return resolve({ type: 'said', text: stdout });
      const [complaint = ''] = stderr.trim().split('\n');
      const isMissing = 'code' in error && error.code === 'ENOENT';
      const why = complaint === '' ? error.message : complaint;
      resolve({ type: 'failed', why: isMissing ? `${program} is not installed` : why });
    });
    child.stdin?.on('error', () => undefined); // it need not read: what it says counts
    child.stdin?.end(input);
  });
}
