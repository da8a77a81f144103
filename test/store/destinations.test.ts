import { expect, it } from 'vitest';
import type { KnownDestination } from '../../src/domain/known-destination.ts';
import { onBothStores } from './bench.ts';

const CLOSED: KnownDestination = {
  destination: 'mx.a.test',
  limit: 1,
  ceiling: { limit: 2, secondsLeft: 86_400 },
  closure: {
    type: 'block',
    said: '554 5.7.1 blocked — nicht für Sie',
    waitSeconds: 3600,
    sinceSecondsAgo: 7200,
    secondsLeft: 1800,
  },
  seenSecondsAgo: 5,
};
const OPEN: KnownDestination = {
  destination: 'google',
  limit: 3,
  ceiling: undefined,
  closure: undefined,
  seenSecondsAgo: 0,
};
const ON_TRIAL: KnownDestination = { ...CLOSED, closure: { ...CLOSED.closure!, secondsLeft: -60 } };

onBothStores('destinations', (bench) => {
  it('are known again in a later cycle of the same server, and to nobody else’s', async () => {
    const store = await bench.open();
    await store.recordDestinations('alpha', [CLOSED, OPEN]);
    await store.recordDestinations('beta', [ON_TRIAL]);

    expect(rounded(await store.loadDestinations('alpha'))).toEqual([
      { ...OPEN, server: 'alpha' },
      { ...CLOSED, server: 'alpha' },
    ]);
    expect(rounded(await store.loadDestinations('beta'))).toEqual([{ ...ON_TRIAL, server: 'beta' }]);
    expect((await store.loadDestinations()).map(({ server }) => server)).toEqual(['alpha', 'alpha', 'beta']);
  });

  it('are what was written last, and are forgotten a week after the last word', async () => {
    const store = await bench.open();
    await store.recordDestinations('alpha', [CLOSED, OPEN]);
    await store.recordDestinations('alpha', [{ ...CLOSED, limit: 2, closure: undefined }]);
    const [, last] = await store.loadDestinations('alpha');
    await bench.raw.execute('UPDATE svc_destination SET expires_at = expires_at - 604801');
    const after = await store.loadDestinations('alpha');
    await store.recordDestinations('alpha', [OPEN]);

    expect([last, after]).toMatchObject([{ limit: 2, closure: undefined }, []]);
    expect(await bench.column('SELECT destination FROM svc_destination')).toEqual(['google']);
  });

  it('leave out what is no name of a host', async () => {
    const store = await bench.open();
    await store.recordDestinations('alpha', [{ ...OPEN, destination: 'mx.bücher.test' }, OPEN]);

    expect(await bench.column('SELECT destination FROM svc_destination')).toEqual(['google']);
  });
});

/** A second may pass between the writing and the reading. */
function rounded(known: readonly KnownDestination[]): readonly KnownDestination[] {
  const near = (value: number, of: number): number => (Math.abs(value - of) <= 2 ? of : value);
  return known.map(({ ceiling, closure, seenSecondsAgo, ...rest }) => {
    const like = rest.destination === 'google' ? OPEN : (closure?.secondsLeft ?? 0) < 0 ? ON_TRIAL : CLOSED;
    return {
      ...rest,
      ceiling: ceiling && { ...ceiling, secondsLeft: near(ceiling.secondsLeft, 86_400) },
      closure: closure && {
        ...closure,
        sinceSecondsAgo: near(closure.sinceSecondsAgo, 7200),
        secondsLeft: near(closure.secondsLeft, like.closure!.secondsLeft),
      },
      seenSecondsAgo: near(seenSecondsAgo, like.seenSecondsAgo),
    };
  });
}
