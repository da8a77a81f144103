import { describe, expect, it } from 'vitest';
import { destinationCalled, heldBy } from '../../src/domain/pause.ts';

describe('destinationCalled', () => {
  it.each([
    ['gmail', 'google'],
    ['Google', 'google'],
    ['gmail.com', 'google'],
    ['gmail-smtp-in.l.google.com.', 'google'],
    ['mx1.example.com', 'mx1.example.com'],
    ['MX1.Example.COM', 'mx1.example.com'],
    ['gmial', undefined],
    ['constructor', undefined],
    ['', undefined],
    ['a b.example', undefined],
  ])('takes %j for %j', (text, destination) => {
    expect(destinationCalled(text)).toBe(destination);
  });
});

describe('heldBy', () => {
  it('keeps lists and users as numbers, destinations and servers as names', () => {
    const held = heldBy([
      { kind: 'list', name: '12' },
      { kind: 'user', name: '5' },
      { kind: 'provider', name: 'google' },
      { kind: 'server', name: 'web1' },
    ]);

    expect(held).toEqual({
      lists: new Set([12]),
      users: new Set([5]),
      destinations: new Set(['google']),
      servers: new Set(['web1']),
    });
  });
});
