// What a real mail server is given to stand on, and what it is asked to know: shared by those that configure
// one (real-postfix.ts, real-exim.ts, real-opensmtpd.ts) and the one that starts it (real-mta.ts).

/** Whom a server takes mail for; nobody else is accepted. */
export interface MailTable {
  /** Whole addresses, in domains that refuse everybody else at RCPT. */
  readonly mailboxes: readonly string[];
  /** Answered that they are full, in the server's usual way. */
  readonly fullMailboxes: readonly string[];
  /** Domains of the mailboxes. */
  readonly domains: readonly string[];
  readonly catchAllDomains: readonly string[];
  /** Everybody there is put off, with 450 or 451. */
  readonly greylistedDomains: readonly string[];
  /** Domains whose recipients, known or not, pass a policy server on 127.0.0.1 first; only Postfix can. */
  readonly policed?:
    | { readonly mailboxes: readonly string[]; readonly domains: readonly string[]; readonly port: number }
    | undefined;
}

export interface Place {
  readonly ip: string;
  readonly port: number;
}

/** How a prepared server is started. */
export interface MtaCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What a server's preparation is given. */
export interface MtaGround {
  /** The unpacked packages. */
  readonly root: string;
  /** The server's own folder, where it may write. */
  readonly folder: string;
  readonly place: Place;
  readonly table: MailTable;
  readonly isRoot: boolean;
}

/** Numbers that no system gives out (Debian policy 9.2.2 reserves 60000 to 64999 for packages). */
export const ACCOUNTS = {
  exim: 64_101,
  postfix: 64_102,
  postdrop: 64_103,
  opensmtpd: 64_104,
  opensmtpq: 64_105,
  mailbox: 64_106,
} as const;

/** Debian's name of this machine's kind, under which libraries lie. */
export function libraryTriplet(): string {
  const cpu = ({ x64: 'x86_64', arm64: 'aarch64' } as Record<string, string>)[process.arch] ?? process.arch;
  return `${cpu}-linux-gnu`;
}
