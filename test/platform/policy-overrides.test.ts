import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { OperationalError } from '../../src/platform/operational-error.ts';
import { readPolicyOverrides } from '../../src/platform/policy-overrides.ts';

const folder = mkdtempSync(join(tmpdir(), 'policies-'));
const path = join(folder, 'providers.json');
afterAll(() => rmSync(folder, { recursive: true }));

function read(content: unknown) {
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return readPolicyOverrides(path);
}

describe('readPolicyOverrides', () => {
  it('takes what an operator may want of a provider, a suffix and a host', () => {
    expect(
      read([
        { provider: 'google', connections: 2, secondsBetweenSessions: 0.5 },
        {
          suffix: '.MX.Hoster.example',
          connections: 1,
          recipientsPerSession: 20,
          secondsBetweenSessions: 15,
        },
        { host: 'mx1.partner.example', probe: 'never' },
      ]),
    ).toMatchObject([
      { of: 'google', kind: 'provider', connections: 2, secondsBetweenSessions: 0.5 },
      { of: '.mx.hoster.example', kind: 'suffix', recipientsPerSession: 20 },
      { of: 'mx1.partner.example', kind: 'host', probe: 'never' },
    ]);
  });

  it('takes what stands in the documents as an example', async () => {
    const { readFileSync } = await import('node:fs');
    const document = readFileSync('config/README.md', 'utf8');
    const example = /```json\n(\[\n[\s\S]*?\n\])\n```/.exec(document)?.[1];

    expect(read(example!).length).toBeGreaterThan(2);
  });

  it.each([
    ['no JSON', '[{', 'no JSON: '],
    ['no list', {}, 'expected a list of entries'],
    ['an entry that is none', [7], 'entry 1: 7: expected { … } with provider, suffix, host'],
    [
      'nobody named',
      [{ connections: 2 }],
      'entry 1 names nobody: expected provider, suffix or host, one of them',
    ],
    ['two named', [{ provider: 'google', host: 'mx.example.net' }], 'entry 1 names provider and host'],
    [
      'an unknown provider',
      [{ provider: 'gogle' }],
      'entry 1, provider: "gogle": expected one of google, microsoft365',
    ],
    [
      'a suffix without its dot',
      [{ suffix: 'example.net' }],
      'entry 1, suffix: "example.net": expected the end of host names with its leading dot',
    ],
    ['no host', [{ host: 'mx 1' }], 'entry 1, host: "mx 1": expected a host name'],
    [
      'too many connections',
      [{ host: 'mx.example.net', connections: 0 }],
      'entry 1, connections: 0: expected a whole number from 1 to 100',
    ],
    [
      'a number in quotes',
      [{ host: 'mx.example.net', secondsBetweenSessions: '5' }],
      'entry 1, secondsBetweenSessions: "5": expected a number from 0 to 3600',
    ],
    [
      'another word',
      [{ host: 'mx.example.net', probe: 'no' }],
      'entry 1, probe: "no": expected always or never',
    ],
    [
      'a misspelt key',
      [{ host: 'mx.example.net', conections: 1 }],
      'entry 1: conections is no key of an entry: expected provider',
    ],
    ['one named twice', [{ provider: 'qq' }, { provider: 'QQ' }], 'qq has two entries: expected one'],
  ])('refuses %s, with its place, its value and what was expected', (_, content, sentence) => {
    expect(() => read(content)).toThrow(OperationalError);
    expect(() => read(content)).toThrow(sentence);
    expect(() => read(content)).toThrow(path);
  });

  it('names all that is wrong at once', () => {
    const wrong = [{ host: 'mx.example.net', connections: 0, probe: 'no' }, { provider: 'x' }];

    expect(() => read(wrong)).toThrow(/connections: 0[\s\S]*probe: "no"[\s\S]*entry 2, provider/);
  });
});
