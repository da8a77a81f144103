import { describe, expect, it } from 'vitest';
import type { SessionLimits } from '../../src/smtp/session.ts';
import { hearGreeting } from '../../src/smtp/hear-greeting.ts';
import { ScriptedHost, SILENCE } from './scripted-host.ts';

const limits: SessionLimits = { connectTimeoutMs: 2000, replyTimeoutMs: 2000, sessionDeadlineMs: 5000 };

describe('hearGreeting', () => {
  it('hears the greeting and says QUIT, nothing else', async () => {
    await using host = await ScriptedHost.listen({});

    const greeting = await hearGreeting('127.0.0.1', host.port, limits, {});

    expect(greeting).toMatchObject({ type: 'heard', reply: { code: 220 }, localAddress: '127.0.0.1' });
    expect(host.sessions).toEqual([['QUIT']]);
  });

  it('dials from the address that it is told', async () => {
    await using host = await ScriptedHost.listen({});

    expect(await hearGreeting('127.0.0.1', host.port, limits, { localAddress: '127.0.0.9' })).toMatchObject({
      localAddress: '127.0.0.9',
    });
    expect(host.clients).toEqual(['127.0.0.9']);
  });

  it('hears a refusal out as well', async () => {
    await using host = await ScriptedHost.listen({ greeting: '554 5.7.1 no service for you' });

    expect(await hearGreeting('127.0.0.1', host.port, limits, {})).toMatchObject({
      type: 'heard',
      reply: { code: 554 },
    });
  });

  it('tells a host that is silent', async () => {
    await using host = await ScriptedHost.listen({ greeting: SILENCE });

    expect(await hearGreeting('127.0.0.1', host.port, { ...limits, replyTimeoutMs: 80 }, {})).toEqual({
      type: 'failed',
      failure: 'timeout',
      detail: undefined,
      isConnected: true,
    });
  });

  it('tells a port that nobody listens at', async () => {
    const host = await ScriptedHost.listen({});
    const { port } = host;
    await host[Symbol.asyncDispose]();

    expect(await hearGreeting('127.0.0.1', port, limits, {})).toMatchObject({
      type: 'failed',
      failure: 'refused',
      isConnected: false,
    });
  });

  it('tells what this machine lacks', async () => {
    expect(await hearGreeting('127.0.0.1', 9, limits, { localAddress: '203.0.113.7' })).toEqual({
      type: 'lacking',
      code: 'EADDRNOTAVAIL',
    });
  });
});
