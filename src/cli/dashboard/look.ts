// One look at everything that somebody looks at: the figures are gathered once, whatever the number of pages, and each list
// that is looked at is asked about besides. What a page shows of it: overview-view.ts, list-view.ts.

import { overviewOf } from '../../domain/overview.ts';
import type { Config } from '../../platform/config.ts';
import type { Store } from '../../store/store.ts';
import { statusFacts } from '../gather-status.ts';
import { whyOf } from '../why.ts';
import { listView } from './list-view.ts';
import type { LookoutOptions, Topic } from './lookout.ts';
import { overviewView } from './overview-view.ts';

export function lookWith(
  store: Store,
  folders: Pick<Config, 'storageDir' | 'logDir'>,
): LookoutOptions['look'] {
  return async (topics) => {
    const figures = await store.readFigures();
    const overview = overviewOf(figures);
    const found = new Map<Topic, string | undefined>();
    for (const topic of new Set(topics)) {
      if (topic === 'overview') {
        const facts = statusFacts(figures, overview, store.description, folders);
        found.set(topic, overviewView(facts, figures.pace).text);
        continue;
      }
      const rows = await store.readListRows(topic);
      found.set(
        topic,
        rows &&
          listView({
            list: rows.list,
            why: await whyOf(store, rows, overview),
            samples: await store.readSamples(topic),
            overview,
            pace: figures.pace.filter(({ userId }) => userId === rows.list.userId),
          }).text,
      );
    }
    return found;
  };
}
