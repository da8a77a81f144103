// What the DNS of a test says, as plain data that survives JSON: a name has records, or trouble in answering.
// A name that is not in the zone does not exist (NXDOMAIN); a name without a record of the type asked for
// answers NOERROR with nothing in it. dns-server.ts serves it.

/** The question types that a verifier asks, and that a zone can hold answers or trouble for. */
export type QuestionType = 'MX' | 'A' | 'AAAA' | 'CNAME' | 'TXT' | 'PTR';

/** Where mail for a name goes; `.` as the exchange is the null MX (RFC 7505 §3). */
export interface MxRecord {
  readonly preference: number;
  readonly exchange: string;
}

/** How answering goes wrong; the members can be combined, `rcode` with `delayMs` for one. */
export interface DnsTrouble {
  /** Answered instead of the records. */
  readonly rcode?: 'FORMERR' | 'SERVFAIL' | 'NXDOMAIN' | 'NOTIMP' | 'REFUSED' | undefined;
  /** No answer ever. */
  readonly drop?: true | undefined;
  readonly delayMs?: number | undefined;
  /** Over UDP only a truncated, empty answer comes: the client must ask again over TCP (RFC 1035 §4.2.1). */
  readonly truncate?: true | undefined;
  /** Only the first n questions meet the trouble, then the records are answered. */
  readonly times?: number | undefined;
}

/** All that is known of one name. */
export interface ZoneName {
  readonly mx?: readonly MxRecord[] | undefined;
  readonly a?: readonly string[] | undefined;
  readonly aaaa?: readonly string[] | undefined;
  readonly cname?: string | undefined;
  readonly txt?: readonly string[] | undefined;
  readonly ptr?: readonly string[] | undefined;
  /** Trouble by question type, `any` for all of them. */
  readonly trouble?: Readonly<Partial<Record<QuestionType | 'any', DnsTrouble>>> | undefined;
}

/** Lower-case name without the trailing dot → what is known of it; `*` for every name that has no entry. */
export type Zone = Readonly<Record<string, ZoneName>>;
