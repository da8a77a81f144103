import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FromWorker } from '../../src/worker/messages.ts';
import { Outbox, type Delivery } from '../../src/worker/outbox.ts';
import { resultFor } from '../pool/recorder.ts';
import { rows } from '../pool/rows.ts';
import { waitFor } from '../support/wait-for.ts';

function news(sliceId: number, count: number, over: Partial<Delivery> = {}): Delivery {
  return {
    sliceId,
    results: rows(1, count, 'a').map(resultFor),
    catchAll: {},
    sessions: [],
    settled: [],
    ...over,
  };
}

/** A channel that takes one message at a time, each when `pass` is called. */
function channel() {
  const sent: FromWorker[] = [];
  const passes: (() => void)[] = [];
  const send = (message: FromWorker) =>
    new Promise<void>((resolve) => {
      sent.push(message);
      passes.push(resolve);
    });
  return { sent, send, pass: () => passes.at(-1)?.() };
}

function freeChannel() {
  const sent: FromWorker[] = [];
  return { sent, send: async (message: FromWorker) => void sent.push(message) };
}

const sizes = (sent: readonly FromWorker[]) =>
  sent.map((message) =>
    message.type === 'results' ? `${message.sliceId}: ${message.results.length}` : message.type,
  );

afterEach(() => void vi.useRealTimers());

describe('Outbox', () => {
  it('sends the first at once, and gathers what follows', async () => {
    vi.useFakeTimers();
    const { sent, send } = freeChannel();
    const outbox = new Outbox(send);

    outbox.add(news(1, 1));
    await vi.advanceTimersByTimeAsync(0);
    for (let count = 0; count < 3; count++) outbox.add(news(1, 1));
    await vi.advanceTimersByTimeAsync(199);
    const meanwhile = sizes(sent);
    await vi.advanceTimersByTimeAsync(1);

    expect([meanwhile, sizes(sent)]).toEqual([['1: 1'], ['1: 1', '1: 3']]);
  });

  it('gathers results for a moment and sends them in one message a slice', async () => {
    const { sent, send } = freeChannel();
    const outbox = new Outbox(send);

    outbox.add(news(1, 2, { catchAll: { 'a.example': 'no' } }));
    outbox.add(news(2, 1));
    outbox.add(news(1, 3, { settled: ['a'] }));
    await waitFor(() => sent.length === 2, 'both slices were told');

    expect(sizes(sent)).toEqual(['1: 5', '2: 1']);
    expect(sent[0]).toMatchObject({ catchAll: { 'a.example': 'no' }, settled: ['a'] });
  });

  it('does not wait once there are twenty results', async () => {
    const { sent, send } = freeChannel();
    const outbox = new Outbox(send);

    outbox.add(news(1, 20));
    await Promise.resolve();

    expect(sizes(sent)).toEqual(['1: 20']);
  });

  it('says nothing before the results that came first', async () => {
    const { sent, send } = freeChannel();
    const outbox = new Outbox(send);

    outbox.add(news(1, 1));
    await outbox.say({ type: 'slice-done', sliceId: 1, unstarted: [] });

    expect(sizes(sent)).toEqual(['1: 1', 'slice-done']);
  });

  it('sends one message only after the one before has left', async () => {
    const { sent, send, pass } = channel();
    const outbox = new Outbox(send);

    outbox.add(news(1, 20));
    const said = outbox.say({ type: 'draining' });
    await waitFor(() => sent.length > 0, 'the first message is on its way');
    const whileTheFirstWaits = sizes(sent);
    pass();
    await waitFor(() => sent.length === 2, 'the second follows');
    pass();
    await said;

    expect([whileTheFirstWaits, sizes(sent)]).toEqual([['1: 20'], ['1: 20', 'draining']]);
  });
});
