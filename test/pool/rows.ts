// Rows and slices for the tests of the pool: `rows(1, 3, 'gmail')` are the rows 1 to 3, all of one destination.

import type { ProbeRow } from '../../src/domain/row.ts';
import type { Slice } from '../../src/worker/messages.ts';

export function row(id: number, destination: string, local = `row${id}`): ProbeRow {
  const domain = `${destination}.example`;
  return {
    id,
    listId: 4,
    email: `${local}@${domain}`,
    attempts: 0,
    throttles: 0,
    token: 'token',
    target: { type: 'mailbox', address: { local, domain } },
  };
}

export function decidedRow(id: number): ProbeRow {
  const target = {
    type: 'decided',
    verdict: 'invalid',
    reason: 'syntax',
    response: 'Invalid syntax: empty',
  } as const;
  return { id, listId: 4, email: '', attempts: 0, throttles: 0, token: 'token', target };
}

export function rows(first: number, last: number, destination: string): ProbeRow[] {
  return Array.from({ length: last - first + 1 }, (_, index) => row(first + index, destination));
}

export function sliceOf(...all: readonly ProbeRow[]): Slice {
  const domains = all.flatMap(({ target }) => (target.type === 'mailbox' ? target.address.domain : []));
  const routes = domains.map((domain) => {
    const destination = domain.replace(/\.example$/, '');
    return [
      domain,
      { type: 'hosts', hosts: [{ name: `mx.${domain}`, ips: ['127.0.0.1'] }], destination },
    ] as const;
  });
  return { sliceId: 0, from: 0, to: all.length, rows: all, routes: Object.fromEntries(routes), catchAll: {} };
}

export function idsOf(all: readonly { readonly id: number }[]): number[] {
  return all.map(({ id }) => id).toSorted((a, b) => a - b);
}
