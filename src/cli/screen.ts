// The terminal as a whole: its second screen, which leaves what stood there before as it was, and its keys. Draws only lines
// that changed, in one write, so that nothing flickers. Whatever ends the process, the terminal is put back.

const ENTER = '\u001B[?1049h\u001B[?25l\u001B[2J';
const LEAVE = '\u001B[?25h\u001B[?1049l';
// Terminals that know it show the whole change at once; the others pass over it.
const [BEGIN_CHANGE, END_CHANGE] = ['\u001B[?2026h', '\u001B[?2026l'];

export class Screen implements Disposable {
  readonly #out: NodeJS.WriteStream;
  readonly #in: NodeJS.ReadStream;
  readonly #onKey: (key: string) => void;
  readonly #onResize: () => void;
  #shown: readonly string[] = [];

  /** Takes the terminal over. `onKey` hears what is typed, `undefined` when there is nobody to type any more. */
  constructor(
    terminal: { readonly in: NodeJS.ReadStream; readonly out: NodeJS.WriteStream },
    listener: { readonly onKey: (key: string | undefined) => void; readonly onResize: () => void },
  ) {
    [this.#in, this.#out] = [terminal.in, terminal.out];
    this.#onKey = listener.onKey;
    this.#onResize = () => {
      this.#shown = [];
      this.#out.write('\u001B[2J');
      listener.onResize();
    };
    this.#in.setRawMode(true).setEncoding('utf8').on('data', this.#onKey).resume();
    this.#in.on('end', listener.onKey).on('error', listener.onKey);
    this.#out.on('resize', this.#onResize);
    process.on('exit', this.#restore);
    this.#out.write(ENTER);
  }

  get width(): number {
    return this.#out.columns;
  }

  get height(): number {
    return this.#out.rows;
  }

  /** Shows these lines from the top; what does not fit below is left out. */
  draw(lines: readonly string[]): void {
    const fitting = lines.slice(0, this.height);
    const change = changeOf(this.#shown, fitting);
    this.#shown = fitting;
    if (change !== '') this.#out.write(`${BEGIN_CHANGE}${change}${END_CHANGE}`);
  }

  [Symbol.dispose](): void {
    process.off('exit', this.#restore);
    this.#out.off('resize', this.#onResize);
    this.#in.off('data', this.#onKey).pause().unref();
    this.#restore();
  }

  readonly #restore = (): void => {
    this.#out.write(LEAVE);
    if (!this.#in.destroyed) this.#in.setRawMode(false);
  };
}

/** What has to be written so that `after` stands where `before` stood. */
export function changeOf(before: readonly string[], after: readonly string[]): string {
  const lines = after.flatMap((line, index) =>
    before[index] === line ? [] : [`\u001B[${index + 1};1H${line}\u001B[K`],
  );
  const rest = before.length > after.length ? [`\u001B[${after.length + 1};1H\u001B[J`] : [];
  return [...lines, ...rest].join('');
}
