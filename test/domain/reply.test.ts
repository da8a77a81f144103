import { describe, expect, it } from 'vitest';
import { assembleReply, parseReplyText } from '../../src/domain/reply.ts';

describe('assembleReply', () => {
  it.each([
    {
      why: 'a plain reply',
      lines: ['550 5.1.1 no such user'],
      code: 550,
      enhanced: '5.1.1',
      text: '5.1.1 no such user',
    },
    {
      why: 'several lines',
      lines: ['550-5.1.1 no', '550 5.1.1 such'],
      code: 550,
      enhanced: '5.1.1',
      text: '5.1.1 no\n5.1.1 such',
    },
    { why: 'a code and nothing else', lines: ['250'], code: 250, enhanced: undefined, text: '' },
    { why: 'a code and a blank', lines: ['550 '], code: 550, enhanced: undefined, text: '' },
    {
      why: 'a code beyond the grammar',
      lines: ['591 listed'],
      code: 591,
      enhanced: undefined,
      text: 'listed',
    },
    {
      why: 'an enhanced code that only a later line has',
      lines: ['550-sorry', '550 5.7.1 go'],
      code: 550,
      enhanced: '5.7.1',
      text: 'sorry\n5.7.1 go',
    },
    {
      why: 'lines that disagree, by the last',
      lines: ['250-well', '550 no'],
      code: 550,
      enhanced: undefined,
      text: 'well\nno',
    },
    {
      why: "qmail's code behind the text",
      lines: ['553 sorry, not here (#5.7.1)'],
      code: 553,
      enhanced: '5.7.1',
      text: 'sorry, not here (#5.7.1)',
    },
    {
      why: "IronPort's hash",
      lines: ['550 #5.1.0 Address rejected.'],
      code: 550,
      enhanced: '5.1.0',
      text: '#5.1.0 Address rejected.',
    },
    {
      why: "Barracuda's module name",
      lines: ['550 cuda_nsu 5.1.1 <a@b.cd>: no'],
      code: 550,
      enhanced: '5.1.1',
      text: 'cuda_nsu 5.1.1 <a@b.cd>: no',
    },
    {
      why: "Exchange's mixed classes",
      lines: ['451 5.7.3 STARTTLS is required'],
      code: 451,
      enhanced: '5.7.3',
      text: '5.7.3 STARTTLS is required',
    },
  ])('reads $why', ({ lines, code, enhanced, text }) => {
    const reply = assembleReply(lines);

    expect(reply).toEqual({ code, enhanced, text });
  });

  it.each([
    ['an address of a host', '550 5.3.2.1 is listed'],
    ['a code inside the text', '550 host said: 550 5.1.1 no'],
    ['a number after another name', '551 Domain not found (#id-5.9.2)'],
    ['a version at the start of a 2xx', '250 4.9.1 ready'],
    ['a longer number', '550 5.1.12345 what'],
  ])('sees no enhanced code in %s', (_, line) => {
    expect(assembleReply([line])?.enhanced).toBeUndefined();
  });

  it.each([
    [[]],
    [['']],
    [['hello']],
    [['55 no']],
    [['5500 no']],
    [['150 mark']],
    [['650 no']],
    [['550-a', 'no code']],
  ])('takes %j for no reply', (lines) => {
    expect(assembleReply(lines)).toBeUndefined();
  });
});

describe('parseReplyText', () => {
  it.each([
    ['550-5.1.1 foo\n550 5.1.1 bar', { code: 550, enhanced: '5.1.1', text: '5.1.1 foo\n5.1.1 bar' }],
    ['550 foo\r\n550 bar\r\n', { code: 550, enhanced: undefined, text: 'foo\nbar' }],
    ['550 foo\nbar', { code: 550, enhanced: undefined, text: 'foo\nbar' }],
    ['550 foo\n192 is what we host', { code: 550, enhanced: undefined, text: 'foo\n192 is what we host' }],
  ])('reads %j', (text, reply) => {
    expect(parseReplyText(text)).toEqual(reply);
  });

  it.each(['', '\n', 'no reply', 'foo\n550 bar'])('takes %j for no reply', (text) => {
    expect(parseReplyText(text)).toBeUndefined();
  });
});
