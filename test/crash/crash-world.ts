// The internet and the lists of a crash test: all kinds of hosts, several lists of several users, and some addresses
// that stand in more than one list or twice in one. Pure.

import { formatAddress, parseAddress } from '../../src/domain/address.ts';
import { seededRandom } from '../support/internet/random.ts';
import type { DomainKind } from '../support/internet/world-kinds.ts';
import { makeWorld, type World, type WorldList } from '../support/internet/world.ts';
import type { ImportedRow } from './judge-probes.ts';

const USERS = [5, 8, 13, 21, 34];
const ROWS_OF_A_LIST = 340;
const DUPLICATE_SHARE = 0.05;
/** Each of their rows costs a time-out of its own, at each attempt. */
const TIME_CONSUMING: readonly DomainKind[] = ['silent-at-rcpt'];

/** A world with `rows` rows or a few more. The same seed gives the same. */
export function makeCrashWorld(seed: number, rows: number): World {
  const world = makeWorld({
    seed,
    domains: 120,
    lists: Array.from({ length: Math.ceil(rows / ROWS_OF_A_LIST) }, (_, i) => ({
      userId: USERS[i % USERS.length]!,
      addresses: ROWS_OF_A_LIST,
    })),
    greylistSeconds: 1,
    exclusions: true,
    without: TIME_CONSUMING,
  });
  const random = seededRandom(seed + 1);
  const lists = world.lists.map((list, place): WorldList => {
    const known = world.lists.slice(0, place + 1).flatMap(({ addresses }) => addresses);
    const count = Math.ceil(list.addresses.length * DUPLICATE_SHARE);
    const again = Array.from({ length: count }, () => random.pick(known));
    return { ...list, addresses: random.shuffle([...list.addresses, ...again]) };
  });
  return { ...world, lists };
}

/** The rows of the lists as they are imported: ids from 1, lists in order. */
export function importedRows({ lists }: Pick<World, 'lists'>): readonly ImportedRow[] {
  return lists
    .flatMap(({ addresses }, place) => addresses.map((expected) => ({ listId: place + 1, expected })))
    .map(({ listId, expected }, index) => {
      const address = parseAddress(expected.email);
      return {
        id: index + 1,
        listId,
        expected,
        asked: 'problem' in address ? undefined : formatAddress(address),
      };
    });
}
