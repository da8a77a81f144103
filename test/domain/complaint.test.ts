import { describe, expect, it } from 'vitest';
import { classify } from '../../src/domain/classify.ts';
import { complaintOf } from '../../src/domain/complaint.ts';
import { parseReplyText } from '../../src/domain/reply.ts';

const at = { domain: 'a.test', isAfterAnswers: false };

function complaintIn(stage: 'greeting' | 'mail' | 'rcpt', line: string) {
  const observed = {
    type: 'reply',
    stage,
    host: 'mx.a.test',
    ip: '192.0.2.7',
    reply: parseReplyText(line)!,
  } as const;
  return complaintOf(observed, classify(observed), at);
}

describe('complaintOf', () => {
  it.each([
    [
      'greeting',
      '554 5.7.1 Service unavailable; Client host [192.0.2.4] blocked using zen.spamhaus.org',
      'block',
      undefined,
    ],
    ['rcpt', '550 5.7.1 Your IP address 192.0.2.4 is on our blacklist', 'block', undefined],
    ['greeting', '421 4.7.0 too many connections from your host', 'throttle', undefined],
    ['greeting', '421 try again in 300 seconds', 'throttle', 300],
    ['rcpt', '450 4.7.1 Rate limit exceeded, try again in 300 seconds', 'throttle', 300],
    ['rcpt', '550 Too many messages. Try again in 92 seconds', 'throttle', 92],
    ['rcpt', '421 4.7.0 Greylisted, try again in 60 seconds', 'throttle', 60],
    ['rcpt', '450 4.7.1 Greylisted, try again in 300 seconds', undefined, undefined],
    ['rcpt', '550 5.1.1 no such user', undefined, undefined],
    ['rcpt', '452 4.2.2 mailbox full', undefined, undefined],
    [
      'rcpt',
      '450 4.2.1 The user you are trying to contact is receiving mail at a rate that',
      undefined,
      undefined,
    ],
    ['mail', '550 5.1.8 Sender address rejected: Domain not found', undefined, undefined],
  ] as const)('hears at %s, %s: %s', (stage, line, type, waitSeconds) => {
    const complaint = complaintIn(stage, line);

    expect([complaint?.type, complaint?.waitSeconds]).toEqual([type, waitSeconds]);
    if (complaint !== undefined)
      expect(complaint).toMatchObject({ stage, host: 'mx.a.test', said: line, ...at });
  });
});
