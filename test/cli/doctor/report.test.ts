import { describe, expect, it } from 'vitest';
import { CannotCheck, type Check, type Ground } from '../../../src/cli/doctor/check.ts';
import { inColour, unpainted } from '../../../src/cli/paint.ts';
import { ok, failure, warning } from '../../../src/cli/doctor/remark.ts';
import { hasFailure, reportDocument, reportLines } from '../../../src/cli/doctor/report.ts';
import { runChecks, type Examined } from '../../../src/cli/doctor/run-checks.ts';

const examined = (theme: Examined['theme'], ...remarks: Examined['remarks']): Examined => ({
  theme,
  remarks,
  isAbandoned: false,
});

const SOME = [
  examined('Database', failure('database', 'it is not reachable', 'Start it.')),
  examined(
    'Machine',
    ok('node', 'Node 24.1.0', [
      ['A', 'b', '.env'],
      ['LONG', 'c', 'default'],
    ]),
  ),
  examined('Database', warning('schema', 'not checked: so', 'Look.')),
  examined('Database', warning('rights', 'not checked: so', 'Look.')),
];

describe('reportLines', () => {
  it('tells by theme, what says the same of several things once', () => {
    expect(reportLines(SOME, 80, unpainted)).toEqual([
      'Machine',
      '  ok       node: Node 24.1.0',
      '             A     b  .env',
      '             LONG  c  default',
      '',
      'Database',
      '  failure  database: it is not reachable',
      '           → Start it.',
      '  warning  schema, rights: not checked: so',
      '           → Look.',
      '',
      '1 ok, 2 warnings, 1 failure: not fit to probe; see to the failures.',
    ]);
  });

  it('keeps to the width, and lets nothing through that a terminal would obey', () => {
    const text = `${'many words that go on '.repeat(12)}\u001B[31m\nred`;
    const long = ok('settings', text, [
      ['DATABASE_URL', `mysql://svc:***@${'db.'.repeat(30)}example.net/crm`, '.env'],
    ]);
    const lines = reportLines([examined('DNS', warning('resolver', text, text), long)], 60, unpainted);

    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(lines.join('')).not.toContain('\u001B');
  });

  it('colours grades only', () => {
    const [heading, line] = reportLines([examined('Machine', ok('node', 'Node 24'))], 80, inColour);

    expect(heading).toBe('\u001B[1mMachine\u001B[0m');
    expect(line).toBe('  \u001B[32mok     \u001B[0m  node: Node 24');
  });
});

it('makes one document', () => {
  expect(hasFailure(SOME)).toBe(true);
  expect(
    reportDocument(
      SOME,
      [{ key: 'SMTP_PORT', value: '25', origin: '/x/.env', isUsual: false, reason: 'So.' }],
      '/x',
    ),
  ).toMatchObject({
    ok: false,
    counts: { ok: 1, warning: 2, failure: 1 },
    checks: [
      { theme: 'Machine', about: 'node', grade: 'ok', text: 'Node 24.1.0', next: null },
      { theme: 'Database', about: 'database', grade: 'failure', next: 'Start it.' },
      { about: 'schema' },
      { about: 'rights' },
    ],
    settings: [{ key: 'SMTP_PORT', value: '25', origin: '.env', reason: 'So.' }],
  });
});

describe('runChecks', () => {
  const ground = {} as Ground;
  const check = (run: Check['run'], limitMs?: number): Check => ({ theme: 'DNS', about: 'it', run, limitMs });

  it('turns a check that cannot be made into a warning that says why', async () => {
    const [made] = await runChecks([check(() => Promise.reject(new CannotCheck('the moon is new')))], ground);

    expect(made).toMatchObject({
      isAbandoned: false,
      remarks: [{ grade: 'warning', about: 'it', text: 'not checked: the moon is new' }],
    });
  });

  it('gives up a check that takes too long', async () => {
    const [made] = await runChecks([check(() => new Promise(() => undefined), 20)], ground);

    expect(made).toMatchObject({
      isAbandoned: true,
      remarks: [{ grade: 'warning', text: 'not checked: no answer within 0.02 s' }],
    });
  });

  it('lets a bug rise', async () => {
    await expect(runChecks([check(() => Promise.reject(new TypeError('oops')))], ground)).rejects.toThrow(
      'oops',
    );
  });
});
