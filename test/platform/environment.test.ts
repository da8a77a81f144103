import { describe, expect, it } from 'vitest';

import { canRedraw, workerEnvironment } from '../../src/platform/environment.ts';

describe('workerEnvironment', () => {
  it('hands on the environment without secrets and without what slows a start', () => {
    const env = {
      PATH: '/bin',
      TZ: 'Europe/Berlin',
      DATABASE_URL: 'mysql://svc:pw@h/crm',
      DB_PASSWORD: 'pw',
      NODE_OPTIONS: '--inspect',
      NODE_EXTRA_CA_CERTS: '/ca.pem',
      EMPTY: undefined,
    };

    expect(workerEnvironment(env)).toEqual({ PATH: '/bin', TZ: 'Europe/Berlin' });
  });
});

describe('canRedraw', () => {
  it.each([
    [true, {}, true],
    [true, { TERM: 'xterm', NO_COLOR: '1' }, true],
    [true, { TERM: 'dumb' }, false],
    [false, {}, false],
    [undefined, {}, false],
  ])('with isTTY %s and %j is %s', (isTTY, env, wanted) => {
    expect(canRedraw({ isTTY }, env)).toBe(wanted);
  });
});
