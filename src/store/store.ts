// The store: the only way to the database. One implementation (sql-store.ts) over two drivers.
// All times are the database's; a claim is a token with an expiry that every write-back must match.
// The orchestrator is its only caller on a server. Types of which one part alone has to do stand with that part.

import type { DomainFact } from '../domain/domain-fact.ts';
import type { Figures, ListRows, PacePart } from '../domain/figures.ts';
import type { KeptRow } from '../domain/kept-row.ts';
import type { KnownDestination, ServersDestination } from '../domain/known-destination.ts';
import type { Pause, PauseSubject } from '../domain/pause.ts';
import type { Result } from '../domain/result.ts';
import type { ClaimedRow } from '../domain/row.ts';
import type { Twin } from '../domain/twins.ts';
import type { LoadedFact } from './domain-facts.ts';
import type { EvidenceFilter } from './evidence-pages.ts';
import type { Examination } from './examine.ts';
import type {
  AddressLimits,
  ImportedPiece,
  ImportRequest,
  ImportState,
  UnfinishedImport,
} from './import-rows.ts';
import type { ListPage, RowStatus } from './list-page.ts';
import type { OutcomeFilter, OutcomePage, ReportSubject } from './outcomes.ts';
import type { PaceRange } from './pace.ts';
import type { PauseRequest } from './pauses.ts';
import type { Requeued, RequeueFilter } from './requeue.ts';
import type { EvidencePage, Revision } from './revise.ts';
import type { ServerNote } from './server-notes.ts';
import type { ShadowedPage } from './shadowed.ts';
import type { StaleKind, StalePiece, StaleSearch } from './stale.ts';
import type { Webhook } from './webhooks.ts';

/** Where the counting of a queue's due rows stops where nothing else is said: enough to divide the pool by, and bounded in cost. */
export const PENDING_COUNT_CAP = 200_000;

/** How long a claim holds without renewal, on the database's clock, where nothing else is said. */
export const CLAIM_SECONDS = 300;

/** A user with due pending rows. */
export interface Demand {
  readonly userId: number;
  /** Due pending rows; where `isCapped`, counting stopped at so many of a queue. */
  readonly pending: number;
  readonly isCapped: boolean;
  /** The id of the user's oldest pending row: the order of turns. */
  readonly oldestRowId: number;
  /** Seconds since a server last worked for it, or since it was first noted as waiting; undefined for a newcomer. */
  readonly waitedSeconds: number | undefined;
  /** Lists with something due, in the order in which they are claimed. */
  readonly listIds: readonly number[];
}

/** Who claims: written beside each claim, so that the dead's claims can be found. */
export interface Claimant {
  readonly server: string;
  readonly cycleId: string;
}

/** What became of the claims under a server's name. */
export interface Released {
  /** Rows given back. */
  readonly released: number;
  /** Rows that another server of this name holds, and whose claims have not run out. */
  readonly heldByNamesake: number;
}

/** What a write-back did. */
export interface Recorded {
  /** Results whose row is now decided or deferred by them. */
  readonly written: readonly Result[];
  /** Results whose claim was lost, or whose row was decided or deleted meanwhile. */
  readonly dropped: readonly Result[];
}

/** Accounts and domains that the operator excluded from probing (`exclude_accounts`, `exclude_domains`). */
export interface Exclusions {
  readonly accounts: ReadonlySet<string>;
  /** Domain to its `ip_address` (empty string when the column is NULL). */
  readonly domains: ReadonlyMap<string, string>;
  /** Tables that this account may not read, whether or not they are there. */
  readonly hidden: readonly string[];
}

/** A list whose state or counts this call changed. */
export interface ReconciledList {
  readonly listId: number;
  readonly userId: number | undefined;
  readonly status: 'pending' | 'running' | 'completed';
  readonly valid: number;
  readonly invalid: number;
  readonly total: number;
  /** True when this call moved it to completed. */
  readonly justCompleted: boolean;
}

/** What is remembered of turns. */
export interface TurnNotes {
  /** Users that are worked for now. */
  readonly served: readonly number[];
  /** Users that wait and were never noted. */
  readonly newcomers: readonly number[];
  /** What a newcomer counts as having waited. */
  readonly headStartSeconds: number;
}

export interface SurveyOptions {
  /** Only this user. */
  readonly userId?: number | undefined;
  /**
   * Picks the users whose rows are counted, out of demands whose numbers mean nothing yet; of the others it is only
   * found out that there are some. Without it all are counted, which costs the more, the more rows are pending.
   */
  readonly counted?: ((demands: readonly Demand[]) => readonly number[]) | undefined;
}

/** For how long a verdict is good enough for another row of its address; 0 for never. */
export interface ReuseLimits {
  /** Of `valid` and `catch-all`. */
  readonly validSeconds: number;
  readonly invalidSeconds: number;
}

/** Whose twins are sought, and which count. */
export interface TwinSearch {
  /** Rows of different addresses that the claimant holds. */
  readonly rows: readonly Pick<ClaimedRow, 'id' | 'email'>[];
  /** Only twins of this user; undefined for anybody's. */
  readonly ownerId: number | undefined;
  readonly claimant: Claimant;
  readonly reuse: ReuseLimits;
}

export interface FoundTwins {
  /** By the id of the row that was sought for. */
  readonly twins: ReadonlyMap<number, readonly Twin[]>;
  /** When a row with twins was asked about last itself: seconds since 1970. */
  readonly askedAt: ReadonlyMap<number, number>;
}

export interface Survey {
  readonly demands: readonly Demand[];
  /** Pending rows that belong to nobody: neither the row nor its list names a user. Capped like pending. */
  readonly ownerless: number;
}

/** Which rows `explain` asks for: one by its id, or those of an address as it stands in `emails`, newest first. */
export type Sought = { readonly id: number } | { readonly email: string };

export interface Store extends AsyncDisposable {
  /** For the log: `MariaDB 10.11.19 at /run/mysqld.sock, database crm`, without any secret. */
  readonly description: string;

  /**
   * True when there is nothing at all to do: nothing pending or touched, no list to bring up to date, no schema to
   * complete. One statement, so that an idle cycle asks nothing else.
   */
  isAtRest(): Promise<boolean>;
  /** Names what `migrate` would create, empty when nothing is missing. */
  missingSchema(): Promise<readonly string[]>;
  /** The statements that `migrate` runs, in order, each with a sentence that says why. */
  planMigration(): Promise<readonly { readonly why: string; readonly sql: string }[]>;
  migrate(): Promise<void>;
  /** Clock, connections and rights. Changes nothing. */
  examine(): Promise<Examination>;

  /** Secret of this installation, shared by all servers: keys the control recipients. */
  controlKey(): Promise<string>;

  /** Users with due pending rows, by their oldest pending row. Changes nothing. */
  survey(options?: SurveyOptions): Promise<Survey>;
  /** Some addresses of the user's pending rows in these lists. */
  sampleAddresses(userId: number, listIds: readonly number[], limit: number): Promise<readonly string[]>;
  /** Remembers, for all servers and later cycles, who is worked for and who waits. */
  noteTurns(notes: TurnNotes): Promise<void>;
  /** Says that a server is there, and what it did for whom since it last said so. */
  noteServer(note: ServerNote): Promise<void>;
  loadExclusions(): Promise<Exclusions>;

  /**
   * Finds pending rows that the frontier passed: imported late with low ids, set back by the CRM, or lost in a
   * crash between two statements. A bounded piece of each queue a call; once at the start of a cycle, before the
   * survey. Returns how many rows became due.
   */
  sweep(): Promise<number>;

  /**
   * Takes up to `limit` due rows of a user; also sets their lists `running`. Empty when nothing is due.
   * `token` is 32 hexadecimal digits, a new one for each call.
   */
  claimRows(userId: number, limit: number, token: string, claimant: Claimant): Promise<readonly ClaimedRow[]>;
  /**
   * Puts off the expiry of the rows still held under these tokens. Gives the tokens that came too late: under them some claim
   * had run out, so that others may have its row.
   */
  renewClaims(tokens: readonly string[]): Promise<readonly string[]>;
  /** What is known of other rows of the same addresses: decided lately, put off, or held by another server. */
  findTwins(search: TwinSearch): Promise<FoundTwins>;
  /** Gives rows back as they came, attempt not counted: due at once, or after `dueInSeconds`. */
  releaseRows(token: string, rowIds: readonly number[], dueInSeconds?: number): Promise<void>;
  /**
   * Gives back whatever this server still held from cycles before. Only after the journals were replayed: what was given
   * back takes no result any more. Claims under its name of cycles that `isOurCycle` disowns are somebody else's.
   */
  releaseServer(server: string, isOurCycle: (cycleId: string) => boolean): Promise<Released>;

  /** Writes verdicts and deferrals where the claim still holds, with evidence and the lists' counts, in one transaction. */
  recordResults(results: readonly Result[]): Promise<Recorded>;

  /** Brings list states and counts up to date where something changed; cheap when nothing did. */
  reconcileLists(): Promise<readonly ReconciledList[]>;
  /** Takes some of the news that are due; each goes to one caller, and is due again in a minute unless it is settled. */
  takeWebhooks(): Promise<readonly Webhook[]>;
  putOffWebhook(webhook: Webhook, retryInSeconds: number): Promise<void>;
  /** For one that was taken, or is given up. */
  forgetWebhook(webhook: Webhook): Promise<void>;

  /** What is known of these domains and has not expired; one statement for 500 of them. */
  loadDomainFacts(domains: readonly string[]): Promise<readonly LoadedFact[]>;
  /** Writes what was learned about domains; it expires by FACT_SECONDS. */
  recordDomainFacts(facts: readonly DomainFact[]): Promise<void>;

  /** What there is to see of the work as a whole; bounded in cost, however large the tables are. */
  readFigures(): Promise<Figures>;
  /** In which states the pending rows of a list are, and why; undefined when there is no such list. */
  readListRows(listId: number): Promise<ListRows | undefined>;
  /** What was done since some time, by server and user, in parts of equal length. */
  readPace(range: PaceRange): Promise<readonly PacePart[]>;
  /** What operators have paused and is not over, in the order in which it began; nothing before the first migration. */
  pauses(): Promise<readonly Pause[]>;
  /**
   * Pauses a list, user, destination or server, or changes its pause: from now on no server claims rows of it. False for a list
   * that is not there.
   */
  pause(request: PauseRequest): Promise<boolean>;
  /** Ends a pause; false when there was none. */
  resume(subject: PauseSubject): Promise<boolean>;

  /** What the column of the addresses can hold. */
  addressLimits(): Promise<AddressLimits>;
  /** The import of such a list that was begun and not finished, else the user's list of this name. */
  findImport(
    request: Pick<ImportRequest, 'userId' | 'listName'>,
  ): Promise<{ readonly unfinished?: UnfinishedImport; readonly listId?: number }>;
  /** Imports that are under way or were cut off: nothing of their lists is claimed. Nothing before the first migration. */
  imports(): Promise<readonly UnfinishedImport[]>;
  /** Writes a piece of a list, and how far it has come, in one transaction; the first makes the list. Gives its id. */
  importPiece(request: ImportRequest, piece: ImportedPiece): Promise<number>;
  /** The list is whole: it may be claimed. */
  finishImport(request: ImportRequest, state: ImportState, rejected: number): Promise<void>;

  /** A list by its id, as the CRM calls it; undefined when there is none. */
  findList(listId: number): Promise<{ readonly name: string; readonly status: string } | undefined>;
  /** A piece of a list's rows, by id: those with one of these statuses, or all. */
  readListPage(listId: number, statuses: readonly RowStatus[], after?: number): Promise<ListPage>;
  /** What a server knows of destinations, not older than KEPT_SECONDS; of all servers where none is named. */
  loadDestinations(server?: string, limit?: number): Promise<readonly ServersDestination[]>;
  /** Writes what a server knows of destinations. */
  recordDestinations(server: string, known: readonly KnownDestination[]): Promise<void>;

  /** All that is known of at most `limit` rows. */
  findRows(sought: Sought, limit: number): Promise<readonly KeptRow[]>;
  /** What a report is about; undefined when there is no such list. */
  findSubject(filter: OutcomeFilter): Promise<ReportSubject | undefined>;
  /** What became of the rows, a bounded piece at a time. */
  readOutcomes(filter: OutcomeFilter): AsyncIterable<OutcomePage>;
  /** A few decided rows of a list, of different reasons, that show how it was decided. */
  readSamples(listId: number): Promise<readonly KeptRow[]>;
  /** A bounded piece of the decided rows with evidence, by id; without `after` the first. */
  readEvidence(filter: EvidenceFilter, after?: number): Promise<EvidencePage>;
  /** A bounded piece of what shadow runs came to beside what the CRM shows, by id; without `after` the first. */
  readShadowed(filter: EvidenceFilter, after?: number): Promise<ShadowedPage>;
  /** Writes other verdicts where the row still has the one they replace, with the lists' counts; returns how many. */
  reviseVerdicts(revisions: readonly Revision[]): Promise<number>;
  /** Removes a bounded piece of what is older than so many days; `isDryRun` counts only. Without `after` the first piece. */
  removeStale(kind: StaleKind, search: StaleSearch): Promise<StalePiece>;
  /** Queues decided rows of a list again, page by page; undefined when there is no such list. `isDryRun` counts only. */
  requeueRows(listId: number, filter: RequeueFilter, isDryRun: boolean): Promise<Requeued | undefined>;
}
