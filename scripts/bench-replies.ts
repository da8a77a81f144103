// Measures the classifier on the reply collections: how many labels and verdicts are right, whether anything that may
// exist was called invalid, which replies are missed, and what a reply costs. Exits 1 below the floors that the test
// holds.

import process from 'node:process';
import { classify } from '../src/domain/classify.ts';
import { readOptions } from '../test/support/command-options.ts';
import { readCorpus, type CorpusReply } from '../test/fixtures/replies/read-corpus.ts';

const LABEL_FLOOR = 0.97;
const VERDICT_FLOOR = 0.99;
/** After so many passes the patterns are compiled and the code is hot. */
const WARMING_PASSES = 3;

readOptions('npm run bench:replies', {});
for (const name of ['replies.tsv', 'known.tsv'] as const) report(name, readCorpus(name));

function report(name: string, corpus: readonly CorpusReply[]): void {
  const judged = corpus.map((entry) => ({ entry, got: classify(entry.observed) }));
  const labels = judged.filter(({ entry, got }) => got.label === entry.label).length / corpus.length;
  const verdicts = judged.filter(({ entry, got }) => got.verdict === entry.verdict).length / corpus.length;
  const mayExist = judged.filter(({ entry }) => entry.verdict !== 'invalid');
  const falseInvalid = mayExist.filter(({ got }) => got.verdict === 'invalid');

  console.log(`${name}: ${corpus.length} replies, ${microsecondsEach(corpus)} µs of CPU each (warm)`);
  console.log(
    `  label ${percent(labels)}  verdict ${percent(verdicts)}  ` +
      `false invalid ${falseInvalid.length} of ${mayExist.length}`,
  );
  for (const { entry, got } of judged) {
    if (got.label === entry.label && got.verdict === entry.verdict) continue;
    const [want, is] = [`${entry.label}/${entry.verdict}`, `${got.label}/${got.verdict}`];
    console.log(`  want ${want}, got ${is} by ${got.rule}: ${entry.stage} ${entry.reply}`);
  }
  if (labels < LABEL_FLOOR || verdicts < VERDICT_FLOOR || falseInvalid.length > 0) process.exitCode = 1;
}

function microsecondsEach(corpus: readonly CorpusReply[]): number {
  for (let pass = 0; pass < WARMING_PASSES; pass++) classifyAll(corpus);
  const before = process.cpuUsage();
  classifyAll(corpus);
  const { user, system } = process.cpuUsage(before);
  return Math.round((user + system) / corpus.length);
}

function classifyAll(corpus: readonly CorpusReply[]): void {
  for (const { observed } of corpus) classify(observed);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
