import { expect, it } from 'vitest';
import { NOTHING_IMPORTED, type ImportRequest, type ImportedPiece } from '../../src/store/import-rows.ts';
import { SERVER_A, onBothStores, range, token } from './bench.ts';

const request: ImportRequest = { userId: 5, listName: 'leads', fileName: 'leads.csv', by: 'ann@web1' };

const stateAt = (entries: number) => ({ entries, digest: String(entries).padStart(64, '0') });

/** A piece of the addresses from one number to another. */
function pieceOf(from: number, to: number, rejected = 0): ImportedPiece {
  return {
    addresses: range(from, to).map((n) => ({
      email: `u${n}@example.com`,
      account: `u${n}`,
      domain: 'example.com',
    })),
    from: from === 1 ? NOTHING_IMPORTED : stateAt(from - 1),
    to: stateAt(to),
    rejected,
  };
}

onBothStores('import', (bench) => {
  const emails = () => bench.column('SELECT raw_emailid FROM emails ORDER BY id');

  it('lets nothing of a list be claimed before it is whole, and all of it then', async () => {
    const store = await bench.open();
    const listId = await store.importPiece(request, pieceOf(1, 500));

    expect((await store.survey()).demands).toEqual([]);
    expect(await store.claimRows(5, 100, token('a'), SERVER_A)).toEqual([]);
    expect(await store.reconcileLists()).toEqual([]);
    expect(await store.imports()).toMatchObject([
      { listId, userId: 5, listName: 'leads', entries: 500, by: 'ann@web1' },
    ]);

    await store.importPiece(request, pieceOf(501, 700, 3));
    await store.finishImport(request, stateAt(700), 4);

    expect(await store.imports()).toEqual([]);
    expect((await store.survey()).demands).toMatchObject([{ userId: 5, pending: 700, listIds: [listId] }]);
    expect(await emails()).toEqual(range(1, 700).map((n) => `u${n}@example.com`));
    const [list] = await bench.raw.query('SELECT * FROM csv_list');
    expect(list).toMatchObject({
      user_id: 5,
      list_name: 'leads',
      file_name: 'leads.csv',
      status: 'pending',
      total_emails: 704,
      invalid_count: 4,
      valid_count: 0,
    });
  });

  it('keeps the counts that an import wrote when the list is counted', async () => {
    const store = await bench.open();
    await store.importPiece(request, pieceOf(1, 10));
    await store.finishImport(request, stateAt(10), 2);

    await store.claimRows(5, 100, token('a'), SERVER_A);

    expect(await bench.raw.query('SELECT status, total_emails, invalid_count FROM csv_list')).toEqual([
      { status: 'running', total_emails: 12, invalid_count: 2 },
    ]);
  });

  it('goes on behind what a process that died has brought', async () => {
    const store = await bench.open();
    const listId = await store.importPiece(request, pieceOf(1, 20));

    const again = await bench.open();
    const { unfinished } = await again.findImport(request);

    expect(unfinished).toMatchObject({ listId, ...stateAt(20) });
    expect(await again.importPiece(request, pieceOf(21, 30))).toBe(listId);
    await again.finishImport(request, stateAt(30), 0);
    expect(await emails()).toHaveLength(30);
    expect(await again.findImport(request)).toEqual({ listId });
  });

  it('writes a piece once, however often it is asked to', async () => {
    const store = await bench.open();
    const listId = await store.importPiece(request, pieceOf(1, 20));

    expect(await store.importPiece(request, pieceOf(1, 20))).toBe(listId);
    await store.finishImport(request, stateAt(20), 0);
    await store.finishImport(request, stateAt(20), 0);

    expect(await emails()).toHaveLength(20);
  });

  it('stops whoever is behind another process with the same list, and writes nothing of it', async () => {
    const [one, other] = [await bench.open(), await bench.open()];
    await one.importPiece(request, pieceOf(1, 20));
    await other.importPiece(request, pieceOf(21, 40));

    await expect(one.importPiece(request, pieceOf(21, 30))).rejects.toMatchObject({
      code: 'IMPORT_OVERTAKEN',
    });
    await expect(one.finishImport(request, stateAt(20), 0)).rejects.toMatchObject({
      code: 'IMPORT_OVERTAKEN',
    });

    expect(await emails()).toHaveLength(40);
    expect(await bench.column('SELECT COUNT(*) FROM csv_list')).toEqual([1]);
  });

  it('makes one list when two begin at the same moment', async () => {
    const stores = await Promise.all([bench.open(), bench.open()]);

    const outcomes = await Promise.allSettled(
      stores.map((store, index) => store.importPiece(request, pieceOf(1, 20 + index))),
    );

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await bench.column('SELECT COUNT(*) FROM csv_list')).toEqual([1]);
    expect(await bench.column('SELECT COUNT(*) = (SELECT entries FROM svc_import) FROM emails')).toEqual([1]);
  });

  it('knows a list of this name that the user has already', async () => {
    const store = await bench.open();
    await bench.raw.execute(
      "INSERT INTO csv_list (id, user_id, list_name) VALUES (3, 5, 'leads'), (4, 6, 'others')",
    );

    expect(await store.findImport(request)).toEqual({ listId: 3 });
    expect(await store.findImport({ userId: 5, listName: 'others' })).toEqual({});
  });

  it('tells what the column of the addresses can hold', async () => {
    const store = await bench.open();

    const { maxLength, maxCodePoint } = await store.addressLimits();

    expect(maxLength).toBe(bench.options.type === 'mysql' ? 150 : Infinity);
    expect(maxCodePoint).toBe(0x10ffff);
  });
});
