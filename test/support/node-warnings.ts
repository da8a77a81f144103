// What Node warns of while something is done, such as too many listeners: the program's stderr would carry it.

/** Gives the warnings of this process until `work` is over, that of its last turn among them. */
export async function warningsDuring(work: () => Promise<unknown>): Promise<readonly string[]> {
  const warnings: string[] = [];
  const note = ({ message }: Error): void => void warnings.push(message);
  process.on('warning', note);
  try {
    await work();
    await new Promise((resolve) => setImmediate(resolve)); // a warning is told in the next turn
  } finally {
    process.off('warning', note);
  }
  return warnings;
}
