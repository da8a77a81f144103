import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { formatAddress, parseAddress, type Address } from '../../src/domain/address.ts';
import { parseReplyText } from '../../src/domain/reply.ts';
import type { Reply } from '../../src/domain/observation.ts';
import {
  awaitedRecipient,
  isIdle,
  room,
  stageOf,
  start,
  type DialogueState,
  type Plan,
} from '../../src/smtp/dialogue-state.ts';
import type { Learnt, Step } from '../../src/smtp/dialogue-step.ts';
import { begin, onReplies, onSecured, quit } from '../../src/smtp/dialogue.ts';
import type { Recipient, Transaction } from '../../src/smtp/transaction.ts';

const plan: Plan = {
  ehloName: 'v1.verify.example.net',
  mailFrom: 'probe@verify.example.net',
  manners: { rcptsPerSession: 50, rcptsPerTransaction: 10, rejectedPerSession: 8 },
  tls: 'on-demand',
  pipelines: true,
  saysEhlo: true,
};

const to = (address: string): Recipient => ({ address: parseAddress(address) as Address });
const reply = (text: string): Reply => parseReplyText(text)!;

/** Plays the host's lines against transactions (an array is one packet); gives both sides, and what was learnt. */
function play(
  host: readonly (string | readonly string[])[],
  transactions: readonly (Transaction | readonly Transaction[])[],
  by: Plan = plan,
) {
  const said: string[] = [];
  const learnt: Learnt[] = [];
  const waiting = [...transactions];
  let state = start(by);
  const take = (step: Step): void => {
    state = step.state;
    said.push(...(step.send.length === 0 ? [] : [step.send.join(' | ')]));
    learnt.push(...step.learnt);
    if (step.encrypts) return take(onSecured(state));
    if (!isIdle(state)) return;
    const packet = room(state) > 0 ? [waiting.shift() ?? []].flat() : [];
    take(begin(state, () => packet.shift()) ?? quit(state));
  };
  for (const packet of host) take(onReplies(state, [packet].flat().map(reply)));
  return { said, learnt, state, unasked: waiting };
}

/** The packets up to the one that ends the session: nobody reads on behind it. */
function untilClosed(host: readonly string[][], asked: Parameters<typeof play>[1]): readonly string[][] {
  const last = host.findIndex((_, end) => play(host.slice(0, end + 1), asked).state.course === 'over');
  return last < 0 ? host : host.slice(0, last + 1);
}

const brief = (learnt: readonly Learnt[]): string[] =>
  learnt.map((event) => {
    if (event.type === 'out-of-step') return `out of step at ${event.stage}`;
    const whom = event.type === 'refused' ? event.stage : event.recipient.address.local;
    return `${whom} ${event.type} ${event.reply.code}`;
  });

const [ann, bob, carl] = [to('ann@example.com'), to('bob@example.com'), to('carl@example.com')];
const dan = to('dan@example.org');
const control = to('qzxwvk83bdfg@example.com');
const HELLO = 'EHLO v1.verify.example.net';
const MAIL = 'MAIL FROM:<probe@verify.example.net>';
const RCPT = (name: string): string => `RCPT TO:<${name}@example.com>`;
const PIPELINING = '250-mx.example.com\n250-PIPELINING\n250 SIZE 1000';

describe('a session with one command at a time', () => {
  it('asks for each recipient, then for the control recipient, then leaves', () => {
    const { said, learnt } = play(
      ['220-wait\n220 mx', '250 mx', '250 ok', '250 ok', '550 5.1.1 no such user', '550 5.1.1 no such user'],
      [{ recipients: [ann!, bob!], control }],
    );

    expect(said).toEqual([HELLO, MAIL, RCPT('ann'), RCPT('bob'), RCPT('qzxwvk83bdfg'), 'QUIT']);
    expect(brief(learnt)).toEqual(['ann answered 250', 'bob answered 550', 'qzxwvk83bdfg answered 550']);
  });

  it('leaves the control recipient alone when nobody was accepted', () => {
    const { said } = play(['220 mx', '250 mx', '250 ok', '550 no'], [{ recipients: [ann!], control }]);

    expect(said).toEqual([HELLO, MAIL, RCPT('ann'), 'QUIT']);
  });

  it('asks for a control recipient that stands alone', () => {
    const { said } = play(['220 mx', '250 mx', '250 ok'], [{ recipients: [], control }]);

    expect(said.at(-1)).toBe(RCPT('qzxwvk83bdfg'));
  });

  it('resets between transactions, and waits for the answer', () => {
    const { said } = play(
      ['220 mx', '250 mx', '250 ok', '250 ok', '250 flushed', '250 ok', '250 ok'],
      [{ recipients: [ann!] }, { recipients: [dan] }],
    );

    expect(said).toEqual([HELLO, MAIL, RCPT('ann'), 'RSET', MAIL, 'RCPT TO:<dan@example.org>', 'QUIT']);
  });
});

describe('a session with PIPELINING', () => {
  it('sends a transaction in one packet, the control recipient last', () => {
    const { said, learnt } = play(
      ['220 mx', PIPELINING, ['250 ok', '250 ok'], ['550 no', '550 no']],
      [{ recipients: [ann!, bob!], control }],
    );

    expect(said).toEqual([HELLO, [MAIL, RCPT('ann'), RCPT('bob'), RCPT('qzxwvk83bdfg')].join(' | '), 'QUIT']);
    expect(brief(learnt)).toEqual(['ann answered 250', 'bob answered 550', 'qzxwvk83bdfg answered 550']);
  });

  it('sends RSET with the next MAIL', () => {
    const { said } = play(
      ['220 mx', PIPELINING, ['250 ok', '250 ok'], ['250 ok', '250 ok', '250 ok']],
      [{ recipients: [ann!] }, { recipients: [bob!] }],
    );

    expect(said).toEqual([HELLO, `${MAIL} | ${RCPT('ann')}`, `RSET | ${MAIL} | ${RCPT('bob')}`, 'QUIT']);
  });

  it('asks about several domains in one packet, each in a transaction of its own', () => {
    const { said, learnt } = play(
      [
        '220 mx',
        PIPELINING,
        ['250 ok', '250 ok', '550 no'],
        ['250 flushed', '250 ok', '550 no'],
        ['250 flushed', '250 ok', '250 ok'],
      ],
      [[{ recipients: [ann!], control }, { recipients: [dan] }], { recipients: [bob!] }],
    );

    const [first, second] = [`${MAIL} | ${RCPT('ann')} | ${RCPT('qzxwvk83bdfg')}`, `RSET | ${MAIL}`];
    expect(said).toEqual([
      HELLO,
      `${first} | ${second} | RCPT TO:<dan@example.org>`,
      `${second} | ${RCPT('bob')}`,
      'QUIT',
    ]);
    expect(brief(learnt)).toEqual([
      'ann answered 250',
      'qzxwvk83bdfg answered 550',
      'dan answered 550',
      'bob answered 250',
    ]);
  });

  it('has no more recipients in a packet than may be refused, and one transaction without PIPELINING', () => {
    const roomsAfter = (offers: string): number[] => {
      const { state } = play(['220 mx', offers], []);
      const rooms: number[] = [];
      begin({ ...state, course: 'asking', unanswered: [] }, (free) => {
        rooms.push(free);
        return { recipients: [ann!, bob!, carl!].slice(0, free) };
      });
      return rooms;
    };

    expect([PIPELINING, '250 mx'].map(roomsAfter)).toEqual([[8, 5, 2], [10]]);
  });

  it('leaves when MAIL is refused in the middle of a packet; whoever was answered before stays so', () => {
    const { said, learnt } = play(
      ['220 mx', PIPELINING, ['250 ok', '250 ok'], ['250 flushed', '452 4.3.2 one message', '503 need MAIL']],
      [[{ recipients: [ann!] }, { recipients: [dan] }]],
    );

    expect(said.at(-1)).toBe('QUIT');
    expect(brief(learnt)).toEqual(['ann answered 250', 'mail refused 452']);
  });

  it('is out of step when RSET in the middle of a packet gets a refusal that was meant for somebody', () => {
    const { learnt } = play(
      ['220 mx', PIPELINING, ['250 ok', '250 ok', '550 5.1.1 no such user']],
      [[{ recipients: [ann!] }, { recipients: [dan] }]],
    );

    expect(brief(learnt)).toEqual(['rset refused 550', 'out of step at rset']);
  });

  it('leaves after a refused MAIL, whatever the replies behind it', () => {
    const { said, learnt } = play(
      ['220 mx', PIPELINING, ['550 5.7.1 sender rejected', '503 5.5.1 need MAIL', '503 5.5.1 need MAIL']],
      [{ recipients: [ann!, bob!] }],
    );

    expect(said.at(-1)).toBe('QUIT');
    expect(brief(learnt)).toEqual(['mail refused 550']);
  });
});

describe('a refusal before RCPT', () => {
  it.each([
    {
      name: 'the greeting',
      host: ['554 5.7.1 no service for you'],
      said: ['QUIT'],
      learnt: ['greeting refused 554'],
    },
    {
      name: 'a temporary greeting',
      host: ['450 4.3.2 later'],
      said: ['QUIT'],
      learnt: ['greeting refused 450'],
    },
    {
      name: 'a policy EHLO',
      host: ['220 mx', '550 5.7.1 blocked'],
      said: [HELLO, 'QUIT'],
      learnt: ['ehlo refused 550'],
    },
    {
      name: 'EHLO for now',
      host: ['220 mx', '451 later'],
      said: [HELLO, 'QUIT'],
      learnt: ['ehlo refused 451'],
    },
    {
      name: 'EHLO and HELO',
      host: ['220 mx', '500 what?', '550 no'],
      said: [HELLO, 'HELO v1.verify.example.net', 'QUIT'],
      learnt: ['ehlo refused 550'],
    },
    {
      name: 'MAIL',
      host: ['220 mx', '250 mx', '451 4.7.1 later'],
      said: [HELLO, MAIL, 'QUIT'],
      learnt: ['mail refused 451'],
    },
  ])('at $name ends the session', ({ host, said, learnt }) => {
    const played = play(host, [{ recipients: [ann!] }]);

    expect(played.said).toEqual(said);
    expect(brief(played.learnt)).toEqual(learnt);
    expect(played.state.course).toBe('leaving');
  });

  it.each(['500 unknown', '502 5.5.2 not implemented', '504 no', '550 Command unrecognized'])(
    'at EHLO with "%s" is followed by HELO, once',
    (refusal) => {
      const { said } = play(['220 mx', refusal, '250 mx', '250 ok'], [{ recipients: [ann!] }]);

      expect(said).toEqual([HELLO, 'HELO v1.verify.example.net', MAIL, RCPT('ann')]);
    },
  );
});

describe('421', () => {
  it.each([
    { at: 'greeting', host: ['421 too busy'], learnt: ['greeting refused 421'] },
    { at: 'ehlo', host: ['220 mx', '421 too busy'], learnt: ['ehlo refused 421'] },
    { at: 'mail', host: ['220 mx', '250 mx', '421 too busy'], learnt: ['mail refused 421'] },
    {
      at: 'rcpt',
      host: ['220 mx', '250 mx', '250 ok', '250 ok', '421 enough'],
      learnt: ['ann answered 250', 'bob answered 421', 'rcpt refused 421'],
    },
    {
      at: 'rset',
      host: ['220 mx', '250 mx', '250 ok', '250 ok', '550 no', '250 ok', '421 enough'],
      learnt: ['ann answered 250', 'bob answered 550', 'carl answered 250', 'rset refused 421'],
    },
  ])('at $at closes without QUIT; what was read counts', ({ host, learnt }) => {
    const played = play(host, [{ recipients: [ann!, bob!, carl!] }, { recipients: [dan] }]);

    expect(brief(played.learnt)).toEqual(learnt);
    expect(played.said).not.toContain('QUIT');
    expect(played.state.course).toBe('over');
  });

  it('in the middle of a packet leaves those behind it unanswered', () => {
    const { learnt } = play(
      ['220 mx', PIPELINING, ['250 ok', '250 ok', '421 4.7.0 enough', '550 ignored']],
      [{ recipients: [ann!, bob!, carl!] }],
    );

    expect(brief(learnt)).toEqual(['ann answered 250', 'bob answered 421', 'rcpt refused 421']);
  });
});

describe('a reply that nobody waits for', () => {
  it.each([
    { name: 'behind the greeting', host: [['220 mx', '250 mx']], at: 'greeting' },
    { name: 'behind EHLO', host: ['220 mx', ['250 mx', '250 ok']], at: 'ehlo' },
    { name: 'behind a packet', host: ['220 mx', PIPELINING, ['250 ok', '250 ok', '250 what']], at: 'mail' },
  ])('$name puts the session out of step', ({ host, at }) => {
    const { learnt, state } = play(host, [{ recipients: [ann!] }]);

    expect(brief(learnt)).toEqual([`out of step at ${at}`]);
    expect(state.course).toBe('over');
  });
});

describe('a reply that answers something else', () => {
  const asked = [{ recipients: [ann!, bob!] }];

  it.each([
    { host: ['250 mx'], detail: '250 as greeting' },
    { host: ['220 one', '220 two'], detail: '220 in reply to EHLO' },
    { host: ['220 mx', '354 go'], detail: '354 in reply to EHLO' },
    { host: ['220 mx', '502 what', '220 mx'], detail: '220 in reply to HELO' },
    { host: ['220 mx', '250 mx', '220 two'], detail: '220 in reply to MAIL' },
    { host: ['220 mx', '250 mx', '221 bye'], detail: '221 in reply to MAIL' },
    { host: ['220 mx', '250 mx', '354 go on'], detail: '354 in reply to MAIL' },
    { host: ['220 mx', '250 mx', '250 ok', '220 two'], detail: '220 in reply to RCPT' },
    { host: ['220 mx', '250 mx', '250 ok', '221 bye'], detail: '221 in reply to RCPT' },
    { host: ['220 mx', '250 mx', '250 ok', '354 go'], detail: '354 in reply to RCPT' },
    { host: ['220 mx', '250 mx', '250 ok', '235 ok'], detail: '235 in reply to RCPT' },
    { host: ['220 mx', PIPELINING, ['250 ok', '250 ok', '220 two']], detail: '220 in reply to RCPT' },
    { host: ['220 mx', PIPELINING, ['220 two', '250 ok', '250 ok']], detail: '220 in reply to MAIL' },
  ])('ends the session: $detail after $host', ({ host, detail }) => {
    const { learnt, said, state } = play(host, asked);

    expect(learnt).toMatchObject([{ type: 'out-of-step', detail: `out of step: ${detail}` }]);
    expect(state.course).toBe('over');
    expect(said).not.toContain('QUIT');
  });

  it.each(['250 ok', '251 will forward', '252 cannot verify'])('is not "%s" to RCPT', (accepting) => {
    const { learnt } = play(['220 mx', '250 mx', '250 ok', accepting], [{ recipients: [ann!] }]);

    expect(learnt).toMatchObject([{ type: 'answered' }]);
  });
});

describe('the goodbye', () => {
  const asked = [{ recipients: [ann!, bob!] }];
  const answered = ['220 mx', '250 mx', '250 ok', '250 ok', '550 no'];
  const LEARNT = ['ann answered 250', 'bob answered 550'];

  it.each([
    { name: '221', host: [...answered, '221 bye'], course: 'over' },
    { name: '221 and whatever comes behind it', host: [...answered, ['221 bye', '550 no']], course: 'over' },
    { name: '250, as some have it', host: [...answered, '250 bye'], course: 'leaving' },
    { name: 'that it is not known', host: [...answered, '502 what?'], course: 'leaving' },
  ])('answered with $name shows that every reply was in step', ({ host, course }) => {
    const { learnt, state, said } = play(host, asked);

    expect(brief(learnt)).toEqual(LEARNT);
    expect(state.course).toBe(course);
    expect(said.at(-1)).toBe('QUIT');
  });

  it.each([
    { name: 'a refusal', host: [...answered, '550 5.1.1 no such user'] },
    { name: 'a refusal for now', host: [...answered, '450 later'] },
    { name: 'a second greeting', host: [...answered, '220 mx'] },
    { name: 'two replies', host: [...answered, ['250 ok', '221 bye']] },
    { name: 'two replies, one after the other', host: [...answered, '250 ok', '221 bye'] },
    { name: 'two replies, one of which knows no QUIT', host: [...answered, '500 what?', '221 bye'] },
  ])('answered with $name shows that they were not', ({ host }) => {
    const { learnt, state } = play(host, asked);

    expect(brief(learnt)).toEqual([...LEARNT, 'out of step at quit']);
    expect(state.course).toBe('over');
  });

  it('waits for the replies to what was asked behind a refused MAIL, and takes none of them in', () => {
    const { learnt, state } = play(
      ['220 mx', PIPELINING, ['550 5.7.1 no', '250 ok'], '503 no', '221 bye'],
      asked,
    );

    expect(brief(learnt)).toEqual(['mail refused 550']);
    expect(state.course).toBe('over');
  });

  it('said before it was due shows that a reply is missing', () => {
    const { learnt } = play(['220 mx', PIPELINING, '550 5.1.1 no such user', '221 bye'], asked);

    expect(brief(learnt)).toEqual(['mail refused 550', 'out of step at rcpt']);
  });

  it.each([
    { rset: '550 5.1.1 no such user', learnt: ['rset refused 550', 'out of step at rset'] },
    { rset: '450 later', learnt: ['rset refused 450', 'out of step at rset'] },
    { rset: '502 not implemented', learnt: ['rset refused 502'] },
  ])('may come out at RSET already ("$rset")', ({ rset, learnt }) => {
    const played = play([...answered, rset], [...asked, { recipients: [carl!] }]);

    expect(brief(played.learnt)).toEqual([...LEARNT, ...learnt]);
  });
});

describe('room', () => {
  const openedBy = (ehlo: string, manners = plan.manners): DialogueState =>
    onReplies(onReplies(start({ ...plan, manners }), [reply('220 mx')]).state, [reply(ehlo)]).state;

  it.each([
    { name: 'the transaction', ehlo: '250 mx', manners: plan.manners, places: 10 },
    { name: 'the session', ehlo: '250 mx', manners: { ...plan.manners, rcptsPerSession: 4 }, places: 4 },
    {
      name: 'the refusals left, where all may be refused at once',
      ehlo: PIPELINING,
      manners: plan.manners,
      places: 8,
    },
    { name: 'RCPTMAX', ehlo: '250-mx\n250 LIMITS MAILMAX=2 RCPTMAX=3', manners: plan.manners, places: 3 },
    {
      name: 'nothing malformed',
      ehlo: '250-mx\n250 LIMITS RCPTMAX=0 MAILMAX=x',
      manners: plan.manners,
      places: 10,
    },
  ])('is bounded by $name', ({ ehlo, manners, places }) => {
    expect(room(openedBy(ehlo, manners))).toBe(places);
  });

  it('is used up by MAILMAX', () => {
    const { said, unasked } = play(
      ['220 mx', '250-mx\n250 limits mailmax=1', '250 ok', '250 ok'],
      [{ recipients: [ann!] }, { recipients: [bob!] }],
    );

    expect(said.at(-1)).toBe('QUIT');
    expect(unasked).toHaveLength(1);
  });

  it('is used up by refusals, in the middle of a transaction', () => {
    const { said } = play(
      ['220 mx', '250 mx', '250 ok', '550 no', '450 later'],
      [{ recipients: [ann!, bob!, carl!] }],
      {
        ...plan,
        manners: { ...plan.manners, rejectedPerSession: 2 },
      },
    );

    expect(said).toEqual([HELLO, MAIL, RCPT('ann'), RCPT('bob'), 'QUIT']);
  });
});

describe('STARTTLS', () => {
  const OFFERS = '250-mx\n250 STARTTLS';
  const PIPELINES = '250-mx\n250-PIPELINING\n250 STARTTLS';
  const DEMAND = '530 5.7.0 Must issue a STARTTLS command first';

  it.each([
    DEMAND,
    '451 5.7.3 STARTTLS is required to send mail',
    '450 4.7.1 Session encryption is required',
    '554 5.7.10 no',
    '530 no',
  ])('follows "%s" to MAIL, and everything is said anew', (demand) => {
    const { said, learnt } = play(
      ['220 mx', OFFERS, demand, '220 go', '250 mx', '250 ok', '250 ok'],
      [{ recipients: [ann!] }, { recipients: [ann!] }],
    );

    expect(said).toEqual([HELLO, MAIL, 'STARTTLS', HELLO, MAIL, RCPT('ann'), 'QUIT']);
    expect(brief(learnt)).toEqual(['ann answered 250']);
  });

  it('follows a demand to RCPT; who was answered before it stays so', () => {
    const { said, learnt } = play(
      ['220 mx', OFFERS, '250 ok', '250 ok', DEMAND, '220 go', '250 mx', '250 ok', '550 no'],
      [{ recipients: [ann!, bob!, carl!] }, { recipients: [bob!] }],
    );

    expect(said.slice(3)).toEqual([RCPT('bob'), 'STARTTLS', HELLO, MAIL, RCPT('bob'), 'QUIT']);
    expect(brief(learnt)).toEqual(['ann answered 250', 'bob answered 550']);
  });

  it('waits for all replies of a packet, of which none behind the demand counts', () => {
    const { said, learnt } = play(
      [
        '220 mx',
        PIPELINES,
        [DEMAND, '503 5.5.1 need MAIL'],
        '503 5.5.1 need MAIL',
        '220 go',
        PIPELINES,
        ['250 ok', '250 ok', '550 no'],
      ],
      [{ recipients: [ann!, bob!] }, { recipients: [ann!, bob!] }],
    );

    const packet = [MAIL, RCPT('ann'), RCPT('bob')].join(' | ');
    expect(said).toEqual([HELLO, packet, 'STARTTLS', HELLO, packet, 'QUIT']);
    expect(brief(learnt)).toEqual(['ann answered 250', 'bob answered 550']);
  });

  it("takes a farewell behind the demand for nobody's answer", () => {
    const { learnt, state } = play(
      ['220 mx', PIPELINES, [DEMAND, '503 5.5.1 need MAIL', '421 4.7.0 too many errors']],
      [{ recipients: [ann!, bob!] }],
    );

    expect(brief(learnt)).toEqual(['rcpt refused 421']);
    expect(state).toMatchObject({ course: 'over', tls: 'demanded' });
  });

  it('does not forget with encryption how many were refused', () => {
    const { state } = play(
      ['220 mx', OFFERS, '250 ok', '550 no', DEMAND, '220 go', '250 mx', '250 ok', '550 no'],
      [{ recipients: [ann!, bob!] }, { recipients: [bob!] }],
    );

    expect(state).toMatchObject({ rcpts: 1, rejected: 2 });
  });

  it('waits for those of later transactions in the packet too, however they are refused', () => {
    const asked = [{ recipients: [ann!] }, { recipients: [dan] }];
    const { said, learnt } = play(
      [
        '220 mx',
        PIPELINES,
        [DEMAND, '503 need MAIL', '530 5.7.0 TLS first'],
        [DEMAND, '503 need MAIL'],
        '220 go',
        PIPELINES,
        ['250 ok', '250 ok', '250 flushed', '250 ok', '550 no'],
      ],
      [asked, asked],
    );

    expect(said.slice(2, 4)).toEqual(['STARTTLS', HELLO]);
    expect(said.slice(4)).toEqual([said[1], 'QUIT']);
    expect(brief(learnt)).toEqual(['ann answered 250', 'dan answered 550']);
  });

  it('forgets what the host offered before, and what was put behind its answer', () => {
    const { said, state } = play(
      [
        '220 mx',
        PIPELINES,
        [DEMAND, '503 no'],
        ['220 go', '250-mx\n250 SMTPUTF8', '250 ok'],
        '250 mx',
        '250 ok',
      ],
      [{ recipients: [ann!] }, { recipients: [ann!, bob!] }],
    );

    expect(said.slice(2)).toEqual(['STARTTLS', HELLO, MAIL, RCPT('ann')]);
    expect(state.capabilities).toMatchObject({ pipelining: false, smtpUtf8: false });
  });

  it.each([
    { name: 'is not offered', plays: ['220 mx', '250 mx', DEMAND], by: plan, learnt: 'mail refused 530' },
    {
      name: 'does not work there',
      plays: ['220 mx', OFFERS, DEMAND],
      by: { ...plan, tls: 'never' },
      learnt: 'mail refused 530',
    },
    {
      name: 'would change nothing',
      plays: ['220 mx', OFFERS, '530 5.7.1 Authentication required'],
      by: plan,
      learnt: 'mail refused 530',
    },
    {
      name: 'is used already',
      plays: ['220 mx', OFFERS, DEMAND, '220 go', OFFERS, DEMAND],
      by: plan,
      learnt: 'mail refused 530',
    },
    {
      name: 'is refused',
      plays: ['220 mx', OFFERS, DEMAND, '454 4.7.0 TLS not available'],
      by: plan,
      learnt: 'starttls refused 454',
    },
    {
      name: 'cannot be known, at EHLO',
      plays: ['220 mx', '530 5.7.0 Must issue a STARTTLS command first'],
      by: plan,
      learnt: 'ehlo refused 530',
    },
  ] as const)('that $name leaves the refusal as it is', ({ plays, by, learnt }) => {
    const played = play(plays, [{ recipients: [ann!] }, { recipients: [ann!] }], by);

    expect(brief(played.learnt)).toEqual([learnt]);
    expect(played.said.at(-1)).toBe('QUIT');
  });

  it.each([
    {
      name: 'comes right after EHLO where it is known to be demanded',
      ehlo: OFFERS,
      said: ['STARTTLS', HELLO, MAIL],
    },
    { name: 'is done without where it is not offered any more', ehlo: '250 mx', said: [MAIL, RCPT('ann')] },
  ])('$name', ({ ehlo, said }) => {
    const played = play(
      ['220 mx', ehlo, ...(ehlo === OFFERS ? ['220 go', '250 mx'] : ['250 ok'])],
      [{ recipients: [ann!] }],
      {
        ...plan,
        tls: 'at-once',
      },
    );

    expect(played.said.slice(1)).toEqual(said);
  });
});

describe('too many recipients', () => {
  it.each([
    '452 4.5.3 Too many recipients',
    '451 4.5.3 Too many recipients: Too many recipients',
    '452 4.5.3 multiple regions',
    '552 too many recipients',
  ])('puts off whom "%s" answers, and keeps later transactions smaller', (refusal) => {
    const { said, learnt, state } = play(
      ['220 mx', '250 mx', '250 ok', '250 ok', '250 ok', refusal],
      [{ recipients: [ann!, bob!, carl!, to('dan@example.com')] }],
    );

    expect(brief(learnt)).toEqual([
      'ann answered 250',
      'bob answered 250',
      `carl put-off ${refusal.slice(0, 3)}`,
    ]);
    expect(said.at(-1)).toBe('QUIT');
    expect(room({ ...state, course: 'asking', unanswered: [] })).toBe(2);
  });

  it('is an answer for the first recipient of a transaction', () => {
    const { learnt } = play(
      ['220 mx', '250 mx', '250 ok', '452 4.5.3 Too many recipients this hour'],
      [{ recipients: [ann!] }],
    );

    expect(brief(learnt)).toEqual(['ann answered 452']);
  });
});

describe('a local part beyond ASCII', () => {
  const jose = to('josé@example.com');

  it('is asked about with SMTPUTF8', () => {
    const { said } = play(['220 mx', '250-mx\n250 SMTPUTF8', '250 ok', '250 ok'], [{ recipients: [jose] }]);

    expect(said).toEqual([HELLO, `${MAIL} SMTPUTF8`, 'RCPT TO:<josé@example.com>', 'QUIT']);
  });

  it('never reaches a host that does not offer it', () => {
    expect(() => play(['220 mx', '250 mx'], [{ recipients: [jose] }])).toThrow('SMTPUTF8');
  });
});

describe('the wire', () => {
  it.each(['a\r\nDATA', 'a\nb', 'a\0b', 'a>b', '<a', 'a\u0085b', 'a\u2028b', 'a\u007Fb'])(
    'never carries %j',
    (local) => {
      const recipient: Recipient = { address: { local, domain: 'example.com' } };

      expect(() => play(['220 mx', '250-mx\n250 SMTPUTF8'], [{ recipients: [recipient] }])).toThrow(
        'unsendable',
      );
    },
  );

  it('carries whatever address the door lets in', () => {
    const local = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        fc.oneof(
          local,
          local.map((text) => `"${text}"`),
        ),
        (text) => {
          const address = parseAddress(`${text}@example.com`);
          fc.pre('local' in address);
          const { said } = play(
            ['220 mx', '250-mx\n250 SMTPUTF8', '250 ok'],
            [{ recipients: [{ address }] }],
          );
          expect(said.at(-1)).toBe(`RCPT TO:<${formatAddress(address)}>`);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('carries a quoted local part as it is', () => {
    const { said } = play(['220 mx', '250 mx', '250 ok'], [{ recipients: [to('"two words"@example.com')] }]);

    expect(said.at(-1)).toBe('RCPT TO:<"two words"@example.com>');
  });
});

describe('whatever a host says', () => {
  const replies = fc.oneof(
    fc.constantFrom(
      '250 ok',
      '550 5.1.1 no',
      '450 later',
      '421 bye',
      '452 4.5.3 too many',
      PIPELINING,
      '220 mx',
      '250-mx\n250-STARTTLS\n250 PIPELINING',
      '530 Must issue STARTTLS first',
      '354 go',
    ),
    fc
      .tuple(fc.integer({ min: 200, max: 599 }), fc.string())
      .map(([code, text]) => `${code} ${text.replace(/[\r\n]/g, ' ')}`),
  );
  const transaction = fc.record({
    recipients: fc.array(fc.constantFrom(ann!, bob!, carl!), { minLength: 1, maxLength: 3 }),
  });
  const transactions = fc.array(fc.oneof(transaction, fc.array(transaction, { maxLength: 2 })), {
    maxLength: 5,
  });

  it('only the seven commands are said, without a control character', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(replies, { minLength: 1, maxLength: 3 }), { maxLength: 20 }),
        transactions,
        (host, asked) => {
          const heard = host.flatMap(
            (_, end) => play(untilClosed(host.slice(0, end + 1), asked), asked).said,
          );
          for (const line of heard.flatMap((packet) => packet.split(' | '))) {
            expect(line).toMatch(
              /^(?:EHLO [a-z0-9.]+|HELO [a-z0-9.]+|MAIL FROM:<[^<>\p{C}]+>|RCPT TO:<[^<>\p{C}]+>|RSET|STARTTLS|QUIT)$/u,
            );
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('where a session stands', () => {
  it('is told by the command whose reply is awaited', () => {
    const greeted = onReplies(start(plan), [reply('220 mx')]).state;
    const ready = onReplies(greeted, [reply(PIPELINING)]).state;
    const packet = [{ recipients: [ann!, bob!] }];
    const asking = begin(ready, () => packet.shift())!.state;
    const answered = onReplies(asking, [reply('250 ok'), reply('250 ok')]).state;

    expect([start(plan), greeted, ready, asking, answered].map(stageOf)).toEqual([
      'greeting',
      'ehlo',
      'quit',
      'mail',
      'rcpt',
    ]);
    expect(awaitedRecipient(answered, false)).toBe(bob);
    expect(awaitedRecipient(asking, false)).toBeUndefined();
    expect(awaitedRecipient(asking, true)).toBe(ann);
    expect(awaitedRecipient(greeted, true)).toBeUndefined();
  });
});
