// One line on a terminal that is drawn over itself. Elsewhere there is none.

import { canRedraw } from '../platform/environment.ts';

const DRAW_EVERY_MS = 200;

export interface RedrawnLine extends Disposable {
  /** Draws the line; calls within DRAW_EVERY_MS of the last drawing are left out. */
  draw(lineAt: (now: number) => string): void;
  /** Wipes the line. */
  close(): void;
}

/** Opens the line on a terminal; undefined where there is none. */
export function openRedrawnLine(out: NodeJS.WriteStream): RedrawnLine | undefined {
  if (!canRedraw(out)) return undefined;
  let drawnAt = 0;
  const close = (): void => {
    if (drawnAt > 0) out.write('\r\u001B[K');
    drawnAt = 0;
  };
  return {
    draw(lineAt) {
      const now = Date.now();
      if (now - drawnAt < DRAW_EVERY_MS) return;
      drawnAt = now;
      out.write(`\r\u001B[K${lineAt(now)}`);
    },
    close,
    [Symbol.dispose]: close,
  };
}
