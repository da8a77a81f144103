// One cluster of two nodes for all that is proved on Galera; in this order, since the last kills a node.

import { afterAll, beforeAll, describe } from 'vitest';
import { Cluster } from './cluster.ts';
import { describeDriver } from './driver.ts';
import { describeProgram } from './program.ts';
import { describeStore } from './store.ts';

describe('a Galera cluster of two nodes that are both written to', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start();
  });
  afterAll(async () => cluster[Symbol.asyncDispose]());

  describeDriver(() => cluster);
  describeStore(() => cluster);
  describeProgram(() => cluster);
});
