// The sentences of a report, the same on a terminal and on a page: what is found, what each verdict means to whoever
// sends mail, what was spared.

import { counted, grouped, lengthOf, share } from './amounts.ts';
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

/** What `total_emails` and the CRM count beside the rows of a list; undefined where that is nothing. */
export function leftOutSentence(leftOut: number): string | undefined {
  if (leftOut === 0) return undefined;
  const they = leftOut === 1 ? 'it was' : 'they were';
  return `The list’s total has ${grouped(leftOut)} more, as invalid: ${they} left out when the list was made.`;
}

/** How many were asked about, and how many of them had to be asked about once; undefined where nobody was. */
export function askedSentence({ savings: { asked }, attempts }: Report): string | undefined {
  if (asked === 0) return undefined;
  const first = attempts.find(({ attempt }) => attempt === 1)?.rows ?? 0;
  return `Of what is decided, mail servers were asked about ${counted(asked, 'address', 'addresses')}; ${share(first, asked)} of these were settled at the first attempt.`;
}

/** What did not have to be asked. */
export function savedParts({ savings, decided }: Report): {
  readonly heading: string;
  readonly parts: readonly string[];
} {
  const { taken, dns, known, controls } = savings;
  const saved = taken + dns + known;
  const parts = [
    taken > 0 && `${grouped(taken)} took over an answer: the same address had been asked about already`,
    dns > 0 && `${counted(dns, 'was', 'were')} settled by the DNS alone`,
    known > 0 && `${grouped(known)} could be told without asking anybody`,
    controls > 0 && `${counted(controls, 'time')} it was known whether the domain takes mail for everybody`,
  ].filter((part) => part !== false);
  return { heading: `Probes saved: ${grouped(saved)} (${share(saved, decided)})`, parts };
}

/** What an address of a domain took in the mean: `0.3 s`, `12 min`. */
export function timeEach({ totalMs, rows }: { readonly totalMs: number; readonly rows: number }): string {
  const seconds = totalMs / rows / 1_000;
  return seconds < 100 ? `${seconds.toFixed(1)} s` : lengthOf(seconds);
}

/** What people call a provider; its key in tables and logs is not always that. */
export function providerName(key: string): string {
  return NAMES[key] ?? key;
}

const NAMES: Readonly<Record<string, string>> = {
  google: 'Google',
  microsoft365: 'Microsoft 365',
  outlook: 'Outlook.com',
  yahoo: 'Yahoo, AOL',
  'yahoo-japan': 'Yahoo Japan',
  icloud: 'iCloud',
  comcast: 'Comcast',
  gmx: 'GMX, WEB.DE',
  orange: 'Orange',
  't-online': 'T-Online',
  qq: 'QQ Mail',
  netease: 'NetEase',
  kpn: 'KPN',
  mimecast: 'Mimecast',
  proofpoint: 'Proofpoint',
  barracuda: 'Barracuda',
  other: 'Other mail servers',
};

/** `a`, `a and b`, `a, b and c`. */
export function listed(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join('');
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}
