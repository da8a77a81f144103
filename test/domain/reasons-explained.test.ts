// Prints docs/reasons.md and the README's table from the table of reasons and the retry policies, and holds the pages
// and the code to it.
// After a change: npx vitest run test/domain/reasons-explained.test.ts -u

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { classify } from '../../src/domain/classify.ts';
import { conclude } from '../../src/domain/conclude.ts';
import type { Failure } from '../../src/domain/observation.ts';
import type { Reason } from '../../src/domain/reason.ts';
import { REASONS } from '../../src/domain/reasons-explained.ts';
import { RULES } from '../../src/domain/reply-rules.ts';
import { RETRY_POLICY, waitsOf } from '../../src/domain/retry-policy.ts';
import { DOMAIN_STATUS, type Verdict } from '../../src/domain/verdict.ts';
import { readCorpus } from '../fixtures/replies/read-corpus.ts';

const WORDS = Object.keys(REASONS) as Reason[];
const DEFAULT_SCHEDULE = [300, 900, 1800, 3600];
const FAILURES = [
  'timeout',
  'refused',
  'unreachable',
  'lost',
  'garbled',
  'dns-failure',
  'no-such-domain',
  'null-mx',
  'no-mail-host',
  'private-host',
] as const satisfies readonly Failure[];

describe('REASONS', () => {
  it.each(WORDS)('says what %s means, in sentences', (reason) => {
    const { meaning, verdicts, whyNot, advice } = REASONS[reason];

    expect(whyNot).toMatch(/^Not (?:valid|invalid|catch-all|unknown): .+\.$/);
    expect(meaning).toMatch(/^[A-Z].{10,}\.$/);
    expect(advice ?? 'None.').toMatch(/^[A-Z].+\.$/);
    expect(verdicts.length).toBeGreaterThan(0);
  });

  it('has a policy for each, and no other words', () => {
    expect(Object.keys(RETRY_POLICY).toSorted()).toEqual(WORDS.toSorted());
  });

  it('ends nothing that waits with a verdict alone', () => {
    const waiting = WORDS.filter((reason) => waitsOf(reason, DEFAULT_SCHEDULE).length > 0);

    expect(waiting.filter((reason) => !REASONS[reason].verdicts.includes('unknown'))).toEqual([]);
  });

  it('has every reason that a reply of the collections gives, beside the verdict it gives', () => {
    for (const { observed } of [...readCorpus('replies.tsv'), ...readCorpus('known.tsv')]) {
      const { reason, verdict } = classify(observed);
      expect(REASONS[reason]?.verdicts, reason).toContain(verdict === 'retry' ? 'unknown' : verdict);
    }
  });

  it('has every reason that a failure gives, beside the verdict it gives', () => {
    for (const failure of FAILURES) {
      const { reason, verdict } = conclude({ real: { type: 'failure', stage: 'connect', failure } });
      expect(REASONS[reason].verdicts).toContain(verdict === 'retry' ? 'unknown' : verdict);
    }
  });

  it('has every reason that a rule gives for itself', () => {
    expect(RULES.flatMap(({ reason }) => reason ?? []).filter((reason) => !(reason in REASONS))).toEqual([]);
  });

  it('has every reason that the source writes, and the source writes every one', () => {
    const written = new Set(
      readdirSync('src', { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.ts') && !/reason(?:s-explained)?\.ts$|retry-policy\.ts$/.test(path))
        .flatMap((path) => [...readFileSync(`src/${path}`, 'utf8').matchAll(/\breason: '([a-z0-9-]+)'/g)])
        .map(([, word]) => word!),
    );
    const returned = new Set(['accepts-all', 'provider-accepts-all', 'catch-all-unknown']);

    expect([...written].filter((word) => !(word in REASONS))).toEqual([]);
    expect(WORDS.filter((word) => !written.has(word) && !returned.has(word))).toEqual([]);
  });

  it('is what docs/reasons.md says', async () => {
    const rows = WORDS.map((reason) => {
      const { meaning, verdicts, advice = '–' } = REASONS[reason];
      const columns = verdicts.map((verdict) => `\`${verdict}\` (${DOMAIN_STATUS[verdict]})`).join(', ');
      return `| \`${reason}\` | ${columns} | ${meaning} | ${whatHappens(reason, verdicts)} | ${advice} |`;
    });
    const page = [
      '# Reasons',
      '',
      'The word beside every verdict: in log lines, batch files and `check`. `validation_status` holds the verdict,',
      '`domain_status` the number behind it. Nothing else is ever written, and no word changes its meaning.',
      '',
      'The waits are those of the default `RETRY_DELAYS_SECONDS`, each up to a fifth longer so that rows do not come back',
      'together; where the mail server names a time, that is taken instead. "not counted" means that an attempt which the',
      'mail server would not let happen uses up none of the others. Printed from `src/domain/reasons-explained.ts` and `retry-policy.ts`.',
      '',
      '| reason | ends as | meaning | what happens next | what you can do |',
      '| --- | --- | --- | --- | --- |',
      ...rows,
    ];

    await expect(`${page.join('\n')}\n`).toMatchFileSnapshot('../../docs/reasons.md');
  });
});

describe('README.md', () => {
  it('has a table of all reasons', async () => {
    const rows = WORDS.map((reason) => {
      const { meaning, verdicts } = REASONS[reason];
      return `| \`${reason}\` | ${verdicts.map((verdict) => `\`${verdict}\``).join(', ')} | ${meaning} |`;
    });
    const table = ['| reason | ends as | means |', '| --- | --- | --- |', ...rows].join('\n');
    const readme = readFileSync('README.md', 'utf8');
    const printed = readme.replace(/(?<=<!-- reasons -->\n\n).*?(?=\n\n<!-- \/reasons -->)/s, () => table);

    expect(printed).toContain(table);
    await expect(printed).toMatchFileSnapshot('../../README.md');
  });
});

function whatHappens(reason: Reason, verdicts: readonly Verdict[]): string {
  const waits = waitsOf(reason, DEFAULT_SCHEDULE);
  if (waits.length === 0) return 'final at once';
  const { isAttempt, onPermanent } = RETRY_POLICY[reason];
  const mayBeFinal = onPermanent === 'final' || verdicts.some((verdict) => verdict !== 'unknown');
  const waiting = `tried again after ${grouped(waits)}${isAttempt ? '' : ', not counted'}`;
  return mayBeFinal ? `final at once when the refusal is permanent (5xx); otherwise ${waiting}` : waiting;
}

/** `5 min, 15 min, 7 × 4 h` */
function grouped(waits: readonly number[]): string {
  const runs: { readonly seconds: number; times: number }[] = [];
  for (const seconds of waits) {
    const last = runs.at(-1);
    if (last?.seconds === seconds) last.times++;
    else runs.push({ seconds, times: 1 });
  }
  return runs
    .map(
      ({ seconds, times }) =>
        `${times > 1 ? `${times} × ` : ''}${seconds < 3600 ? `${seconds / 60} min` : `${seconds / 3600} h`}`,
    )
    .join(', ');
}
