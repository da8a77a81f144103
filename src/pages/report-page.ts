// A report as one page that is handed on: to whoever ordered the check of a list. Puts its sections together; what they show
// is report-verdicts.ts and report-work.ts. Everything that is not ours is escaped and cleaned (html.ts).

import { cleanLine } from '../domain/clean-text.ts';
import { grouped, share } from '../domain/amounts.ts';
import { leftOutSentence, summarySentences, VERDICT_WORDS } from '../domain/report-words.ts';
import { type Report, VERDICTS } from '../domain/report.ts';
import { ring } from './charts.ts';
import { selfContainedPage } from './document.ts';
import { type Child, type Html, foreign, html } from './html.ts';
import type { ReportFacts, Times } from './report-facts.ts';
import { reasonsSection, unknownSection, verdictsSection } from './report-verdicts.ts';
import { domainsSection, paceSection, providersSection, savingsSection } from './report-work.ts';

/** Gives the page. */
export function reportPage(facts: ReportFacts, times: Times): string {
  const { report, about, name } = facts;
  const title = `${name === undefined ? about : cleanLine(name, 120)}: report on e-mail addresses`;
  return selfContainedPage(title, [
    head(facts, times),
    html`<main>
      ${[
        hero(report),
        verdictsSection(report),
        reasonsSection(report, facts.examples),
        unknownSection(report),
        providersSection(report),
        paceSection(report, times),
        savingsSection(report),
        domainsSection(report),
      ]}
    </main>`,
    foot(facts, times),
  ]);
}

function head({ about, name, status, userId, since, readAt }: ReportFacts, { moment }: Times): Html {
  const parts: Child[] = [
    name === undefined ? undefined : about,
    userId === undefined || about.startsWith('User') ? undefined : `user ${userId}`,
    since === undefined ? undefined : `what was decided since ${moment(since)}`,
    status === undefined || status === 'completed' ? status : html`not finished: ${foreign(status, 40)}`,
    moment(readAt),
  ].filter((part) => part !== undefined);
  return html`<header class="head">
    <p class="over">Report on e-mail addresses</p>
    <h1>${name === undefined ? about : foreign(name)}</h1>
    <p class="meta">${parts.map((part, index) => [index === 0 ? '' : ' · ', part])}</p>
  </header>`;
}

function hero(report: Report): Html {
  const { counts, decided } = report;
  const [first = '', ...others] = summarySentences(report).map(unbroken);
  const parts = VERDICTS.map((verdict) => ({
    kind: verdict,
    name: `${VERDICT_WORDS[verdict].name}: ${grouped(counts[verdict])}`,
    value: counts[verdict],
  }));
  const mailable = decided === 0 ? '–' : share(counts.valid, decided);
  return html`<section class="card hero">
    <div class="dial">
      ${ring(`Verdicts: ${parts.map((part) => part.name).join(', ')}`, parts)}
      <div class="mid" aria-hidden="true"><b>${mailable}</b><small>can be mailed</small></div>
    </div>
    <div>
      <p class="lead">${first}</p>
      ${others.map((sentence) => html`<p>${sentence}</p>`)}
    </div>
  </section>`;
}

function foot({ report, readAt, leftOut }: ReportFacts, { moment }: Times): Html {
  const { firstAt, lastAt, withoutEvidence } = report;
  const when =
    firstAt === undefined || lastAt === undefined
      ? ''
      : ` The addresses were decided between ${moment(firstAt)} and ${moment(lastAt)}.`;
  return html`<footer class="foot">
    <p>
      Mail servers were asked whether they take mail for an address; no mail was sent to any of them.${when} A
      verdict is of its day: mailboxes come and go.
    </p>
    ${
      withoutEvidence > 0 &&
      html`<p>
        Of ${grouped(withoutEvidence)} verdicts nothing but the verdict is known: they were not made by this
        program, or before it kept more.
      </p>`
    }
    ${leftOut > 0 && html`<p>${leftOutSentence(leftOut)}</p>`}
    <p>smtp-validate-cron, ${moment(readAt)}</p>
  </footer>`;
}

/** A number stays with its percent sign. */
function unbroken(sentence: string): string {
  return sentence.replaceAll(' %', '\u00A0%');
}
