// The doctor's try of the way out: one connection to a mail host on port 25, which ends after the greeting. The host is that
// of our own sender's domain, unless another is named: nobody else is knocked at without need.

import { cleanLine } from '../../domain/clean-text.ts';
import type { Failure } from '../../domain/observation.ts';
import type { MxHost } from '../../domain/route.ts';
import type { Config } from '../../platform/config.ts';
import { chooseProxy } from '../../smtp/choose-proxy.ts';
import { isPublicAddress } from '../../smtp/guard-address.ts';
import { hearGreeting, type Greeting } from '../../smtp/hear-greeting.ts';
import { isAddressList } from '../../smtp/host-addresses.ts';
import { CannotCheck, type Check, type Configured, configuredOf, type Ground, senderOf } from './check.ts';
import { failure, ok, type Remark, warning } from './remark.ts';

const GREETING_MS = 30_000;

export const wayOutChecks: readonly Check[] = [
  {
    theme: 'Way out',
    about: 'mail host',
    run: (ground) => greetMailHost(ground),
    limitMs: GREETING_MS + 25_000,
  },
];

interface Target {
  readonly name: string;
  readonly ip: string;
}

async function greetMailHost(ground: Ground): Promise<readonly Remark[]> {
  const configured = configuredOf(ground);
  const { config } = configured;
  const found =
    ground.mailHost === undefined
      ? await ownMailHost(ground)
      : await namedMailHost(configured, ground.mailHost);
  if (!('ip' in found)) return [found];
  const greeting = await hearGreeting(found.ip, config.smtpPort, limitsOf(config), {
    localAddress: config.localAddress,
    proxy: chooseProxy(found.name, config),
  });
  return [judgeGreeting(found, config.smtpPort, greeting)];
}

/** The first host that takes mail for our sender, whose domain must have one anyway. */
async function ownMailHost(ground: Ground): Promise<Target | Remark> {
  const { sender, router } = senderOf(ground);
  const { mailFrom } = sender;
  const domain = mailFrom.slice(mailFrom.lastIndexOf('@') + 1);
  const route = await router.route(domain);
  if (route.type === 'none') {
    const { failure: why, detail } = route.observed;
    if (why === 'private-host')
      throw new CannotCheck(`${domain} has its mail hosts within our own network; --mail-host names another`);
    if (why === 'dns-failure')
      throw new CannotCheck(`the DNS does not tell who takes mail for ${domain} (${detail})`);
    return failure(
      'mail host',
      `nobody takes mail for ${mailFrom} (${why}${detail === undefined ? '' : `, ${detail}`}), which many hosts hold against us`,
      'Have SMTP_MAIL_FROM name a mailbox that takes mail.',
    );
  }
  const [host] = route.hosts as readonly [MxHost, ...MxHost[]];
  return { name: host.name, ip: host.ips![0]! };
}

async function namedMailHost({ router }: Configured, name: string): Promise<Target> {
  const ips = await router.addressesOf(name);
  if (!isAddressList(ips))
    throw new CannotCheck(`${name} has no address that may be dialled (${ips.detail ?? ips.failure})`);
  return { name, ip: ips[0]! };
}

function limitsOf({ connectTimeoutMs, replyTimeoutMs }: Config) {
  return {
    connectTimeoutMs,
    replyTimeoutMs: Math.min(replyTimeoutMs, GREETING_MS),
    sessionDeadlineMs: connectTimeoutMs + GREETING_MS,
  };
}

export function judgeGreeting({ name, ip }: Target, port: number, greeting: Greeting): Remark {
  const host = `${name}[${ip}]`;
  switch (greeting.type) {
    case 'heard': {
      const { code, text } = greeting.reply;
      const said = `"${cleanLine(`${code} ${text}`, 120)}"`;
      if (code < 200 || code > 299)
        return warning(
          'mail host',
          `port ${port} is open, but ${host} greets us with ${said}`,
          'Ask whoever runs that host why it refuses this machine.',
        );
      // Such a way is another than the one to the internet.
      if (!isPublicAddress(ip) || ip === greeting.localAddress)
        return warning(
          'mail host',
          `${host} greets us, but from within our own network: that tells nothing of port ${port} to the internet`,
          'Name a host elsewhere that you may greet, with --mail-host.',
        );
      return ok('mail host', `${host} on port ${port} greets us: ${said}`);
    }
    case 'lacking':
      return failure(
        'mail host',
        `this machine cannot open a connection (${greeting.code})`,
        'See that SMTP_LOCAL_ADDRESS is an address of this machine, and that ports and files are not used up.',
      );
    case 'failed':
      if (greeting.isConnected)
        return warning(
          'mail host',
          `port ${port} is open, but ${host} gives no greeting (${wordOf(greeting)})`,
          'Try another host with --mail-host: this one may be slow, or something in between holds the connection.',
        );
      return failure(
        'mail host',
        `port ${port} of ${host} is not reached (${wordOf(greeting)})`,
        `Have outgoing connections to port ${port} opened (many providers close it until they are asked), or set SMTP_PROXY; with --mail-host another host can be tried.`,
      );
  }
}

const WORDS: Partial<Record<Failure, string>> = {
  timeout: 'no answer in time',
  refused: 'connection refused',
  lost: 'connection closed',
};

function wordOf({ failure: word, detail }: Greeting & { readonly type: 'failed' }): string {
  return WORDS[word] ?? detail ?? word;
}
