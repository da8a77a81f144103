// A report to be shown, with names and words that somebody hostile chose.

import { ReportTally, type OutcomeEvidence } from '../../src/domain/report.ts';
import type { ReportFacts, Times } from '../../src/pages/report-facts.ts';

export const NOW = 1_795_838_400;

export const HOSTILE = {
  name: `<script>alert(1)</script><img src=x onerror=alert(2)>"' \u202Egnp.exe`,
  domain: '<svg onload=alert(3)>.example',
  reply: `550 <iframe src=javascript:alert(4)></iframe> "no' such user\r\n\u001B[31m`,
  reason: '</small><script>alert(5)</script>',
} as const;

export const PLAIN_TIMES: Times = {
  moment: (at) => new Date(at * 1000).toISOString().slice(0, 16),
  mark: (at) => new Date(at * 1000).toISOString().slice(11, 16),
};

/** 1,000 rows: 842 valid, 100 invalid, 40 unknown, 18 not decided. */
export function someReport(facts: Partial<ReportFacts> = {}): ReportFacts {
  const tally = new ReportTally();
  const add = (
    count: number,
    status: string,
    evidence: Partial<OutcomeEvidence>,
    email = 'ann@example.com',
  ): void => {
    for (let index = 0; index < count; index++)
      tally.add({
        id: index,
        email,
        isProcessed: status !== 'pending',
        validationStatus: status,
        evidence: {
          status,
          reason: 'accepted',
          mx: 'aspmx.l.google.com',
          stage: 'rcpt',
          attempt: 1 + (index % 3),
          decidedAt: NOW - 3_000 + index,
          tookMs: 300,
          isTaken: false,
          isControlSpared: true,
          ...evidence,
        },
      });
  };
  add(842, 'valid', {});
  add(100, 'invalid', { reason: 'mailbox-not-found', tookMs: 2_500 }, `bob@${HOSTILE.domain}`);
  add(30, 'unknown', { reason: 'policy-block', mx: 'mx.example.net' });
  add(10, 'unknown', { reason: HOSTILE.reason, mx: undefined, stage: undefined, attempt: 0 });
  add(18, 'pending', { status: 'deferred', reason: 'greylisted' });
  return {
    about: 'List 12',
    name: 'Spring newsletter',
    status: 'running',
    userId: 5,
    since: undefined,
    readAt: NOW,
    leftOut: 0,
    report: tally.finish(),
    examples: [{ reason: 'mailbox-not-found', email: `bob@${HOSTILE.domain}`, said: HOSTILE.reply }],
    ...facts,
  };
}
