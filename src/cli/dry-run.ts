// The command `run --dry-run`: prints what a cycle would do. Takes no lock, writes nothing anywhere, asks no mail
// server and no DNS: it reads the database, and that is all.

import { drawPlan, type Plan } from '../cycle/plan.ts';
import { shadowed, shadowSentence } from '../cycle/shadow-story.ts';
import { sentences } from '../cycle/story.ts';
import type { Config } from '../platform/config.ts';
import { EXIT } from '../platform/operational-error.ts';
import { openConfiguredStore } from './open-configured-store.ts';
import { printLine, say } from './output.ts';
import { planLimits } from './plan-limits.ts';
import type { ShadowScope } from '../store/queues.ts';

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
      `note: the database is not prepared (missing: ${missing.join(', ')}); run "smtp-validate-cron migrate" before the first cycle`,
    );
  }
  const survey = await store.survey(options.onlyUser === undefined ? {} : { userId: options.onlyUser });
  const plan = drawPlan(survey, planLimits(config));
  if (options.isJson) {
    await printLine(JSON.stringify({ shadow: options.shadow !== undefined, ...planDocument(plan) }));
    return EXIT.done;
  }
  const { shadow } = options;
  const lines =
    shadow === undefined ? planText(plan) : [shadowSentence(shadow), ...planText(plan)].map(shadowed);
  await printLine(lines.join('\n'));
  return EXIT.done;
}

function planDocument(plan: Plan): object {
  return {
    users: plan.users.map(({ userId, pending, isCapped, workers, slices, listIds }) => ({
      userId,
      pending,
      isCapped,
      workers,
      slices,
      lists: listIds,
    })),
    waiting: plan.waiting.map(({ userId, pending }) => ({ userId, pending })),
    ownerless: plan.ownerless,
  };
}

function planText(plan: Plan): string[] {
  const lines =
    plan.users.length === 0
      ? ['No users with pending emails that are due.']
      : [sentences.found(plan.users.length)];
  lines.push(...plan.users.map((user) => sentences.pending(user)));
  for (const user of plan.users) {
    const each = user.slices[0] === undefined ? 0 : user.slices[0].to - user.slices[0].from;
    lines.push(
      sentences.allocated(user, user.workers),
      `  ${user.slices.length} slice(s) of up to ${each} emails, in list(s) ${user.listIds.join(', ') || 'none'}`,
    );
  }
  if (plan.waiting.length > 0) lines.push(sentences.waitingUsers(plan.waiting.length));
  if (plan.ownerless > 0) lines.push(sentences.ownerless(plan.ownerless));
  lines.push('Dry run: nothing was changed, no mail server was asked.');
  return lines;
}
