import { describe, expect, it } from 'vitest';
import type { Ground } from '../../../src/cli/doctor/check.ts';
import { configurationChecks } from '../../../src/cli/doctor/configuration.ts';
import { showSettings } from '../../../src/platform/show-settings.ts';

const remarksOn = (env: Record<string, string>) => {
  const settings = showSettings({ cwd: '/nowhere', env });
  return configurationChecks[0]!.run({ settings, problems: [], cwd: '/nowhere' } as unknown as Ground);
};

describe('the doctor’s look at the settings', () => {
  it('names those that differ from the default, not those that were copied', async () => {
    const copied = { SMTP_PORT: '25', TOTAL_WORKERS_POOL: '50' };

    const [own] = await remarksOn({ ...copied, SERVER_ID: 'alpha', MAX_CONCURRENT_USERS: '5' });
    const [none] = await remarksOn(copied);

    expect(own).toMatchObject({
      grade: 'ok',
      text: expect.stringMatching(/^2 of \d+ differ from the default/) as string,
      details: [
        ['SERVER_ID', 'alpha', 'environment'],
        ['MAX_CONCURRENT_USERS', '5', 'environment'],
      ],
    });
    expect(none).toMatchObject({
      grade: 'ok',
      text: expect.stringMatching(/^all are as by default/) as string,
    });
  });
});
