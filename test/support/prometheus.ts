// Reads Prometheus' text format 0.0.4 as strictly as its documents have it, and stricter where node_exporter's textfile
// collector is: each metric once, with HELP and TYPE before its samples, no timestamps, no sample twice, names and labels in
// their alphabet, label values escaped, counters that end in _total and are not negative, a line feed at the end.

export interface ParsedMetric {
  readonly type: string;
  readonly help: string;
  /** By the labels as they are written. */
  readonly samples: ReadonlyMap<string, number>;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"';
const SAMPLE = new RegExp(
  `^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (-?\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?|NaN|[+-]Inf)$`,
);

/** Gives the metrics of a text; throws for the first thing that is wrong with it. */
export function parsePrometheus(text: string): ReadonlyMap<string, ParsedMetric> {
  if (!text.endsWith('\n')) throw new Error('no line feed at the end');
  const metrics = new Map<string, { type: string; help: string; samples: Map<string, number> }>();
  let current = '';
  let help: { name: string; text: string } | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    const [, helped, words] = new RegExp(`^# HELP (${NAME}) (.+)$`).exec(line) ?? [];
    const [, typed, type] = new RegExp(`^# TYPE (${NAME}) (counter|gauge)$`).exec(line) ?? [];
    if (helped !== undefined) {
      if (metrics.has(helped)) throw new Error(`${helped} stands twice`);
      help = { name: helped, text: words! };
    } else if (typed !== undefined) {
      if (help?.name !== typed) throw new Error(`${typed} has no HELP right before its TYPE`);
      if ((type === 'counter') !== typed.endsWith('_total'))
        throw new Error(`${typed} is misnamed for a ${type}`);
      metrics.set(typed, { type: type!, help: help.text, samples: new Map() });
      current = typed;
    } else {
      const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
      if (name === undefined) throw new Error(`no sample: ${line}`);
      if (name !== current) throw new Error(`${name} stands below ${current}`);
      const metric = metrics.get(name)!;
      if (metric.samples.has(labels)) throw new Error(`${name}{${labels}} stands twice`);
      if (metric.type === 'counter' && !(Number(value) >= 0)) throw new Error(`${name} counts ${value}`);
      metric.samples.set(labels, Number(value));
    }
  }
  const bare = [...metrics].find(([, { samples }]) => samples.size === 0);
  if (bare !== undefined) throw new Error(`${bare[0]} has no sample`);
  return metrics;
}
