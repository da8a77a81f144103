// What each reason says to an operator, and why the verdict beside it is not another one. Told by explain.ts.

import type { Reason } from './reason.ts';

export interface ReasonWords {
  /** What was found out. */
  readonly means: string;
  /** Why nothing more, or nothing else, follows from it. */
  readonly whyNot: string;
}

const ASKED_AGAIN = 'that may be otherwise later, so it was asked again as long as attempts were left';

export const REASON_WORDS: Readonly<Record<Reason, ReasonWords>> = {
  accepted: {
    means: 'the host accepts mail for this address',
    whyNot: 'nothing that was learned says that the host accepts just anybody',
  },
  'catch-all-unknown': {
    means: 'the host accepts mail for this address, and would not say whether it accepts just anybody',
    whyNot: 'not catch-all: that is said only of a host that accepted an address that cannot exist',
  },
  'accepted-unverified': {
    means: 'the host takes the mail without having looked whether there is such a mailbox',
    whyNot: 'not valid: a host that answers 252 would say the same of any address',
  },
  'mailbox-not-found': {
    means: 'the host says that it has no such mailbox',
    whyNot: 'not unknown: the words are about this mailbox, and neither about us nor about the moment',
  },
  'mailbox-disabled': {
    means: 'the host says that the mailbox exists and takes no mail any more',
    whyNot: 'not valid: nothing sent there arrives; not unknown: the host spoke of this very mailbox',
  },
  'mailbox-full': {
    means: 'the host says that the mailbox is full',
    whyNot: `neither invalid, since a full mailbox exists, nor valid, since it takes nothing; ${ASKED_AGAIN}`,
  },
  'mailbox-moved': {
    means: 'the host says that the mailbox has moved elsewhere',
    whyNot: 'not valid: nothing sent to this address arrives',
  },
  'address-rejected': {
    means: 'the host says that an address of this form cannot be one of its own',
    whyNot: 'not unknown: the words are about the address, and will not change',
  },
  'domain-not-served': {
    means: 'the host says that it takes no mail for this domain',
    whyNot: 'said of the recipient it is final; said before any recipient was named it would be about us',
  },
  'policy-block': {
    means: 'the host refuses to talk to our server: by a block list, our reputation, or its own rules',
    whyNot: 'not invalid: the refusal speaks of us, and would be the same for an address that exists',
  },
  'sender-rejected': {
    means: 'the host does not like the sender that we asked as',
    whyNot: 'not invalid: the refusal speaks of our sender address, not of the mailbox',
  },
  'auth-or-tls-required': {
    means: 'the host answers only after a login or over TLS',
    whyNot: 'not invalid: the host has not said anything about the mailbox',
  },
  'rate-limited': {
    means: 'the host says that we ask too much or too fast',
    whyNot: `not invalid: the host has not looked at the mailbox; ${ASKED_AGAIN}`,
  },
  greylisted: {
    means: 'the host puts off whoever it does not know yet (greylisting)',
    whyNot: `not invalid: greylisting meets existing mailboxes as well; ${ASKED_AGAIN}`,
  },
  'temporary-failure': {
    means: 'the host has some trouble of its own at the moment',
    whyNot: `not invalid: a temporary failure says nothing about the mailbox; ${ASKED_AGAIN}`,
  },
  'too-many-recipients': {
    means: 'the host takes no more recipients in one go',
    whyNot: `not invalid: it was the number of addresses, not this one; ${ASKED_AGAIN}`,
  },
  'ambiguous-reply': {
    means: 'the host refused in words from which nothing certain follows',
    whyNot: 'not invalid: a refusal without words about a mailbox is not enough to give up a contact',
  },
  'accepts-all': {
    means: 'the host accepts mail for anybody at this domain',
    whyNot: 'not plain valid: a host that accepts an address that cannot exist has not vouched for this one',
  },
  'provider-accepts-all': {
    means: 'the provider accepts anybody while it is asked, and returns mail for unknown mailboxes later',
    whyNot: 'not plain valid: with this provider an acceptance says nothing about the mailbox',
  },
  'refuses-everybody': {
    means: 'the host refused this address and an address that cannot exist alike',
    whyNot: 'not invalid: the control recipient was refused too, so the refusal speaks of us',
  },
  timeout: {
    means: 'the host did not answer in time',
    whyNot: `not invalid: silence says nothing about a mailbox; ${ASKED_AGAIN}`,
  },
  'connection-refused': {
    means: 'nobody takes connections at the host',
    whyNot: `not invalid: a host that is down says nothing about its mailboxes; ${ASKED_AGAIN}`,
  },
  'connection-failed': {
    means: 'the host could not be reached over the network',
    whyNot: `not invalid: the way to the host failed, and the mailbox was not asked for; ${ASKED_AGAIN}`,
  },
  'connection-lost': {
    means: 'the host ended the connection without an answer',
    whyNot: `not invalid: a connection that breaks says nothing about the mailbox; ${ASKED_AGAIN}`,
  },
  'protocol-error': {
    means: 'what the host sent was not SMTP',
    whyNot: `not invalid: what cannot be understood says nothing about the mailbox; ${ASKED_AGAIN}`,
  },
  'dns-failure': {
    means: 'the DNS did not say where the mail of this domain goes',
    whyNot: `not invalid: a name server in trouble is no proof that the domain does not exist; ${ASKED_AGAIN}`,
  },
  'no-such-domain': {
    means: 'the DNS says that this domain does not exist',
    whyNot: 'not unknown: the DNS answered, and the answer was a clear no (NXDOMAIN)',
  },
  'null-mx': {
    means: 'the domain says in the DNS that it takes no mail at all (null MX, RFC 7505)',
    whyNot: 'not unknown: this is the domain’s own word',
  },
  'no-mail-host': {
    means: 'the domain names no host that could take its mail',
    whyNot: 'not unknown: the DNS answered, and there is nobody to deliver to',
  },
  'private-host': {
    means: 'the domain’s mail hosts have only private or reserved addresses, where nobody can deliver',
    whyNot: 'not unknown: such addresses cannot be reached from outside, today or tomorrow',
  },
  'smtputf8-unsupported': {
    means: 'the address has letters beyond ASCII, and its host does not take such addresses (RFC 6531)',
    whyNot: 'not invalid: it could not be asked about, so nothing was said about it',
  },
  syntax: {
    means: 'this is not an address that mail could be sent to',
    whyNot: 'nobody was asked: no server can have a mailbox of that form',
  },
  'disposable-domain': {
    means: 'the domain hands out throw-away addresses',
    whyNot: 'nobody was asked: that such a mailbox exists today says nothing about tomorrow',
  },
  'excluded-account': {
    means: 'the operator excluded this account from verification (exclude_accounts)',
    whyNot: 'nobody was asked: the operator’s word counts',
  },
  'excluded-domain': {
    means: 'the operator excluded this domain from verification (exclude_domains)',
    whyNot: 'nobody was asked: the operator’s word counts',
  },
  'worker-crashed': {
    means:
      'our own program ended while it asked about this address, and did so again when it was asked alone',
    whyNot: 'not invalid: this is our trouble, not the mailbox’s; please report it',
  },
};
