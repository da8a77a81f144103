// Lets a loop sleep until something happened, or a while has passed. Rings that come while nobody waits are kept.

export class Doorbell {
  #hasRung = false;
  #open: (() => void) | undefined;

  ring(): void {
    this.#hasRung = true;
    this.#open?.();
  }

  /** Resolves at the next ring, at once if it rang since the last call, or after `limitMs`. */
  async rung(limitMs: number): Promise<void> {
    if (!this.#hasRung) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#open = resolve;
        timer = setTimeout(resolve, limitMs);
      });
      clearTimeout(timer);
    }
    this.#hasRung = false;
    this.#open = undefined;
  }
}
