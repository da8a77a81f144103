// The scriptable MX host: a correct one by default, and wrong exactly in what a script says.
import { connect as connectTls } from 'node:tls';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { startMxHost } from '../support/internet/mx-host.ts';
import type { MxScript } from '../support/internet/mx-script.ts';
import { connectTo } from './smtp-client.ts';

const MAIL = 'MAIL FROM:<probe@verifier.example.net>\r\n';
const rcpt = (address: string) => `RCPT TO:<${address}>\r\n`;

/** Opens a session up to MAIL and gives the replies to the recipients, asked one after the other. */
async function askAll(script: MxScript, addresses: readonly string[]): Promise<string[]> {
  await using host = await startMxHost(script);
  await using client = await connectTo(host);
  client.send(`EHLO v\r\n`);
  client.send(MAIL);
  await client.replies(3);
  const replies: string[] = [];
  for (const address of addresses) {
    client.send(rcpt(address));
    replies.push(...(await client.replies(1)));
  }
  return replies;
}

describe('a host without a script', () => {
  it('holds a whole conversation and accepts nobody', async () => {
    await using host = await startMxHost();
    await using client = await connectTo(host);

    client.send('EHLO v\r\n');
    const beginning = await client.replies(2);
    client.send(MAIL + rcpt('ann@a.example') + 'RSET\r\n');
    client.send('QUIT\r\n');

    expect([...beginning, ...(await client.replies(4))]).toEqual([
      '220 mx.example ESMTP',
      '250-mx.example\n250-PIPELINING\n250-SIZE 36700160\n250-8BITMIME\n250-ENHANCEDSTATUSCODES\n250 SMTPUTF8',
      '250 2.1.0 Ok',
      '550 5.1.1 <ann@a.example>: Recipient address rejected: User unknown in virtual mailbox table',
      '250 2.0.0 Ok',
      '221 2.0.0 Bye',
    ]);
    expect(await client.ended()).toBe('end');
    expect(host.witness.violations()).toEqual([]);
    expect(host.commands()).toEqual([
      'EHLO v',
      'MAIL FROM:<probe@verifier.example.net>',
      'RCPT TO:<ann@a.example>',
      'RSET',
      'QUIT',
    ]);
  });

  it.each([
    { said: MAIL, reply: /^503 / },
    { said: `EHLO v\r\n${rcpt('a@b.example')}`, reply: /^503 / },
    { said: 'EHLO v\r\nMAIL probe\r\n', reply: /^501 / },
    { said: 'EHLO v\r\nSTARTTLS\r\n', reply: /^502 / },
    { said: 'WHAT\r\n', reply: /^502 / },
    { said: 'DATA\r\n', reply: /^554 / },
  ])('answers $said with $reply', async ({ said, reply }) => {
    await using host = await startMxHost();
    await using client = await connectTo(host);
    await client.replies(1);

    client.send(said);

    expect((await client.replies(said.split('\n').length - 1)).at(-1)).toMatch(reply);
  });

  it('takes a command apart that comes in pieces, UTF-8 split in the middle', async () => {
    await using host = await startMxHost({ mailboxes: { jörg: '250 2.1.5 Ok' } });
    await using client = await connectTo(host);
    client.send(`EHLO v\r\n${MAIL}`);
    await client.replies(3);
    const bytes = Buffer.from(rcpt('jörg@a.example'));

    client.socket.write(bytes.subarray(0, 11));
    client.socket.write(bytes.subarray(11));

    expect(await client.replies(1)).toEqual(['250 2.1.5 Ok']);
  });
});

describe('recipients', () => {
  it.each<{ what: string; script: MxScript; replies: Record<string, RegExp> }>([
    {
      what: 'known mailboxes by address or by local part',
      script: { mailboxes: { 'ann@a.example': '250 2.1.5 Ok', bob: '452 4.2.2 <{rcpt}> is full' } },
      replies: {
        'Ann@a.example': /^250 /,
        'bob@x.example': /^452 4.2.2 <bob@x.example> is full/,
        'constructor@a.example': /^550 /,
      },
    },
    {
      what: 'catch-all domains',
      script: { catchAll: ['all.example'], mailboxes: { 'gone@all.example': '550 5.2.1 disabled' } },
      replies: {
        'x7@all.example': /^250 /,
        'gone@all.example': /^550 5.2.1/,
        'x7@other.example': /^550 5.1.1/,
      },
    },
    { what: 'every address', script: { catchAll: true }, replies: { 'x7@any.example': /^250 / } },
    {
      what: 'its own domains only',
      script: {
        domains: ['a.example', 'b.example'],
        unknown: '550 no',
        unknownIn: { 'b.example': '551 not here' },
      },
      replies: {
        'x@a.example': /^550 no/,
        'x@b.example': /^551 not here/,
        'x@c.example': /^554 5.7.1 .*Relay/,
      },
    },
    {
      what: 'what a function says',
      script: { rcpt: (address, { sender, rcpts }) => `550 ${address} ${sender} ${rcpts}` },
      replies: { 'x@a.example': /^550 x@a.example probe@verifier.example.net 1/, 'y@a.example': / 2$/ },
    },
    {
      what: 'several lines',
      script: { unknown: '550-5.1.1 no such\n550 5.1.1 user' },
      replies: { 'x@a.example': /^550-5.1.1 no such\n550 5.1.1 user$/ },
    },
  ])('knows $what', async ({ script, replies }) => {
    const addresses = Object.keys(replies);

    const heard = await askAll(script, addresses);

    addresses.forEach((address, i) => expect(heard[i]).toMatch(replies[address]!));
  });

  it.each<{ what: string; script: MxScript }>([
    { what: 'a mailbox', script: { mailboxes: { ann: { greylistSeconds: 0.05 } } } },
    { what: 'everybody', script: { mailboxes: { ann: '250 2.1.5 Ok' }, greylistSeconds: 0.05 } },
  ])('puts $what off until the same sender comes again after the wait', async ({ script }) => {
    await using host = await startMxHost(script);
    await using client = await connectTo(host);
    client.send(`EHLO v\r\n${MAIL}${rcpt('ann@a.example')}`);
    expect((await client.replies(4)).at(-1)).toMatch(/^450 4.2.0 .*Greylisted/);
    const firstAsked = Date.now();

    let reply = '';
    while (!reply.startsWith('250')) {
      client.send(rcpt('ann@a.example'));
      [reply = ''] = await client.replies(1);
    }

    expect(Date.now() - firstAsked).toBeGreaterThanOrEqual(25);
    client.send(`RSET\r\nMAIL FROM:<else@verifier.example.net>\r\n${rcpt('ann@a.example')}`);
    expect((await client.replies(3)).at(-1)).toMatch(/^450 /);
  });
});

describe('limits', () => {
  it('greets one connection too many with 421 and closes it', async () => {
    await using host = await startMxHost({ maxConnections: 1 });
    await using first = await connectTo(host);
    await first.replies(1);
    await using second = await connectTo(host);

    expect(await second.replies(1)).toEqual([expect.stringMatching(/^421 /)]);
    expect(await second.ended()).toBe('end');
    expect(host.witness.tally()).toMatchObject({ connections: 2, maxOpen: 2 });
  });

  it.each<{ script: MxScript; replies: string[]; end: boolean }>([
    { script: { maxRcptsPerTransaction: 1 }, replies: ['250', '452', '452'], end: false },
    { script: { maxRcpts: 2 }, replies: ['250', '250', '421'], end: true },
    { script: { maxRefusals: 1, mailboxes: { a: '550 no' } }, replies: ['550', '421'], end: true },
  ])('answers $replies under $script', async ({ script, replies, end }) => {
    await using host = await startMxHost({ catchAll: true, ...script });
    await using client = await connectTo(host);
    client.send(`EHLO v\r\n${MAIL}${rcpt('a@a.example')}${rcpt('b@a.example')}${rcpt('c@a.example')}`);

    const heard = (await client.replies(3 + replies.length)).slice(3);

    expect(heard.map((reply) => reply.slice(0, 3))).toEqual(replies);
    if (end) expect(await client.ended()).toBe('end');
  });

  it('closes without a word after the given number of commands', async () => {
    await using host = await startMxHost({ maxCommands: 2 });
    await using client = await connectTo(host);
    client.send(`EHLO v\r\n${MAIL}RSET\r\n`);

    await client.ended();

    expect(host.commands()).toHaveLength(3);
  });
});

describe('latency', () => {
  it('costs a packet of several commands once', async () => {
    await using host = await startMxHost({ latencyMs: { mail: 40, rcpt: 40 } });
    await using client = await connectTo(host);
    client.send('EHLO v\r\n');
    await client.replies(2);
    const before = performance.now();

    client.send(MAIL + Array.from({ length: 10 }, (_, i) => rcpt(`u${i}@a.example`)).join(''));
    const replies = await client.replies(11);

    expect(performance.now() - before).toBeGreaterThanOrEqual(39);
    expect(performance.now() - before).toBeLessThan(200);
    expect(replies.slice(1).map((reply) => /<(.*?)@/.exec(reply)?.[1])).toEqual(
      Array.from({ length: 10 }, (_, i) => `u${i}`),
    );
  });
});

describe('misbehaviour', () => {
  it.each([
    { misbehave: { greeting: 'close' }, end: 'end' },
    { misbehave: { greeting: 'reset' }, end: 'reset' },
    { misbehave: { ehlo: 'reset' }, end: 'reset' },
  ] as const)('ends the connection at $misbehave', async ({ misbehave, end }) => {
    await using host = await startMxHost({ misbehave, latencyMs: 5 });
    await using client = await connectTo(host);
    client.send('EHLO v\r\n');

    expect(await client.ended()).toBe(end);
  });

  it('is silent from the step on at which it is told to be', async () => {
    await using host = await startMxHost({ misbehave: { mail: 'silent' }, latencyMs: 5 });
    await using client = await connectTo(host);
    client.send('EHLO v\r\n');
    await client.replies(2);
    client.send(MAIL + rcpt('a@a.example'));
    client.socket.end();

    expect(await client.ended()).toBe('end');
    expect(client.rest()).toBe('');
  });

  it.each([
    { misbehave: { greeting: 'garbage' }, heard: /HTTP/ },
    { misbehave: { greeting: 'endless-line' }, heard: /^220 [^\n]{20000}/ },
    { misbehave: { greeting: 'endless-continuation' }, heard: /^(250-there is more to come\r\n){60}/ },
  ] as const)('sends $heard at $misbehave', async ({ misbehave, heard }) => {
    await using host = await startMxHost({ misbehave });
    await using client = await connectTo(host);

    while (!heard.test(client.rest())) await once(client.socket, 'data');
  });

  it('drips a reply and goes on correctly after it', async () => {
    await using host = await startMxHost({ misbehave: { mail: 'drip' }, dripMs: 1 });
    await using client = await connectTo(host);
    client.send('EHLO v\r\n');
    await client.replies(2);
    client.send(MAIL + rcpt('a@a.example'));

    expect((await client.replies(2)).map((reply) => reply.slice(0, 3))).toEqual(['250', '550']);
  });
});

describe('the witness', () => {
  it.each<{ said: string[]; script?: MxScript; violation: string }>([
    { said: ['EHLO v\r\n'], script: { latencyMs: { greeting: 50 } }, violation: 'spoke before the greeting' },
    { said: [`HELO v\r\n${MAIL}`], violation: 'pipelined without PIPELINING' },
    {
      said: ['EHLO v\r\n', MAIL + rcpt('a@a.example')],
      script: { extensions: [] },
      violation: 'pipelined without PIPELINING',
    },
    { said: ['EHLO v\n'], violation: 'bare LF' },
    { said: ['DATA\r\n'], violation: 'DATA sent' },
    { said: ['VRFY ann\r\n'], violation: 'VRFY sent' },
  ])('notes "$violation"', async ({ said, script, violation }) => {
    await using host = await startMxHost(script);
    await using client = await connectTo(host);
    if (script?.latencyMs === undefined) await client.replies(1);

    for (const text of said) {
      client.send(text);
      await client.replies(1);
    }

    expect(host.witness.violations()).toEqual([violation]);
  });

  it('counts connections at once, commands and recipients by host', async () => {
    await using host = await startMxHost({ name: 'mx1.example' });
    for (let round = 0; round < 2; round++) {
      await using a = await connectTo(host);
      await using b = await connectTo(host);
      a.send(`EHLO v\r\n${MAIL}${rcpt('a@a.example')}${rcpt('b@a.example')}QUIT\r\n`);
      b.send(`QUIT\r\n`);
      await Promise.all([a.replies(6), b.replies(2)]);
    }

    expect(host.witness.tallyOf('mx1.example')).toMatchObject({
      connections: 4,
      maxOpen: 2,
      rcpts: 4,
      maxRcptsPerConnection: 2,
    });
    expect(host.witness.recipients().map(({ address }) => address)).toEqual(
      ['a', 'b', 'a', 'b'].map((local) => `${local}@a.example`),
    );
  });
});

describe('STARTTLS', () => {
  it('refuses MAIL before it where it is required, and starts over behind it', async () => {
    await using host = await startMxHost({ startTls: 'required', extensions: [] });
    await using client = await connectTo(host);
    client.send('EHLO v\r\n');
    expect((await client.replies(2))[1]).toBe('250-mx.example\n250 STARTTLS');
    client.send(MAIL);
    expect(await client.replies(1)).toEqual(['530 5.7.0 Must issue a STARTTLS command first']);
    client.send('STARTTLS\r\n');
    await client.replies(1);

    const tls = connectTls({ socket: client.socket, rejectUnauthorized: false });
    await once(tls, 'secureConnect');
    tls.write(`EHLO v\r\n`);
    const [ehlo] = (await once(tls, 'data')) as [Buffer];
    tls.write(MAIL);
    const [mail] = (await once(tls, 'data')) as [Buffer];
    tls.destroy();

    expect(ehlo.toString()).toBe('250 mx.example\r\n');
    expect(mail.toString()).toBe('250 2.1.0 Ok\r\n');
  });
});
