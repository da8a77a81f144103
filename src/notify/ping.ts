// Tells a monitoring service of the kind of healthchecks.io that a cycle began, that it is still alive, and how it ended, so
// that somebody notices a server that does nothing. One ping after the other, in this order and beside the work; what a ping
// comes to changes nothing, and is told once a cycle.

import { maskUrl } from '../platform/url-setting.ts';
import { type Send, send } from './send.ts';

/** A cycle may last for hours, and a service that hears nothing for so long takes the server for dead. */
const ALIVE_EVERY_MS = 60_000;

export interface PingerOptions {
  readonly url: string;
  readonly now: () => number;
  /** Hears of the first ping that was not taken. */
  readonly failed: (sentence: string) => void;
  readonly send?: Send;
}

export class Pinger {
  readonly #options: PingerOptions;
  #last: Promise<void> = Promise.resolve();
  #isUnderWay = 0;
  #pingedAt = 0;
  #hasFailed = false;

  constructor(options: PingerOptions) {
    this.#options = options;
  }

  /** `/start`. */
  began(): void {
    this.#ping('/start');
  }

  /** The URL itself, which stands for success; once a minute, however often it is called. */
  working(): void {
    const isDue = this.#options.now() - this.#pingedAt >= ALIVE_EVERY_MS;
    if (isDue && this.#isUnderWay === 0) this.#ping('');
  }

  /** `/0`, or whatever the cycle ended with. */
  ended(exitCode: number): void {
    this.#ping(`/${exitCode}`);
  }

  /** Resolves when the last ping was taken, or has failed. */
  async done(): Promise<void> {
    await this.#last;
  }

  #ping(what: string): void {
    this.#pingedAt = this.#options.now();
    this.#isUnderWay++;
    this.#last = this.#last.then(() => this.#send(what)).finally(() => this.#isUnderWay--);
  }

  async #send(what: string): Promise<void> {
    const { url, failed, send: sendOne = send } = this.#options;
    const sent = await sendOne({ url: pathBehind(url, what), method: 'GET' });
    if (sent.type === 'taken' || this.#hasFailed) return;
    this.#hasFailed = true;
    failed(`the ping to ${maskUrl(url)} was not taken: ${sent.why}`);
  }
}

/** Pings go to a path below the URL; what it asks for besides stays. */
function pathBehind(base: string, what: string): string {
  const url = new URL(base);
  if (what !== '') url.pathname = url.pathname.replace(/\/*$/, what);
  return url.href;
}
