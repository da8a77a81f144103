import { describe, expect, it } from 'vitest';
import { waitHintSeconds } from '../../src/domain/wait-hint.ts';

describe('waitHintSeconds', () => {
  it.each([
    ['greylisted for 300 seconds', 300],
    ['too many messages. try again in 92 seconds.', 92],
    ['greylisting in action, please come back in 00:05:00', 300],
    ['please try 15min later', 900],
    ['recipient address rejected: greylisted for 5 minutes', 300],
    ['you are greylisted for 20 minutes', 1200],
    ['wait at least 1 hour', 3600],
    ['retry in 60s', 60],
    ['bitte in 10 minuten erneut versuchen', 600],
  ])('reads %j as %i seconds', (words, seconds) => {
    expect(waitHintSeconds(words)).toBe(seconds);
  });

  it.each([
    'try again later',
    'greylisted',
    'at most 60 messages',
    'error 300 occurred',
    'in 5 messages',
    '550 seconds',
  ])('sees no time in %j', (words) => {
    expect(waitHintSeconds(words)).toBeUndefined();
  });
});
