// The table svc_domain: what is known of domains, shared by all servers. A fact counts until it expires, on the
// database's clock; the freshest replaces what was known before. For which hosts it holds is the reader's to compare.

import type { CatchAll } from '../domain/catch-all.ts';
import { type DomainFact, FACT_SECONDS } from '../domain/domain-fact.ts';
import { type Driver, pieces, placeholders } from './driver.ts';

/** A fact that still counts. */
export interface LoadedFact {
  readonly domain: string;
  readonly catchAll: CatchAll;
  readonly mxSet: string;
  readonly secondsLeft: number;
}

const DOMAINS_PER_STATEMENT = 500;

/** Gives what is known of these domains and has not expired. */
export async function loadDomainFacts(
  driver: Driver,
  domains: readonly string[],
): Promise<readonly LoadedFact[]> {
  const facts: LoadedFact[] = [];
  for (const some of pieces(domains, DOMAINS_PER_STATEMENT)) {
    const rows = await driver.query<{
      domain: string;
      catch_all: CatchAll;
      mx_set: string;
      seconds_left: number;
    }>(
      `SELECT domain, catch_all, mx_set, expires_at - ${driver.dialect.now} AS seconds_left FROM svc_domain
       WHERE domain IN (${placeholders(some.length)}) AND expires_at > ${driver.dialect.now}`,
      some,
    );
    facts.push(
      ...rows.map((row) => ({
        domain: row.domain,
        catchAll: row.catch_all,
        mxSet: row.mx_set,
        secondsLeft: row.seconds_left,
      })),
    );
  }
  return facts;
}

/** Writes facts; of two about one domain the later stands. */
export async function recordDomainFacts(driver: Driver, facts: readonly DomainFact[]): Promise<void> {
  const latest = [...new Map(facts.map((fact) => [fact.domain, fact])).values()];
  // In one order on every server, so that two that write the same domains do not wait for each other in a circle.
  const inOrder = latest.toSorted((a, b) => (a.domain < b.domain ? -1 : 1));
  for (const some of pieces(inOrder)) {
    await driver.execute(
      `REPLACE INTO svc_domain (domain, catch_all, decided_at, expires_at, mx_set, evidence, server) VALUES ${some
        .map(() => `(?, ?, ${driver.dialect.now}, ${driver.dialect.now} + ?, ?, ?, ?)`)
        .join(', ')}`,
      some.flatMap((fact) => [
        fact.domain,
        fact.catchAll,
        FACT_SECONDS[fact.catchAll],
        fact.mxSet,
        fact.evidence,
        fact.server,
      ]),
    );
  }
}
