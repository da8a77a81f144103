// The sentences of a report, the same on a terminal and on a page: what is found, what each verdict means to whoever
// sends mail, what was spared.

import { counted, grouped, share } from './quantities.ts';
import type { Report } from './report.ts';
import type { Verdict } from './verdict.ts';

/** What a verdict means, and what to do with such an address. */
export const VERDICT_WORDS: Readonly<
  Record<Verdict, { readonly name: string; readonly meaning: string; readonly advice: string }>
> = {
  valid: {
    name: 'Valid',
    meaning: 'The mail server takes mail for this mailbox.',
    advice: 'Mail it.',
  },
  'catch-all': {
    name: 'Catch-all',
    meaning:
      'The mail server takes mail for every address of the domain, so nobody can tell whether this one exists.',
    advice: 'A risk: mail a few first, and watch what comes back.',
  },
  invalid: {
    name: 'Invalid',
    meaning: 'There is no such mailbox or no such domain, or it takes no mail.',
    advice: 'Remove it: mail to it comes back and harms the sender’s reputation.',
  },
  disposable: {
    name: 'Disposable',
    meaning: 'A mailbox that is thrown away after use.',
    advice: 'Remove it: nobody reads it for long.',
  },
  unknown: {
    name: 'Unknown',
    meaning: 'The mail server would not say, or could not be reached. The mailbox may well exist.',
    advice: 'Keep it, do not mail it yet, and have it checked again in some days.',
  },
};

/** The report in one breath: `84.2 % of 12,400 addresses can be mailed.`, and what of the others. */
export function summarySentences({ counts, decided, undecided }: Report): readonly string[] {
  const waiting =
    undecided === 0
      ? []
      : [
          `${grouped(undecided)}${decided === 0 ? ' of them' : ' more'} ${undecided === 1 ? 'is' : 'are'} not decided yet.`,
        ];
  if (decided === 0)
    return undecided === 0 ? ['There are no addresses.'] : ['No address is decided yet.', ...waiting];
  const mailable = `${share(counts.valid, decided)} of ${counted(decided, 'address', 'addresses')} can be mailed.`;
  const others = [
    counts['catch-all'] > 0 && `${share(counts['catch-all'], decided)} are a risk (catch-all)`,
    counts.invalid + counts.disposable > 0 &&
      `${share(counts.invalid + counts.disposable, decided)} should be removed`,
    counts.unknown > 0 && `${share(counts.unknown, decided)} could not be settled`,
  ].filter((part) => part !== false);
  return [mailable, ...(others.length === 0 ? [] : [`${listed(others)}.`]), ...waiting];
}

/** How the verdicts came about, and what did not have to be asked. */
export function savingsSentences({ savings, decided, attempts }: Report): readonly string[] {
  const { asked, taken, dns, known, controls } = savings;
  if (asked + taken + dns + known === 0) return [];
  const first = attempts.find(({ attempt }) => attempt === 1)?.rows ?? 0;
  const saved = taken + dns + known;
  const sentences = [
    asked > 0 &&
      `Mail servers were asked about ${counted(asked, 'address', 'addresses')}, of which ${share(first, asked)} were settled at the first attempt.`,
    saved > 0 && `${counted(saved, 'probe was', 'probes were')} saved (${share(saved, decided)}):`,
    taken > 0 && `${counted(taken, 'address', 'addresses')} took the answer of the same address elsewhere.`,
    dns > 0 && `${counted(dns, 'address', 'addresses')} needed no more than the DNS.`,
    known > 0 && `${counted(known, 'address', 'addresses')} could be told without asking anybody.`,
    controls > 0 &&
      `${counted(controls, 'time', 'times')} it was known already whether a domain takes mail for everybody.`,
  ];
  return sentences.filter((sentence) => sentence !== false);
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join('');
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}
