// A report as JSON. Keys are stable: scripts know them.

import type { ReportFacts } from '../pages/report-facts.ts';
import type { OutcomeFilter } from '../store/outcomes.ts';

export function reportDocument(facts: ReportFacts, { listId, userId, since }: OutcomeFilter): object {
  const { report, name, status, readAt, examples } = facts;
  const { savings, slowest, pace } = report;
  return {
    timestamp: new Date(readAt * 1000).toISOString(),
    list_id: listId ?? null,
    list_name: name ?? null,
    list_status: status ?? null,
    user_id: userId ?? facts.userId ?? null,
    since: since ?? null,
    rows: report.rows,
    decided: report.decided,
    verdicts: report.counts,
    undecided: report.undecided,
    waiting: report.waiting,
    without_evidence: report.withoutEvidence,
    left_out: facts.leftOut,
    first_decided_at: report.firstAt ?? null,
    last_decided_at: report.lastAt ?? null,
    reasons: report.reasons.map(({ verdict, reason, rows, exampleId }) => ({
      verdict,
      reason,
      rows,
      example_id: exampleId,
      example_reply: examples.find((example) => example.reason === reason)?.said ?? null,
    })),
    providers: report.providers.map(({ name: provider, rows, counts }) => ({
      provider,
      rows,
      verdicts: counts,
    })),
    pace: {
      width_seconds: pace.widthSeconds,
      bins: pace.bins.map(({ startsAt, counts }) => ({ starts_at: startsAt, verdicts: counts })),
    },
    attempts: report.attempts,
    probes: {
      asked: savings.asked,
      saved_by_twins: savings.taken,
      saved_by_dns: savings.dns,
      saved_by_local_knowledge: savings.known,
      control_recipients_spared: savings.controls,
    },
    slowest_domains: slowest.items.map(({ name: domain, rows, attempts, unknown, totalMs }) => ({
      domain,
      rows,
      attempts,
      unknown,
      total_ms: totalMs,
      mean_ms: Math.round(totalMs / rows),
    })),
    slowest_domains_certain: slowest.isCertain,
  };
}
