import { describe, expect, it } from 'vitest';
import { StructuralFailure } from '../../src/pool/structural-failure.ts';
import type { WorkerVerdict } from '../../src/pool/worker-exit.ts';

const early: WorkerVerdict = {
  isFailure: true,
  structural: 'possible',
  sentence: 'worker in slot 1 exited with 70',
};
const certain: WorkerVerdict = { ...early, structural: 'certain' };
const harmless: WorkerVerdict = { ...early, structural: 'no' };

describe('StructuralFailure', () => {
  it('is proven by three early deaths in a row, and says so once', () => {
    const failure = new StructuralFailure();

    const proofs = [early, early, early, early].map((verdict) => failure.noteEnd(verdict));

    expect(proofs).toEqual([
      undefined,
      undefined,
      '3 workers in a row ended before their first result: worker in slot 1 exited with 70. No more workers are started',
      undefined,
    ]);
    expect(failure.isProven).toBe(true);
  });

  it('is proven at once by a worker that says that it cannot go on', () => {
    expect(new StructuralFailure().noteEnd(certain)).toBe(
      'worker in slot 1 exited with 70. No more workers are started',
    );
  });

  it('is not proven when a result came between, nor by ends that mean nothing', () => {
    const failure = new StructuralFailure();
    failure.noteEnd(early);
    failure.noteEnd(early);
    failure.noteResult();
    failure.noteEnd(early);
    failure.noteEnd(harmless);
    failure.noteEnd(early);

    expect(failure.isProven).toBe(false);
  });
});
