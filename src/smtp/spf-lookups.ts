// The DNS as SPF asks it (domain/spf.ts): no such name and no such record are both nothing.

import type { Found, SpfLookups } from '../domain/spf.ts';
import type { Answer, DnsClient, DnsRecords } from './dns-client.ts';
import { withoutDot } from './host-addresses.ts';

export function spfLookups(dns: Pick<DnsClient, 'ask'>): SpfLookups {
  const look = async <Type extends keyof DnsRecords>(
    name: string,
    type: Type,
    textOf: (record: DnsRecords[Type]) => string,
  ): Promise<Found> => found(await dns.ask(name, type), textOf);
  return {
    texts: (name) => look(name, 'TXT', (pieces) => pieces.join('')), // RFC 7208 §3.3
    addresses: (name, family) => look(name, family === 4 ? 'A' : 'AAAA', (ip) => ip),
    mailHosts: (name) => look(name, 'MX', ({ exchange }) => withoutDot(exchange)),
    names: (name) => look(name, 'PTR', withoutDot),
  };
}

function found<T>(answer: Answer<T>, textOf: (record: T) => string): Found {
  switch (answer.type) {
    case 'records':
      return answer.records.map(textOf);
    case 'failed':
      return 'failed';
    case 'no-name':
    case 'no-record':
    case 'other-records':
      return [];
  }
}
