// The command `run`: puts the parts of a cycle together and prints what cron may mail. The cycle itself is
// cycle/run-cycle.ts; what only a cycle with work needs is loaded in open-work.ts.

import { runCycle, type CycleReport, type HeldLock } from '../cycle/run-cycle.ts';
import { shadowed, shadowSentence, shadowStory } from '../cycle/shadow-story.ts';
import { sentences } from '../cycle/story.ts';
import { NONE_SAVED } from '../cycle/tally.ts';
import { maskingRedactor, NOTHING_REDACTED } from '../domain/redact.ts';
import { NO_OUTCOMES } from '../domain/verdict.ts';
import { findJournals, hasMark } from '../files/batch-paths.ts';
import { acquireCronLock } from '../files/cron-lock.ts';
import { CycleLog } from '../files/cycle-log.ts';
import { leaveToOwner } from '../files/leave-to-owner.ts';
import { systemClock } from '../platform/clock.ts';
import { loadConfig, type Config } from '../platform/config.ts';
import { cycleId } from '../platform/cycle-id.ts';
import { EXIT } from '../platform/operational-error.ts';
import { listenForShutdown } from '../platform/shutdown.ts';
import type { ShadowScope } from '../store/queues.ts';
import { openConfiguredStore } from './open-configured-store.ts';
import { planLimits } from './plan-limits.ts';
import { loadPolicyOverrides } from './policies.ts';
import { printLine, say } from './output.ts';
import { openWitness } from './witness.ts';

// Longer than a restart of the database, and so short that claims renewed a fifth of their life before are still ours.
const OUTAGE_PART_OF_CLAIM = 0.4;

export interface RunOptions {
  readonly isDryRun: boolean;
  readonly onlyUser: number | undefined;
  readonly maxRuntimeMs: number | undefined;
  readonly isJson: boolean;
  /** Set where only svc_* tables may be written. */
  readonly shadow: ShadowScope | undefined;
}

export interface RunOutcome {
  readonly exitCode: number;
  /** True when something was given up that may still be under way. */
  readonly isAbandoned: boolean;
  /** True of a cycle that found nothing to do. */
  readonly isIdle: boolean;
}

/** Runs one cycle, or says what it would do. */
export async function runCommand(options: RunOptions): Promise<RunOutcome> {
  const config = loadConfig({ cwd: process.cwd() });
  const overrides = await loadPolicyOverrides();
  if (options.isDryRun) {
    const { dryRun } = await import('./dry-run.ts');
    return { exitCode: await dryRun(config, options), isAbandoned: false, isIdle: false };
  }

  using shutdown = listenForShutdown();
  const { serverId: server, webhook } = config;
  const cycle = cycleId(systemClock.now(), server);
  process.title = `smtp-validate-cron ${server}`;
  const redactor = config.logRedact === 'none' ? NOTHING_REDACTED : maskingRedactor();
  const log = new CycleLog({ ...config, server, cycleId: cycle, clock: systemClock, redactor });
  const witness = await openWitness(config, log);
  const { shadow } = options;
  const story = shadow === undefined ? log : shadowStory(log);
  try {
    const report = await runCycle({
      story,
      shadow: shadow === undefined ? undefined : shadowSentence(shadow),
      limits: planLimits(config),
      claimant: { server, cycleId: cycle },
      onlyUser: options.onlyUser,
      maxRuntimeMs: options.maxRuntimeMs,
      now: () => systemClock.now(),
      shutdown: shutdown.graceful,
      forcedShutdown: shutdown.forced,
      acquireLock: () => acquireLock(config, cycle),
      openStore: () =>
        openConfiguredStore(config, false, {
          reconnectForMs: config.claimSeconds * OUTAGE_PART_OF_CLAIM * 1000,
          hurry: shutdown.graceful,
          onOutage: (news) => story.cron(sentences.outage(news)),
          shadow,
        }),
      hasBegunCycle: (id) => hasMark(config.storageDir, id),
      hasJournals: () => findJournals(config.storageDir).length > 0,
      replayJournals: async (store) => {
        const { replayJournals } = await import('../cycle/replay-journals.ts');
        return replayJournals(store, config.storageDir, systemClock);
      },
      openWork: async (store) => {
        await log.openJson();
        const { openWork } = await import('./open-work.ts');
        return openWork({
          config,
          store,
          story,
          cycleId: cycle,
          onlyUser: options.onlyUser,
          overrides,
          witness,
        });
      },
      witness,
      announceLists:
        webhook &&
        (async (store) => {
          const { announceLists } = await import('./announce-lists.ts');
          await announceLists(store, webhook, log);
        }),
      beganDay: () => log.beganDay,
      removeOldFiles: async () => {
        const { removeOldFiles } = await import('../files/retention.ts');
        await removeOldFiles(config, systemClock);
      },
    });
    await printReport(report, options);
    const isIdle = report.exitCode === EXIT.done && report.work === undefined && !report.isAlreadyRunning;
    return { ...report, isIdle };
  } finally {
    await witness.done();
    await log.close();
    leaveToOwner([config.logDir, config.storageDir]);
  }
}

async function acquireLock(config: Config, cycle: string): Promise<HeldLock | undefined> {
  const lock = await acquireCronLock({
    storageDir: config.storageDir,
    staleMs: config.lockStaleMs,
    server: config.serverId,
    cycle,
    clock: systemClock,
  });
  return 'release' in lock ? lock : undefined;
}

// One line where there was work, none where there was not: cron mails what is printed. What stopped us is said besides.
async function printReport({ work, ...report }: CycleReport, options: RunOptions): Promise<void> {
  if (work?.stopped?.kind === 'failure') say(`smtp-validate-cron: ${work.stopped.sentence}`);
  const isShadow = options.shadow !== undefined;
  if (options.isJson) return printLine(JSON.stringify(reportDocument({ work, ...report }, isShadow)));
  if (work === undefined) return;
  const summary = sentences.summary(work, work.seconds);
  await printLine(isShadow ? shadowed(summary) : summary);
}

// The same keys whether there was work or not.
function reportDocument(
  { exitCode, work, completedLists, isAlreadyRunning }: CycleReport,
  shadow: boolean,
): object {
  return {
    exitCode,
    shadow,
    alreadyRunning: isAlreadyRunning,
    users: work?.users ?? 0,
    counts: work?.counts ?? NO_OUTCOMES,
    seconds: work?.seconds ?? 0,
    completedLists,
    reasons: work?.reasons ?? {},
    saved: work?.saved ?? NONE_SAVED,
    unwritten: work?.unwritten ?? 0,
    dropped: work?.dropped ?? 0,
    givenBack: work?.givenBack ?? 0,
    workersFailed: work?.workersFailed ?? 0,
    stopped: work?.stopped?.kind ?? null,
  };
}
