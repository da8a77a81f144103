// Makes the domains of a world, one by its kind: its DNS records, its MX host with the host's script, and its
// addresses with the verdict that each must get. Collects zone and hosts; draws from the world's chance only.

import type { Reason } from '../../../src/domain/reason.ts';
import type { Verdict } from '../../../src/domain/verdict.ts';
import { USUAL_EXTENSIONS, type Mailbox, type Misbehaviour, type MxScript, type Step } from './mx-script.ts';
import { nameDomain, nameIdnDomain, nameMailbox, nameUnusualMailbox, type DomainName } from './names.ts';
import type { Random } from './random.ts';
import { WORDINGS, type Wording } from './wording.ts';
import type { DomainKind } from './world-kinds.ts';
import type { ExpectedAddress, WorldHost } from './world.ts';
import type { ZoneName } from './zone.ts';

/** A domain with a place in the DNS; `host` where somebody answers about its mailboxes. */
export interface MadeDomain {
  readonly kind: DomainKind;
  readonly name: DomainName;
  readonly host: Host | undefined;
}

/** A host in the making: domains and mailboxes are added as they are made. */
interface Host {
  readonly name: string;
  readonly ip: string;
  readonly isDead: boolean;
  readonly wording: Wording;
  readonly script: MxScript;
  readonly domains: string[];
  readonly catchAll: string[];
  readonly mailboxes: Record<string, Mailbox>;
}

interface MakerOptions {
  readonly random: Random;
  readonly hosting: 'shared' | 'own';
  readonly greylistSeconds: number;
  readonly domains: number;
}

/** What every address of a domain comes to that nobody answers about; the host's script where there is one. */
interface Trouble {
  readonly verdict: Verdict;
  readonly reason: Reason;
  readonly zone?: ZoneName;
  readonly host?: MxScript | 'dead';
}

const misbehaving = (step: Step, how: Misbehaviour): MxScript => ({ misbehave: { [step]: how } });

const TROUBLES: Partial<Record<DomainKind, Trouble>> = {
  'no-such-domain': { verdict: 'invalid', reason: 'no-such-domain' },
  'null-mx': { verdict: 'invalid', reason: 'null-mx', zone: { mx: [{ preference: 0, exchange: '.' }] } },
  'no-mail-host': { verdict: 'invalid', reason: 'no-mail-host', zone: {} },
  servfail: { verdict: 'unknown', reason: 'dns-failure', zone: { trouble: { any: { rcode: 'SERVFAIL' } } } },
  dead: { verdict: 'unknown', reason: 'connection-refused', host: 'dead' },
  silent: { verdict: 'unknown', reason: 'timeout', host: misbehaving('greeting', 'silent') },
  'silent-at-rcpt': { verdict: 'unknown', reason: 'timeout', host: misbehaving('rcpt', 'silent') },
  garbage: { verdict: 'unknown', reason: 'protocol-error', host: misbehaving('greeting', 'garbage') },
  'endless-banner': {
    verdict: 'unknown',
    reason: 'protocol-error',
    host: misbehaving('greeting', 'endless-line'),
  },
  'endless-continuation': {
    verdict: 'unknown',
    reason: 'protocol-error',
    host: misbehaving('ehlo', 'endless-continuation'),
  },
  'resets-at-rcpt': { verdict: 'unknown', reason: 'connection-lost', host: misbehaving('rcpt', 'reset') },
  'closes-at-mail': { verdict: 'unknown', reason: 'connection-lost', host: misbehaving('mail', 'close') },
  'blocks-at-greeting': {
    verdict: 'unknown',
    reason: 'policy-block',
    host: { greeting: '554 5.7.1 Service unavailable; Client host blocked using zen.spamhaus.org' },
  },
  'blocks-at-rcpt': {
    verdict: 'unknown',
    reason: 'policy-block',
    host: { rcpt: '550 5.7.1 Service unavailable; Client host [192.0.2.4] blocked using zen.spamhaus.org' },
  },
  'rejects-sender': {
    verdict: 'unknown',
    reason: 'sender-rejected',
    host: { mail: '550 5.1.8 <{from}>: Sender address rejected: Domain not found' },
  },
  busy: {
    verdict: 'unknown',
    reason: 'temporary-failure',
    host: { rcpt: '451 4.3.0 Temporary lookup failure' },
  },
  unavailable: {
    verdict: 'unknown',
    reason: 'temporary-failure',
    host: { greeting: '421 4.3.2 Service not available, closing transmission channel' },
  },
};

/** Mailboxes of a host that answers properly, and how common each kind is. */
const MAILBOXES = {
  accepted: 66,
  unusual: 4,
  plus: 4,
  unknown: 16,
  disabled: 2,
  full: 2,
  greylisted: 3,
  temporary: 3,
};
/** The same where the host's own habits are what is looked at. */
const FEW_MAILBOXES = { accepted: 3, unknown: 1 };
const FIRMS = 30;
const FIRM_SKEW = 0.8;

export class DomainMaker {
  readonly zone: Record<string, ZoneName> = {};
  readonly #options: MakerOptions;
  readonly #random: Random;
  readonly #hosts: Host[] = [];
  readonly #firms: Host[] = [];
  #domains = 0;
  #mailboxes = 0;

  constructor(options: MakerOptions) {
    this.#options = options;
    this.#random = options.random;
    if (options.hosting === 'own') return;
    const firms = Math.min(FIRMS, Math.ceil(options.domains / 6));
    for (let i = 1; i <= firms; i++) this.#firms.push(this.#addHost(`mx.host-${i}.example`, {}));
  }

  /** A domain of the kind, with its records in the zone. */
  make(kind: DomainKind): MadeDomain {
    const number = ++this.#domains;
    const name = kind === 'idn' ? nameIdnDomain(number, this.#random) : nameDomain(number, this.#random);
    const trouble = TROUBLES[kind];
    if (trouble?.host !== undefined) {
      const host = this.#addHost(
        `mx.${name.ascii}`,
        trouble.host === 'dead' ? {} : trouble.host,
        trouble.host === 'dead',
      );
      this.zone[name.ascii] = { mx: [{ preference: 10, exchange: host.name }] };
      return { kind, name, host: undefined };
    }
    if (trouble !== undefined) {
      if (trouble.zone !== undefined) this.zone[name.ascii] = trouble.zone;
      return { kind, name, host: undefined };
    }
    const host = this.#hostFor(kind, name.ascii);
    host.domains.push(name.ascii);
    if (kind === 'catch-all') host.catchAll.push(name.ascii);
    return { kind, name, host };
  }

  /** Gives the domain `count` addresses. */
  populate(domain: MadeDomain, count: number): ExpectedAddress[] {
    return Array.from({ length: count }, () => this.#address(domain));
  }

  /** The hosts, with all that was put on them. */
  hosts(): WorldHost[] {
    return this.#hosts.map(({ name, ip, isDead, wording, script, domains, catchAll, mailboxes }) => ({
      name,
      ip,
      ...(isDead ? { isDead } : {}),
      script: {
        name,
        greeting: `220 ${name} ${wording.greeting}`,
        unknown: wording.unknown,
        greylistReply: wording.greylisted,
        ...(domains.length > 0 ? { domains, catchAll, mailboxes } : {}),
        ...script,
      },
    }));
  }

  // Kinds that are plain but for the host's habits get a host with these habits.
  #hostFor(kind: DomainKind, domain: string): Host {
    const records = (host: Host, ...before: string[]) => {
      const exchanges = [...before, host.name];
      this.zone[domain] = { mx: exchanges.map((exchange, i) => ({ preference: 10 * (i + 1), exchange })) };
      return host;
    };
    switch (kind) {
      case 'no-pipelining':
        return records(
          this.#addHost(`mx.${domain}`, {
            extensions: USUAL_EXTENSIONS.filter((word) => word !== 'PIPELINING'),
          }),
        );
      case 'helo-only':
        return records(this.#addHost(`mx.${domain}`, { ehlo: '502 5.5.2 Error: command not recognized' }));
      case 'greylisting':
        return records(this.#addHost(`mx.${domain}`, { greylistSeconds: this.#options.greylistSeconds }));
      case 'second-mx': {
        const dead = this.#addHost(`mx1.${domain}`, {}, true);
        return records(this.#addHost(`mx2.${domain}`, {}), dead.name);
      }
      case 'alias-mx': {
        const host = this.#addHost(`mx.${domain}`, {});
        this.zone[`alias.${domain}`] = { cname: host.name };
        this.zone[domain] = { mx: [{ preference: 10, exchange: `alias.${domain}` }] };
        return host;
      }
      case 'implicit-mx': {
        return this.#addHost(domain, {});
      }
      default:
        return records(this.#firms.length === 0 ? this.#addHost(`mx.${domain}`, {}) : this.#firm());
    }
  }

  #firm(): Host {
    const weights = Object.fromEntries(this.#firms.map((_, i) => [String(i), (i + 1) ** -FIRM_SKEW]));
    return this.#firms[Number(this.#random.weighted(weights))]!;
  }

  // Addresses are given out in order from 127.10.0.1 on; nothing else on a machine lives there.
  #addHost(name: string, script: MxScript, isDead = false): Host {
    const number = this.#hosts.length + 1;
    const ip = `127.${10 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;
    const wording = this.#random.pick(WORDINGS);
    const host: Host = { name, ip, isDead, wording, script, domains: [], catchAll: [], mailboxes: {} };
    this.#hosts.push(host);
    this.zone[name] = { ...this.zone[name], a: [ip] };
    return host;
  }

  #address({ kind, name, host }: MadeDomain): ExpectedAddress {
    const number = ++this.#mailboxes;
    const plainLocal = nameMailbox(number, this.#random);
    const trouble = TROUBLES[kind];
    if (trouble !== undefined || host === undefined) {
      const { verdict, reason } = trouble!;
      return { email: `${plainLocal}@${name.written}`, kind, verdict, reason };
    }
    if (kind === 'catch-all') {
      return {
        email: `${plainLocal}@${name.written}`,
        kind,
        verdict: 'catch-all',
        reason: 'accepts-all',
        ip: host.ip,
      };
    }
    const isTypical = kind === 'plain' || kind === 'idn' || kind === 'no-pipelining';
    const mailbox = this.#random.weighted(isTypical ? MAILBOXES : { ...NO_MAILBOXES, ...FEW_MAILBOXES });
    const { local, answer, verdict, reason } = this.#mailbox(mailbox, plainLocal, number, host.wording);
    if (answer !== undefined) host.mailboxes[`${local.toLowerCase()}@${name.ascii}`] = answer;
    const email = `${local}@${name.written}`;
    const detail = isTypical ? mailbox : kind;
    return { email, kind: detail, verdict, reason, ...(verdict === 'valid' ? { ip: host.ip } : {}) };
  }

  #mailbox(kind: keyof typeof MAILBOXES, plain: string, number: number, wording: Wording): MadeMailbox {
    const accepted = { answer: '250 2.1.5 Ok', verdict: 'valid', reason: 'accepted' } as const;
    switch (kind) {
      case 'accepted':
        return { local: plain, ...accepted };
      case 'unusual':
        return { local: nameUnusualMailbox(number, this.#random), ...accepted };
      case 'plus':
        return { local: `${plain}+news`, ...accepted };
      case 'greylisted':
        return {
          local: plain,
          ...accepted,
          answer: { greylistSeconds: this.#options.greylistSeconds, reply: wording.greylisted },
        };
      case 'unknown':
        return { local: plain, answer: undefined, verdict: 'invalid', reason: 'mailbox-not-found' };
      case 'disabled':
        return { local: plain, answer: wording.disabled, verdict: 'invalid', reason: 'mailbox-disabled' };
      case 'full':
        return { local: plain, answer: wording.full, verdict: 'unknown', reason: 'mailbox-full' };
      case 'temporary':
        return { local: plain, answer: wording.temporary, verdict: 'unknown', reason: 'temporary-failure' };
    }
  }
}

interface MadeMailbox {
  readonly local: string;
  /** Undefined where the host has no such mailbox. */
  readonly answer: Mailbox | undefined;
  readonly verdict: Verdict;
  readonly reason: Reason;
}

const NO_MAILBOXES = {
  accepted: 0,
  unusual: 0,
  plus: 0,
  unknown: 0,
  disabled: 0,
  full: 0,
  greylisted: 0,
  temporary: 0,
};
