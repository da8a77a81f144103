// Tells what SPF says of mail from an address of ours (RFC 7208): what the hosts that we probe find out about us. The DNS
// is handed in, the record is read by spf-record.ts, names with macros are made by spf-macros.ts.

import { isInNetwork, parseIp, reverseName, type IpAddress } from './ip-address.ts';
import { expandMacros, type MacroSource } from './spf-macros.ts';
import { isSpf, parseSpf, type Directive, type Mechanism, type Qualifier } from './spf-record.ts';

/** What a name has in the DNS, nothing at all included; or no answer. */
export type Found = readonly string[] | 'failed';

export interface SpfLookups {
  /** Each record as one text. */
  texts(name: string): Promise<Found>;
  addresses(name: string, family: 4 | 6): Promise<Found>;
  mailHosts(name: string): Promise<Found>;
  /** Of a PTR record. */
  names(name: string): Promise<Found>;
}

export interface SpfVerdict {
  readonly result: Qualifier | 'none' | 'temperror' | 'permerror';
  /** The term that decided, and the domain in whose record it stands. */
  readonly by?: { readonly term: string; readonly domain: string } | undefined;
  /** What is wrong, for the errors. */
  readonly problem?: string | undefined;
  /** Of the ten that are allowed. */
  readonly lookups: number;
}

// RFC 7208 §4.6.4
const MAX_LOOKUPS = 10;
const MAX_EMPTY_LOOKUPS = 2;
const MAX_NAMES = 10;

type Outcome = Omit<SpfVerdict, 'lookups'>;

/** Gives the verdict on mail from `sender` (a mailbox) out of `address`. Rejects for nothing but what is no address. */
export async function checkSpf(
  {
    address,
    sender,
    ehloName,
  }: { readonly address: string; readonly sender: string; readonly ehloName: string },
  dns: SpfLookups,
): Promise<SpfVerdict> {
  const ip = parseIp(address);
  if (ip === undefined) throw new Error(`not an IP address: ${address}`);
  const evaluation = new Evaluation(ip, sender, ehloName, dns);
  const domain = sender.slice(sender.lastIndexOf('@') + 1);
  try {
    return { ...(await evaluation.checkHost(domain)), lookups: evaluation.lookups };
  } catch (error) {
    if (!(error instanceof SpfError)) throw error;
    return {
      result: error.result,
      problem: error.message,
      lookups: Math.min(evaluation.lookups, MAX_LOOKUPS),
    };
  }
}

/** Ends the whole evaluation (RFC 7208 §2.6.6, §2.6.7). */
class SpfError extends Error {
  readonly result: 'temperror' | 'permerror';

  constructor(result: 'temperror' | 'permerror', problem: string) {
    super(problem);
    this.result = result;
  }
}

class Evaluation {
  lookups = 0;
  #emptyLookups = 0;
  readonly #ip: IpAddress;
  readonly #about: Omit<MacroSource, 'domain'>;
  readonly #dns: SpfLookups;

  constructor(ip: IpAddress, sender: string, ehloName: string, dns: SpfLookups) {
    this.#ip = ip;
    this.#about = { ip, sender, ehloName };
    this.#dns = dns;
  }

  async checkHost(domain: string): Promise<Outcome> {
    const texts = answered(await this.#dns.texts(domain), domain);
    const [text, ...more] = texts.filter(isSpf);
    if (text === undefined) return { result: 'none' };
    if (more.length > 0)
      throw new SpfError('permerror', `${domain} has ${more.length + 1} SPF records, and may have one`);
    const record = parseSpf(text);
    if ('bad' in record)
      throw new SpfError('permerror', `"${record.bad}" in the record of ${domain} is no term of SPF`);

    for (const directive of record.directives) {
      if (await this.#matches(directive.mechanism, directive, domain))
        return { result: directive.qualifier, by: { term: directive.text, domain } };
    }
    if (record.redirect === undefined) return { result: 'neutral' };
    this.#count(`redirect=${record.redirect}`);
    const target = this.#nameOf(record.redirect, domain);
    const outcome = await this.checkHost(target);
    if (outcome.result === 'none')
      throw new SpfError('permerror', `redirect=${target} leads to a domain without SPF record`); // RFC 7208 §6.1
    return outcome;
  }

  async #matches(mechanism: Mechanism, { text }: Directive, domain: string): Promise<boolean> {
    if (mechanism.type === 'all') return true;
    if (mechanism.type === 'ip') return isInNetwork(this.#ip, mechanism.network, mechanism.prefix);
    this.#count(text);
    const name = mechanism.domain === undefined ? domain : this.#nameOf(mechanism.domain, domain);
    switch (mechanism.type) {
      case 'include':
        return this.#includes(name);
      case 'exists':
        return (await this.#look(this.#dns.addresses(name, 4), name)).length > 0;
      case 'a':
        return this.#hasAddress(name, mechanism.prefix);
      case 'mx':
        return this.#isAmong(await this.#look(this.#dns.mailHosts(name), name), mechanism.prefix, text);
      case 'ptr':
        return this.#isNamed(name);
    }
  }

  async #includes(domain: string): Promise<boolean> {
    const { result } = await this.checkHost(domain);
    if (result === 'none')
      throw new SpfError('permerror', `include:${domain} names a domain without SPF record`); // RFC 7208 §5.2
    return result === 'pass';
  }

  async #hasAddress(name: string, prefix: { readonly 4: number; readonly 6: number }): Promise<boolean> {
    const { family } = this.#ip;
    const addresses = await this.#look(this.#dns.addresses(name, family), name);
    return addresses.some((text) => {
      const address = parseIp(text);
      return address !== undefined && isInNetwork(this.#ip, address, prefix[family]);
    });
  }

  async #isAmong(
    hosts: readonly string[],
    prefix: { readonly 4: number; readonly 6: number },
    term: string,
  ): Promise<boolean> {
    if (hosts.length > MAX_NAMES)
      throw new SpfError(
        'permerror',
        `${term} names ${hosts.length} mail hosts, and ${MAX_NAMES} are allowed`,
      );
    for (const host of hosts) if (await this.#hasAddress(host, prefix)) return true;
    return false;
  }

  // RFC 7208 §5.5: a name of ours that leads back to us and ends in the domain.
  async #isNamed(domain: string): Promise<boolean> {
    const names = await this.#dns.names(reverseName(this.#ip));
    if (names === 'failed') return false;
    for (const name of names.slice(0, MAX_NAMES)) {
      if (name !== domain && !name.endsWith(`.${domain}`)) continue;
      const addresses = await this.#dns.addresses(name, this.#ip.family);
      if (addresses !== 'failed' && addresses.some((text) => parseIp(text)?.bits === this.#ip.bits))
        return true;
    }
    return false;
  }

  #count(term: string): void {
    if (++this.lookups > MAX_LOOKUPS)
      throw new SpfError('permerror', `more than ${MAX_LOOKUPS} lookups are needed (at ${term})`);
  }

  async #look(answer: Promise<Found>, name: string): Promise<readonly string[]> {
    const found = answered(await answer, name);
    if (found.length === 0 && ++this.#emptyLookups > MAX_EMPTY_LOOKUPS)
      throw new SpfError(
        'permerror',
        `more than ${MAX_EMPTY_LOOKUPS} names lead to nothing, the last of them ${name}`,
      );
    return found;
  }

  #nameOf(spec: string, domain: string): string {
    const name = expandMacros(spec, { ...this.#about, domain });
    if (name === undefined)
      throw new SpfError('permerror', `"${spec}" in the record of ${domain} is no name`);
    return name.toLowerCase().replace(/\.$/, '');
  }
}

function answered(found: Found, name: string): readonly string[] {
  if (found === 'failed') throw new SpfError('temperror', `the DNS does not answer about ${name}`);
  return found;
}
