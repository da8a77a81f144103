// The store over either driver: gives each method of the interface to the file that does it.

import { OperationalError } from '../platform/operational-error.ts';
import { isAtRest } from './at-rest.ts';
import { readCatalog } from './catalog.ts';
import { claimRows } from './claim.ts';
import { loadDestinations, recordDestinations } from './destinations.ts';
import { loadDomainFacts, recordDomainFacts } from './domain-facts.ts';
import { releaseRows, releaseServer, renewClaims } from './hold.ts';
import { pause, readPauses, resume } from './pauses.ts';
import type { Database } from './queues.ts';
import { reconcileLists } from './reconcile.ts';
import { recordResults } from './record.ts';
import { PENDING_INDEX, SERVICE_TABLE_NAMES } from './schema-names.ts';
import type { Store } from './store.ts';
import { type SurveyGround, survey } from './survey.ts';
import { sweep } from './sweep.ts';
import { noteTurns } from './turns.ts';
import { findTwins } from './twins.ts';
import { forgetWebhook, putOffWebhook, takeWebhooks } from './webhooks.ts';

export function storeOver(db: Database): Store {
  const { driver } = db;
  let ground: SurveyGround | undefined;
  /** What there is to survey; asked again until everything is there. */
  const lookAround = async (): Promise<SurveyGround> => {
    ground ??= await readGround(db);
    const found = ground;
    if (!found.hasServiceTables || !found.hasPendingIndex) ground = undefined;
    return found;
  };
  // Not with this file: a cycle at rest needs nothing of it, nor of what else is imported below.
  const migration = () => import('./migrate.ts');
  const importing = () => import('./import-rows.ts');
  const listPage = () => import('./list-page.ts');
  const outcomes = () => import('./outcomes.ts');
  const revision = () => import('./revise.ts');
  return {
    description: driver.description,
    isAtRest: async () => db.shadow === undefined && isAtRest(db),
    missingSchema: async () => (await migration()).missingSchema(driver),
    planMigration: async () => {
      const { planMigration } = await migration();
      return (await planMigration(driver)).map(({ why, sql }) => ({ why, sql }));
    },
    migrate: async () => (await migration()).migrate(driver),
    examine: async () => (await import('./examine.ts')).examine(driver),
    controlKey: async () => (await migration()).controlKey(driver),
    survey: async (options = {}) => survey(db, await lookAround(), options),
    noteTurns: (notes) => noteTurns(db, notes),
    noteServer: async (note) => (await import('./server-notes.ts')).noteServer(driver, note),
    loadExclusions: async () => (await import('./exclusions.ts')).loadExclusions(driver),
    sweep: () => sweep(db),
    claimRows: (userId, limit, token, claimant) => claimRows(db, { userId, token, claimant }, limit),
    renewClaims: (tokens) => renewClaims(db, tokens),
    findTwins: (search) => findTwins(db, search),
    releaseRows: (token, rowIds, dueInSeconds) => releaseRows(driver, token, rowIds, dueInSeconds),
    releaseServer: (server, isOurCycle) => releaseServer(driver, server, isOurCycle),
    recordResults: (results) => recordResults(db, results),
    reconcileLists: async () => (db.shadow === undefined ? reconcileLists(db) : []),
    takeWebhooks: () => takeWebhooks(driver),
    putOffWebhook: (webhook, retryInSeconds) => putOffWebhook(driver, webhook, retryInSeconds),
    forgetWebhook: (webhook) => forgetWebhook(driver, webhook),
    loadDomainFacts: (domains) => loadDomainFacts(driver, domains),
    recordDomainFacts: (facts) => recordDomainFacts(driver, facts),
    readFigures: async () => (await import('./figures.ts')).readFigures(db),
    readListRows: async (listId) => (await import('./list-rows.ts')).readListRows(db, listId),
    readPace: async (range) => (await import('./pace.ts')).readPace(driver, range),
    pauses: async () => ((await lookAround()).hasServiceTables ? readPauses(driver) : []),
    pause: (request) => pause(driver, request),
    resume: (subject) => resume(driver, subject),
    addressLimits: async () => (await importing()).readAddressLimits(driver),
    findImport: async (request) => (await importing()).findImport(driver, request),
    imports: async () =>
      (await lookAround()).hasServiceTables ? (await importing()).readImports(driver) : [],
    importPiece: async (request, piece) => (await importing()).importPiece(driver, request, piece),
    finishImport: async (request, state, rejected) =>
      (await importing()).finishImport(driver, request, state, rejected),
    findList: async (listId) => (await listPage()).findList(driver, listId),
    readListPage: async (listId, statuses, after) =>
      (await listPage()).readListPage(driver, listId, statuses, after),
    sampleAddresses: async (userId, listIds, limit) =>
      (await import('./sample.ts')).sampleAddresses(driver, userId, listIds, limit),
    loadDestinations: (server, limit) => loadDestinations(driver, server, limit),
    recordDestinations: (server, known) => recordDestinations(driver, server, known),
    findRows: async (sought, limit) => (await import('./look-up.ts')).findRows(driver, sought, limit),
    findSubject: async (filter) => (await outcomes()).findSubject(driver, filter),
    readOutcomes: async function* (filter) {
      yield* (await outcomes()).readOutcomes(driver, filter);
    },
    readSamples: async (listId) => (await import('./samples.ts')).readSamples(driver, listId),
    readEvidence: async (filter, after) => (await revision()).readEvidence(driver, filter, after),
    readShadowed: async (filter, after) =>
      (await import('./shadowed.ts')).readShadowed(driver, filter, after),
    reviseVerdicts: async (revisions) => (await revision()).reviseVerdicts(driver, revisions),
    removeStale: async (kind, search) => (await import('./stale.ts')).removeStale(driver, kind, search),
    requeueRows: async (listId, filter, isDryRun) =>
      (await import('./requeue.ts')).requeueRows(driver, listId, filter, isDryRun),
    [Symbol.asyncDispose]: () => driver.close(),
  };
}

async function readGround({ driver }: Database): Promise<SurveyGround> {
  const catalog = await readCatalog(driver);
  for (const table of ['emails', 'csv_list']) {
    if (catalog.hasTable(table)) continue;
    throw new OperationalError(
      'SCHEMA_MISSING',
      `the database has no table ${table}; "smtp-validate-cron migrate" creates what is missing`,
    );
  }
  return {
    hasServiceTables: SERVICE_TABLE_NAMES.every((name) => catalog.hasTable(name)),
    hasPendingIndex: catalog.hasIndexNamed('emails', PENDING_INDEX),
  };
}
