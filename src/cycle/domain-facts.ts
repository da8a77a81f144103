// What a cycle knows of domains: facts that the database had, and what its own control recipients taught. A fact
// holds for the hosts it was learned of; with another MX set it is none. Memory is bounded by the number of domains
// kept, whatever the length of the lists; one that was dropped is loaded again.

import { parseAddress } from '../domain/address.ts';
import type { CatchAll } from '../domain/catch-all.ts';
import { cleanLine } from '../domain/clean-text.ts';
import { FACT_SECONDS, MAX_FACT_EVIDENCE, mxSetOf, type DomainFact } from '../domain/domain-fact.ts';
import type { Result } from '../domain/result.ts';
import type { Route } from '../domain/route.ts';
import type { Store } from '../store/store.ts';

const MAX_DOMAINS_KEPT = 50_000;

interface Known {
  readonly mxSet: string;
  readonly catchAll: CatchAll | undefined;
  /** When it is no longer believed, by our clock. */
  readonly until: number;
}

export interface DomainFactsOptions {
  readonly store: Pick<Store, 'loadDomainFacts'>;
  readonly server: string;
  readonly now: () => number;
  readonly maxDomains?: number | undefined;
}

export class DomainFacts {
  readonly #options: DomainFactsOptions;
  readonly #known = new Map<string, Known>();

  constructor(options: DomainFactsOptions) {
    this.#options = options;
  }

  /** Makes known what the database knows of these domains and today's hosts; asks once a domain. */
  async load(routes: ReadonlyMap<string, Route>): Promise<void> {
    const mxSets = new Map<string, string>();
    for (const [domain, route] of routes) {
      if (route.type !== 'hosts') continue;
      const mxSet = mxSetOf(route.hosts);
      if (this.#known.get(domain)?.mxSet !== mxSet) mxSets.set(domain, mxSet);
    }
    if (mxSets.size === 0) return;
    const { store, now } = this.#options;
    const facts = await store.loadDomainFacts([...mxSets.keys()]);
    const loaded = new Map(facts.map((fact) => [fact.domain, fact]));
    for (const [domain, mxSet] of mxSets) {
      const fact = loaded.get(domain);
      const holds = fact !== undefined && fact.mxSet === mxSet;
      const until = now() + (holds ? fact.secondsLeft * 1000 : 0);
      this.#keep(domain, { mxSet, catchAll: holds ? fact.catchAll : undefined, until });
    }
  }

  catchAllOf(domain: string): CatchAll | undefined {
    const known = this.#known.get(domain);
    return known !== undefined && known.until > this.#options.now() ? known.catchAll : undefined;
  }

  /**
   * Takes what control recipients taught, and gives the facts to be written. `results` are those that came with it:
   * the evidence stands in them. A control recipient that was only put off, or got no reply, taught nothing: it is
   * asked again, since that is how it passes greylisting.
   */
  learn(catchAll: Readonly<Record<string, CatchAll>>, results: readonly Result[]): readonly DomainFact[] {
    const learned = Object.entries(catchAll);
    if (learned.length === 0) return [];
    const answers = controlAnswers(results);
    return learned.flatMap(([domain, answer]) => {
      const said = answers.get(domain);
      const mxSet = this.#known.get(domain)?.mxSet;
      if (answer === 'unknown' && (said === undefined || said.code < 500)) return [];
      if (mxSet === undefined) return [];
      this.#keep(domain, {
        mxSet,
        catchAll: answer,
        until: this.#options.now() + FACT_SECONDS[answer] * 1000,
      });
      return {
        domain,
        catchAll: answer,
        mxSet,
        evidence: said === undefined ? '' : cleanLine(`${said.code} ${said.text}`, MAX_FACT_EVIDENCE),
        server: this.#options.server,
      };
    });
  }

  #keep(domain: string, known: Known): void {
    this.#known.delete(domain); // so that the oldest go first
    this.#known.set(domain, known);
    if (this.#known.size > (this.#options.maxDomains ?? MAX_DOMAINS_KEPT))
      this.#known.delete(this.#known.keys().next().value!);
  }
}

function controlAnswers(
  results: readonly Result[],
): ReadonlyMap<string, { readonly code: number; readonly text: string }> {
  const answers = new Map<string, { readonly code: number; readonly text: string }>();
  for (const { email, controlCode: code, controlText: text = '' } of results) {
    if (code === undefined) continue;
    const address = parseAddress(email);
    if (!('problem' in address)) answers.set(address.domain, { code, text });
  }
  return answers;
}
