// Greylisting by a real server: the first attempt is put off, a later one from the same sender is answered, and the
// control recipient, being the same each time, has passed by then too.

import { describe, expect, inject, it } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { concludeAll } from './ask.ts';

const KNOWN = 'ann@late.postfix.example';
const UNKNOWN = 'zed@late.postfix.example';

describe('postfix behind a greylisting policy', () => {
  const isHere = inject('mailServers').includes('postfix');

  it.skipIf(!isHere)('puts everybody off at first, and tells them apart in time', async () => {
    const first = await concludeAll('postfix', [UNKNOWN, KNOWN]);
    expect(first.map(({ verdict, reason }) => `${verdict} ${reason}`)).toEqual([
      'retry greylisted',
      'retry greylisted',
    ]);

    let latest = first;
    await waitFor(
      async () => {
        latest = await concludeAll('postfix', [UNKNOWN, KNOWN]);
        return latest.every(({ verdict }) => verdict !== 'retry');
      },
      'both are answered',
      20_000,
    );

    expect(latest.map(({ verdict, reason, catchAll }) => ({ verdict, reason, catchAll }))).toEqual([
      { verdict: 'invalid', reason: 'mailbox-not-found', catchAll: 'no' },
      { verdict: 'valid', reason: 'accepted', catchAll: 'no' },
    ]);
  });
});
