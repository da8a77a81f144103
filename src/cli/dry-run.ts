// The command `run --dry-run`: prints what a cycle would do. Takes no lock, writes nothing anywhere, asks no mail
// server and no DNS: it reads the database, and that is all.

import { drawPlan, type Plan } from '../cycle/plan.ts';
import { shadowed, shadowSentence } from '../cycle/shadow-story.ts';
import { sentences } from '../cycle/story.ts';
import { counted } from '../domain/amounts.ts';
import { providerShares, type ProviderShare } from '../domain/provider-shares.ts';
import type { Config } from '../platform/config.ts';
import { EXIT } from '../platform/operational-error.ts';
import type { ShadowScope } from '../store/queues.ts';
import type { Store } from '../store/store.ts';
import { openConfiguredStore } from './open-configured-store.ts';
import { printLine, say } from './output.ts';
import { planLimits } from './plan-limits.ts';
import { loadPolicies } from './policies.ts';

/** Of what the database lacks, so many are named. */
const MAX_MISSING = 3;

export async function dryRun(
  config: Config,
  options: {
    readonly onlyUser: number | undefined;
    readonly isJson: boolean;
    readonly shadow: ShadowScope | undefined;
  },
): Promise<number> {
  await using store = await openConfiguredStore(config, false, { shadow: options.shadow });
  const missing = await store.missingSchema();
  if (missing.length > 0) {
    say(
      `note: the database is not prepared (missing: ${someOf(missing)}); run "smtp-validate-cron migrate" before the first cycle`,
    );
  }
  const survey = await store.survey(options.onlyUser === undefined ? {} : { userId: options.onlyUser });
  const plan = drawPlan(survey, planLimits(config));
  // Without its index a look for some rows would be a look at all.
  const shares = missing.length > 0 ? NONE_TOLD : await sharesOf(plan, store);
  const { shadow } = options;
  if (options.isJson) {
    await printLine(JSON.stringify({ shadow: shadow !== undefined, ...planDocument(plan, shares) }));
    return EXIT.done;
  }
  const text = planText(plan, shares);
  const lines = shadow === undefined ? text : [shadowSentence(shadow), ...text].map(shadowed);
  await printLine(lines.join('\n'));
  return EXIT.done;
}

/** What providers mean for each user, by a sample of its rows. */
type Shares = ReadonlyMap<number, readonly ProviderShare[]>;

const NONE_TOLD: Shares = new Map();
const SAMPLE = 500;
/** What takes less is over in one cycle. */
const WORTH_TELLING_SECONDS = 60;

async function sharesOf(plan: Plan, store: Store): Promise<Shares> {
  const policies = await loadPolicies();
  const shares = new Map<number, readonly ProviderShare[]>();
  for (const { userId, pending, listIds } of plan.users) {
    const sample = await store.sampleAddresses(userId, listIds, SAMPLE);
    const worthTelling = providerShares(sample, pending, policies).filter(
      ({ atLeastSeconds }) => atLeastSeconds >= WORTH_TELLING_SECONDS,
    );
    shares.set(userId, worthTelling);
  }
  return shares;
}

function planDocument(plan: Plan, shares: Shares): object {
  return {
    users: plan.users.map(({ userId, pending, isCapped, workers, slices, listIds }) => ({
      userId,
      pending,
      isCapped,
      workers,
      slices,
      lists: listIds,
      providers: (shares.get(userId) ?? []).map(({ provider, share, emails, perMinute, atLeastSeconds }) => ({
        provider,
        share: Math.round(share * 100) / 100,
        emails,
        perMinute,
        atLeastSeconds,
      })),
    })),
    waiting: plan.waiting.map(({ userId, pending }) => ({ userId, pending })),
    ownerless: plan.ownerless,
  };
}

function planText(plan: Plan, shares: Shares): string[] {
  const lines =
    plan.users.length === 0
      ? ['No users with pending emails that are due.']
      : [sentences.found(plan.users.length)];
  lines.push(...plan.users.map((user) => sentences.pending(user)));
  for (const user of plan.users) {
    const each = user.slices[0] === undefined ? 0 : user.slices[0].to - user.slices[0].from;
    lines.push(
      sentences.allocated(user, user.workers),
      `  ${counted(user.slices.length, 'slice')} of up to ${counted(each, 'email')}, ${listWords(user.listIds)}`,
      ...(shares.get(user.userId) ?? []).map((share) => sentences.mostlyOneProvider(share)),
    );
  }
  if (plan.waiting.length > 0) lines.push(sentences.waitingUsers(plan.waiting.length));
  if (plan.ownerless > 0) lines.push(sentences.ownerless(plan.ownerless));
  lines.push('Dry run: nothing was changed, no mail server was asked.');
  return lines;
}

function someOf(missing: readonly string[]): string {
  const more = missing.length - MAX_MISSING;
  return missing.slice(0, MAX_MISSING).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function listWords(listIds: readonly number[]): string {
  if (listIds.length === 0) return 'in no list';
  return `in ${listIds.length === 1 ? 'list' : 'lists'} ${listIds.join(', ')}`;
}
