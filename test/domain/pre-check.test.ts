import { describe, expect, it } from 'vitest';
import { preCheck, type LocalKnowledge } from '../../src/domain/pre-check.ts';
import type { Target } from '../../src/domain/row.ts';

const knowledge: LocalKnowledge = {
  excludedAccounts: new Set(['postmaster', 'boss@example.com']),
  excludedDomains: new Map([
    ['partner.example', '192.0.2.80'],
    ['quiet.example', ''],
    ['hostile.example', 'a\r\nb'],
  ]),
  disposableDomains: new Set(['mailinator.com', 'partner.example']),
};

function targetOf(email: string): Target {
  return preCheck({ id: 1, listId: undefined, email, attempts: 0, throttles: 0, token: 't' }, knowledge)
    .target;
}

describe('preCheck', () => {
  it.each([
    ['no at sign', 'invalid', 'syntax', 'Invalid syntax: no @ in the address'],
    ['Postmaster@example.org', 'valid', 'excluded-account', 'Excluded: Account'],
    ['BOSS@example.com', 'valid', 'excluded-account', 'Excluded: Account'],
    ['ann@partner.example', 'valid', 'excluded-domain', '192.0.2.80'],
    ['ann@QUIET.example', 'valid', 'excluded-domain', 'Excluded: Domain'],
    ['ann@hostile.example', 'valid', 'excluded-domain', 'a b'],
    ['ann@mailinator.com', 'disposable', 'disposable-domain', 'Disposable domain: mailinator.com'],
    ['ann@sub.mailinator.com', 'disposable', 'disposable-domain', 'Disposable domain: mailinator.com'],
    ['postmaster@broken..example', 'invalid', 'syntax', 'Invalid syntax: not a domain name'],
  ])('decides %j as %s by %s', (email, verdict, reason, response) => {
    expect(targetOf(email)).toEqual({ type: 'decided', verdict, reason, response });
  });

  it.each(['ann@example.com', 'boss@example.org', 'ann@notmailinator.com', 'ann@partner.example.org'])(
    'leaves %s to the probe',
    (email) => {
      expect(targetOf(email)).toMatchObject({ type: 'mailbox' });
    },
  );

  it('keeps the row as it came', () => {
    const row = { id: 7, listId: 3, email: ' Ann@Example.COM ', attempts: 2, throttles: 0, token: 'abc' };

    expect(preCheck(row, knowledge)).toEqual({
      ...row,
      target: { type: 'mailbox', address: { local: 'Ann', domain: 'example.com' } },
    });
  });
});
