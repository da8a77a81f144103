// Who is asked about between one MAIL and the next, and the commands that do it.
// When they are sent, and what their replies lead to, is dialogue.ts.

import { formatAddress, needsSmtpUtf8, type Address } from '../domain/address.ts';
import type { Capabilities } from './capabilities.ts';
import { commandLine } from './command-line.ts';

/** Somebody to ask about. Told apart by identity: what is learnt comes back with the same object. */
export interface Recipient {
  readonly address: Address;
}

/** The recipients asked about between one MAIL and the next: all of one domain, the control recipient last. */
export interface Transaction {
  readonly recipients: readonly Recipient[];
  readonly control?: Recipient | undefined;
}

export type Verb =
  'greeting' | 'ehlo' | 'helo' | 'starttls' | 'handshake' | 'rset' | 'mail' | 'rcpt' | 'quit';

/** A command as it goes out, and what its reply will be about; the greeting is awaited as if it had been asked for, and so is the TLS handshake. */
export interface Command {
  readonly verb: Verb;
  readonly line: string;
  readonly recipient?: Recipient | undefined;
  /** The RCPT's place in its transaction, from 0. */
  readonly place: number;
  readonly isControl: boolean;
}

/**
 * Gives the commands of a transaction in order: RSET when an earlier one is open, MAIL, a RCPT for each
 * recipient, the control recipient last. Throws for an 8-bit recipient and a host without SMTPUTF8, which is a bug.
 */
export function transactionCommands(
  { recipients, control }: Transaction,
  mailFrom: string,
  offers: Capabilities,
  needsRset: boolean,
): readonly Command[] {
  const everybody = control === undefined ? recipients : [...recipients, control];
  const isUtf8 = everybody.some(({ address }) => needsSmtpUtf8(address));
  if (isUtf8 && !offers.smtpUtf8) throw new Error('an 8-bit recipient for a host without SMTPUTF8');

  const plain = { place: 0, isControl: false };
  return [
    ...(needsRset ? [{ verb: 'rset' as const, line: commandLine('RSET'), ...plain }] : []),
    { verb: 'mail', line: commandLine('MAIL FROM:<', mailFrom, isUtf8 ? '> SMTPUTF8' : '>'), ...plain },
    ...everybody.map((recipient, place) => ({
      verb: 'rcpt' as const,
      line: commandLine('RCPT TO:<', formatAddress(recipient.address), '>', isUtf8 ? 'utf-8' : 'ascii'),
      recipient,
      place,
      isControl: recipient === control,
    })),
  ];
}

export function isRcpt({ verb }: Command): boolean {
  return verb === 'rcpt';
}
