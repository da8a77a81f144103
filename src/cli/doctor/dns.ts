// The doctor's look at the resolver: whether it answers, and whether it says of what does not exist that it does not.

import { randomBytes } from 'node:crypto';
import type { Answer } from '../../smtp/dns-client.ts';
import { type Check, type Configured, configuredOf } from './check.ts';
import { failure, ok, type Remark, warning } from './remark.ts';

export const dnsChecks: readonly Check[] = [
  {
    theme: 'DNS',
    about: 'resolver',
    run: async (ground) => [await askForNothing(configuredOf(ground))],
  },
];

// A name that nobody can have registered, under a domain that is. Asked for as mail is: an MX record that a resolver makes up
// is as bad as an address.
async function askForNothing({ dns, config }: Configured): Promise<Remark> {
  const name = `svc-${randomBytes(12).toString('hex')}.com`;
  const answers = await Promise.all([dns.ask(name, 'A'), dns.ask(name, 'MX')]);
  return judgeResolver(name, answers, serversIn(config.dnsServers));
}

const OWN_RESOLVER = 'Have DNS_SERVERS name a resolver of your own, best one on this machine (unbound).';

export function judgeResolver(name: string, answers: readonly Answer<unknown>[], servers: string): Remark {
  const failed = answers.find((answer) => answer.type === 'failed');
  if (failed !== undefined)
    return failure(
      'resolver',
      `${servers} gives no answer about ${name} (${failed.word}); without DNS nothing is verified`,
      'See that it runs and may be asked from here, or name another one in DNS_SERVERS.',
    );
  const made = answers.flatMap((answer) => (answer.type === 'records' ? answer.records : []));
  if (made.length > 0)
    return failure(
      'resolver',
      `${servers} lies: it has records for ${name}, which does not exist (${shown(made[0])}), so domains that are gone would look alive`,
      OWN_RESOLVER,
    );
  if (answers.some(({ type }) => type !== 'no-name'))
    return warning(
      'resolver',
      `${servers} does not say that ${name} does not exist, only that it has no record`,
      OWN_RESOLVER,
    );
  return ok('resolver', `${servers} answers, and says of ${name} that it does not exist`);
}

function serversIn(named: readonly string[]): string {
  return named.length === 0 ? 'the system’s resolver' : `DNS_SERVERS=${named.join(',')}`;
}

function shown(record: unknown): string {
  return typeof record === 'string' ? record : JSON.stringify(record);
}
