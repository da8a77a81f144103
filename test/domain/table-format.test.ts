import { describe, expect, it } from 'vitest';
import { formatOf } from '../../src/domain/table-format.ts';

describe('formatOf', () => {
  it.each([
    ['email,name\nann@example.com,Ann\n', 'csv ,'],
    ['email;name\r\nann@example.com;"Miller, Ann"\r\nbob@example.com;"Smith, Bob"\r\n', 'csv ;'],
    ['email\tname\nann@example.com\tAnn, the first\n', 'csv \t'],
    ['1|ann@example.com|x\n2|bob@example.com|y\n', 'csv |'],
    ['a;b\rann@example.com;x\r', 'csv ;'],
    ['"ann@example.com"\n"bob@example.com"\n', 'csv ,'],
    ['ann@example.com\nbob@example.com\n', 'lines'],
    ['"ann smith"@example.com\nbob@example.com\n', 'lines'],
    ['ann@example.com\nbob@example.com\nSmith, Bob\n', 'lines'],
    ['{"email":"ann@example.com","n":1}\n{"email":"bob@example.com"}\n', 'ndjson'],
    ['{not json},x\n1,2\n', 'csv ,'],
    ['', 'lines'],
  ])('takes %j for %s', (text, name) => {
    const format = formatOf(text);

    expect(format.type === 'csv' ? `csv ${format.delimiter}` : format.type).toBe(name);
  });
});
