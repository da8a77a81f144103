// Puts questions to the DNS, a bounded number at once, and tells what an answer without records means. Owns the resolver.
// What follows for a domain's mail is resolve-route.ts.

import { setMaxListeners } from 'node:events';
import { Resolver } from 'node:dns/promises';
import type { MxRecord } from 'node:dns';
import { Places } from '../platform/places.ts';
import { doubtNothing, type NothingQuestion } from './doubt-nothing.ts';

export interface DnsOptions {
  /** `ip` or `ip:port` each; empty for the system's. */
  readonly servers: readonly string[];
  /** For one question to one server; c-ares lengthens it from try to try. */
  readonly timeoutMs: number;
  readonly tries: number;
}

/** What is asked for, and what its records are. */
export interface DnsRecords {
  readonly MX: MxRecord;
  readonly A: string;
  readonly AAAA: string;
  readonly CNAME: string;
  /** A record's pieces. */
  readonly TXT: readonly string[];
  readonly PTR: string;
}

export type Answer<T> =
  | { readonly type: 'records'; readonly records: readonly [T, ...T[]] }
  /** NXDOMAIN. */
  | { readonly type: 'no-name' }
  /** No record at all, or so it seems: `isCertain` tells. */
  | { readonly type: 'no-record' }
  /** Records, but none of those asked for: an alias that was not followed. */
  | { readonly type: 'other-records' }
  /** It was not found out; in the words of the DNS. */
  | { readonly type: 'failed'; readonly word: string };

/** More than this in flight overflow the UDP buffer, and answers are lost (measured). */
const MAX_QUESTIONS_IN_FLIGHT = 100;

/** Answers of c-ares that say that there is no such name; the second is of names that no DNS can hold. */
const NO_NAME: ReadonlySet<string> = new Set(['ENOTFOUND', 'EBADNAME']);
const NO_RECORD = 'ENODATA';

export class DnsClient {
  readonly #resolver: Resolver;
  readonly #options: DnsOptions;
  readonly #places = new Places(MAX_QUESTIONS_IN_FLIGHT);
  readonly #closing = new AbortController();
  #questions = 0;

  constructor(options: DnsOptions) {
    this.#options = options;
    this.#resolver = new Resolver({ timeout: options.timeoutMs, tries: options.tries });
    if (options.servers.length > 0) this.#resolver.setServers(options.servers);
    setMaxListeners(0, this.#closing.signal); // each doubt in flight listens to it
  }

  /** Questions put to the DNS so far. */
  get questions(): number {
    return this.#questions;
  }

  /** Gives the answer; never rejects. */
  ask<Type extends keyof DnsRecords>(name: string, type: Type): Promise<Answer<DnsRecords[Type]>> {
    return this.#places.run(async () => {
      if (this.#closing.signal.aborted) return { type: 'failed', word: 'CANCELLED' };
      this.#questions++;
      try {
        const [first, ...rest] = (await this.#resolver.resolve(name, type)) as DnsRecords[Type][];
        return first === undefined
          ? { type: 'other-records' }
          : { type: 'records', records: [first, ...rest] };
      } catch (error) {
        return failedAnswer((error as NodeJS.ErrnoException).code ?? String(error));
      }
    });
  }

  /** Gives undefined when an answer of `no-record` is certain, else the word of the DNS for what it is instead. */
  doubtAbout(name: string, type: NothingQuestion): Promise<string | undefined> {
    return this.#places.run(async () => {
      const { timeoutMs, tries } = this.#options;
      const { signal } = this.#closing;
      if (signal.aborted) return 'CANCELLED';
      this.#questions++;
      const servers = this.#resolver.getServers();
      return doubtNothing(name, type, { servers, timeoutMs, tries, signal });
    });
  }

  /** Gives up all questions: they end as `failed`. */
  close(): void {
    this.#closing.abort();
    this.#resolver.cancel();
  }
}

function failedAnswer(code: string): Answer<never> {
  if (NO_NAME.has(code)) return { type: 'no-name' };
  if (code === NO_RECORD) return { type: 'no-record' };
  // `ESERVFAIL` as the DNS calls it: `SERVFAIL`.
  return { type: 'failed', word: /^E[A-Z]+$/.test(code) ? code.slice(1) : code };
}
