// Measures the classifier on the reply collections: how many labels and verdicts are right, whether anything that may
// exist was called invalid, and which replies are missed. Exits 1 below the floors that the test holds.

import process from 'node:process';
import { classify } from '../src/domain/classify.ts';
import { readCorpus, type CorpusReply } from '../test/fixtures/replies/read-corpus.ts';

const LABEL_FLOOR = 0.95;
const VERDICT_FLOOR = 0.98;

for (const name of ['replies.tsv', 'known.tsv'] as const) report(name, readCorpus(name));

function report(name: string, corpus: readonly CorpusReply[]): void {
  const began = performance.now();
  const judged = corpus.map((entry) => ({ entry, got: classify(entry.observed) }));
  const perSecond = Math.round((corpus.length / (performance.now() - began)) * 1000);

  const labels = judged.filter(({ entry, got }) => got.label === entry.label).length / corpus.length;
  const verdicts = judged.filter(({ entry, got }) => got.verdict === entry.verdict).length / corpus.length;
  const falseInvalid = judged.filter(
    ({ entry, got }) => got.verdict === 'invalid' && entry.verdict !== 'invalid',
  );

  console.log(`${name}: ${corpus.length} replies, ${perSecond} a second (cold)`);
  console.log(
    `  label ${percent(labels)}  verdict ${percent(verdicts)}  false invalid ${falseInvalid.length}`,
  );
  for (const { entry, got } of judged.filter(({ entry: want, got: is }) => is.label !== want.label)) {
    console.log(`  want ${entry.label}, got ${got.label} by ${got.rule}: ${entry.stage} ${entry.reply}`);
  }
  if (labels < LABEL_FLOOR || verdicts < VERDICT_FLOOR || falseInvalid.length > 0) process.exitCode = 1;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
