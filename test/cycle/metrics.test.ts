import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { CycleMetrics } from '../../src/cycle/metrics.ts';
import type { WorkProgress } from '../../src/cycle/progress.ts';
import type { CycleEnd, CycleWork } from '../../src/cycle/run-cycle.ts';
import { NONE_SAVED } from '../../src/cycle/tally.ts';
import { NO_OUTCOMES } from '../../src/domain/verdict.ts';
import { readMetrics, writeMetrics } from '../../src/files/metrics-file.ts';
import { temporaryFolder } from '../files/temporary-folder.ts';
import { parsePrometheus } from '../support/prometheus.ts';

const figures = {
  counts: { ...NO_OUTCOMES, valid: 40, invalid: 8, deferred: 2 },
  reasons: { accepted: 40, 'mailbox-not-found': 8, greylisted: 2 },
  unwritten: 3,
  dropped: 1,
  saved: { ...NONE_SAVED, sameAddress: 5 },
};

const progress: WorkProgress = {
  startedAt: 0,
  workers: 7,
  done: 50,
  isStopping: false,
  figures,
  inHand: 90,
  users: [{ userId: 5, workers: 7, counts: figures.counts, known: 140 }],
};

const work: CycleWork = {
  ...figures,
  users: 1,
  givenBack: 4,
  workersFailed: 1,
  stopped: undefined,
  seconds: 12,
};

const end = (exitCode: number, of: CycleWork | undefined): CycleEnd => ({
  exitCode,
  work: of,
  completedLists: of === undefined ? [] : [3, 4],
});

describe('the metrics of cycles', () => {
  const folderOfTest = temporaryFolder();
  let folder: string;
  let path: string;
  let failures: unknown[];
  beforeEach(() => {
    folder = folderOfTest();
    path = join(folder, 'smtp_validate.prom');
    failures = [];
  });

  const clock = { now: 1_800_000_000_000 };
  const newCycle = (): CycleMetrics => {
    const metrics = new CycleMetrics({
      version: '1.2.3',
      now: () => clock.now,
      read: () => readMetrics(path),
      write: (written) => writeMetrics(path, written),
      failed: (error) => failures.push(error),
    });
    metrics.began();
    return metrics;
  };
  const read = () => parsePrometheus(readFileSync(path, 'utf8'));
  const value = (name: string, labels = ''): number | undefined =>
    read().get(`smtp_validate_${name}`)?.samples.get(labels);

  it('are those of Prometheus’ text format, and readable for the collector, whatever the umask', () => {
    const umask = process.umask(0o077);
    try {
      newCycle().ended(end(0, work));
    } finally {
      process.umask(umask);
    }

    expect(read().size).toBeGreaterThan(15);
    expect(statSync(path).mode & 0o777).toBe(0o644);
    expect(readdirSync(folder)).toEqual(['smtp_validate.prom']);
  });

  it('tell how a cycle ended, and count what it did', () => {
    const cycle = newCycle();
    clock.now += 12_500;
    cycle.ended(end(1, work));

    expect(value('info', 'version="1.2.3"')).toBe(1);
    expect(value('cycle_running')).toBe(0);
    expect(value('cycle_exit_code')).toBe(1);
    expect(value('cycle_duration_seconds')).toBe(12.5);
    expect(value('cycle_end_timestamp_seconds')).toBe(Math.round(clock.now / 1000));
    expect(value('cycles_total', 'exit_code="1"')).toBe(1);
    expect(value('results_total', 'outcome="valid"')).toBe(40);
    expect(value('results_total', 'outcome="catch-all"')).toBe(0);
    expect(value('reasons_total', 'reason="mailbox-not-found"')).toBe(8);
    expect(value('probes_saved_total', 'cause="same_address"')).toBe(5);
    expect(value('results_dropped_total')).toBe(1);
    expect(value('results_unwritten_total')).toBe(3);
    expect(value('rows_given_back_total')).toBe(4);
    expect(value('worker_failures_total')).toBe(1);
    expect(value('lists_completed_total')).toBe(2);
    expect(value('workers')).toBe(0);
  });

  it('go on counting from cycle to cycle, also over cycles without work', () => {
    newCycle().ended(end(0, work));
    newCycle().ended(end(0, undefined));
    newCycle().ended(end(1, work));

    expect(value('results_total', 'outcome="valid"')).toBe(80);
    expect(value('lists_completed_total')).toBe(4);
    expect(value('cycles_total', 'exit_code="0"')).toBe(2);
    expect(value('cycles_total', 'exit_code="1"')).toBe(1);
  });

  it('are written every 15 s while there is work, and then still tell how the cycle before ended', () => {
    newCycle().ended(end(69, undefined));
    const cycle = newCycle();
    const written: (number | undefined)[] = [];
    for (let second = 0; second <= 31; second++) {
      clock.now += 1_000;
      rmSync(path, { force: true });
      cycle.working(progress);
      if (readdirSync(folder).length > 0) written.push(second);
    }
    cycle.working(progress);

    expect(written).toEqual([0, 15, 30]);
    clock.now += 15_000;
    cycle.working(progress);
    expect(value('cycle_running')).toBe(1);
    expect(value('cycle_exit_code')).toBe(69);
    expect(value('workers')).toBe(7);
    expect(value('users_active')).toBe(1);
    expect(value('rows_in_hand')).toBe(90);
    expect(value('results_total', 'outcome="valid"')).toBe(40);
    cycle.ended(end(0, work));
    expect(value('results_total', 'outcome="valid"')).toBe(40);
  });

  it('begin again where the file is gone or is none', () => {
    newCycle().ended(end(0, work));
    writeFileSync(path, 'smtp_validate_results_total{outcome="valid"} many\nhello {} 7\n\u0000');
    newCycle().ended(end(0, work));

    expect(value('results_total', 'outcome="valid"')).toBe(40);
  });

  it('name nobody', () => {
    newCycle().ended(end(0, work));

    const labels = [...read().values()].flatMap(({ samples }) => [...samples.keys()]);
    const names = new Set(labels.filter((label) => label !== '').map((label) => label.split('=')[0]));
    expect([...names].toSorted()).toEqual(['cause', 'exit_code', 'outcome', 'reason', 'version']);
  });

  it('tell once why they cannot be written, and leave nothing behind', () => {
    mkdirSync(path);
    const cycle = newCycle();
    cycle.working(progress);
    cycle.ended(end(0, work));

    expect(failures).toHaveLength(1);
    expect(String(failures[0])).toContain(`cannot write ${path}: it is a folder`);
    expect(readdirSync(folder)).toEqual(['smtp_validate.prom']);
  });
});
