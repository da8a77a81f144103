import { describe, expect, it } from 'vitest';
import { classify } from '../../src/domain/classify.ts';
import { RULES } from '../../src/domain/reply-rules.ts';
import { readCorpus } from '../fixtures/replies/read-corpus.ts';

const corpus = [...readCorpus('replies.tsv'), ...readCorpus('known.tsv')];
const decidedBy = new Map<string, string[]>();
for (const { observed, label } of corpus) {
  const { rule } = classify(observed);
  decidedBy.set(rule, [...(decidedBy.get(rule) ?? []), label]);
}

describe('the rules about replies', () => {
  it.each(RULES.map(({ id, label }) => ({ id, label })))(
    'has an example that $id decides, as $label',
    ({ id, label }) => {
      expect(decidedBy.get(id) ?? []).toContain(label);
    },
  );

  it('has an id, a source and a month for each', () => {
    const ids = RULES.map(({ id }) => id);

    expect(new Set(ids).size).toBe(ids.length);
    expect(RULES.filter(({ id }) => !/^[a-z0-9][a-z0-9-]*$/.test(id))).toEqual([]);
    expect(
      RULES.filter(({ source, date }) => source === '' || !/^20\d\d-(?:0[1-9]|1[0-2])$/.test(date)),
    ).toEqual([]);
  });

  it('has no pattern that keeps a place between two tries', () => {
    expect(RULES.filter(({ pattern }) => pattern.global || pattern.sticky)).toEqual([]);
  });

  it('tries no pattern in vain: none matches an empty text', () => {
    expect(RULES.filter(({ pattern }) => pattern.test('')).map(({ id }) => id)).toEqual([]);
  });
});
