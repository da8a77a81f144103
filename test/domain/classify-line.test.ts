import { describe, expect, it } from 'vitest';
import { classifyLine } from '../../src/cli/classify.ts';

describe('classifyLine', () => {
  it.each([
    {
      line: 'rcpt\t550 5.1.1 no such user',
      says: {
        stage: 'rcpt',
        code: 550,
        enhanced: '5.1.1',
        label: 'mailbox_unknown',
        verdict: 'invalid',
        reason: 'mailbox-not-found',
      },
    },
    {
      line: 'banner\t554-go away\\n554 your IP is listed\tpolicy_block\tunknown\tsomewhere',
      says: {
        stage: 'banner',
        code: 554,
        enhanced: null,
        label: 'policy_block',
        verdict: 'unknown',
        reason: 'policy-block',
      },
    },
    {
      line: 'greeting\t421 try again later\r',
      says: {
        stage: 'greeting',
        code: 421,
        enhanced: null,
        label: 'temporary_failure',
        verdict: 'retry',
        reason: 'temporary-failure',
      },
    },
    {
      line: 'RCPT\t250',
      says: {
        stage: 'RCPT',
        code: 250,
        enhanced: null,
        label: 'accepted',
        verdict: 'valid',
        reason: 'accepted',
      },
    },
  ])('reads $line', ({ line, says }) => {
    expect(classifyLine(line)).toEqual(says);
  });

  it.each([
    ['rcpt 550 no tab', 'no tab between stage and reply'],
    ['data\t550 no', 'no such stage; known are banner, greeting, ehlo, starttls, mail, rcpt, rset, quit'],
    ['rcpt\tno such user', 'the reply does not begin with a reply code'],
    ['rcpt\t', 'the reply does not begin with a reply code'],
  ])('says what is wrong with %j', (line, problem) => {
    expect(classifyLine(line)).toEqual({ problem });
  });
});
