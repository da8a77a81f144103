// A file of metrics for the textfile collector of Prometheus' node_exporter: written whole to another name in the same
// folder and renamed, so that it is never read half. Also reads back what a cycle before wrote, since counters go on. What
// is measured is cycle/metrics.ts. Node built-ins only.

import { readFileSync } from 'node:fs';

import { replaceFile } from './replace-file.ts';

/** What is measured under one name. */
export interface Metric {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  /** By labels as they are written, `outcome="valid"`; the empty text for none. */
  readonly values: ReadonlyMap<string, number>;
}

// Read by the collector, which is another user. There is nothing in it that not everybody on this machine may know.
const METRICS_MODE = 0o644;

const SAMPLE = /^([a-z_]+)(?:\{([^}]*)\})? (\S+)$/;

/** Writes the metrics; throws FILE_NOT_WRITTEN. The folder is the operator's: it is not made. */
export function writeMetrics(path: string, metrics: readonly Metric[]): void {
  replaceFile(path, metricsText(metrics), { mode: METRICS_MODE, isForAll: true });
}

/** The text format of Prometheus, version 0.0.4. */
function metricsText(metrics: readonly Metric[]): string {
  return metrics
    .filter(({ values }) => values.size > 0)
    .map(({ name, type, help, values }) =>
      [
        `# HELP ${name} ${help}\n`,
        `# TYPE ${name} ${type}\n`,
        ...[...values]
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([labels, value]) => `${name}${labels === '' ? '' : `{${labels}}`} ${value}\n`),
      ].join(''),
    )
    .join('');
}

/** Reads the values of a file that was written here, by name and labels; none of a file that is not there or cannot be read. */
export function readMetrics(path: string): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const metrics = new Map<string, Map<string, number>>();
  for (const line of textOf(path).split('\n')) {
    const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
    if (name === undefined || !Number.isFinite(Number(value))) continue;
    const values = metrics.get(name) ?? new Map<string, number>();
    metrics.set(name, values.set(labels, Number(value)));
  }
  return metrics;
}

// A counter that begins again is what Prometheus expects of a program that was started anew.
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
