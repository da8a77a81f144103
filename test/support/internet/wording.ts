// How mail servers of several makes word their replies, each in the words that it is known by. A host of a made
// world speaks one of them. The words are unmistakable on purpose: what a world measures is the whole path,
// and replies that are hard to read have tests of their own.

/** The replies of one make of mail server; `{rcpt}` is the address asked about. */
export interface Wording {
  readonly greeting: string;
  readonly unknown: string;
  readonly disabled: string;
  readonly full: string;
  readonly greylisted: string;
  readonly temporary: string;
}

export const WORDINGS: readonly Wording[] = [
  {
    // Postfix
    greeting: 'ESMTP Postfix (Debian/GNU)',
    unknown: '550 5.1.1 <{rcpt}>: Recipient address rejected: User unknown in virtual mailbox table',
    disabled: '550 5.2.1 <{rcpt}>: Recipient address rejected: This account has been disabled',
    full: '452 4.2.2 <{rcpt}>: Recipient address rejected: Mailbox is full',
    greylisted:
      '450 4.2.0 <{rcpt}>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/',
    temporary: '451 4.3.0 <{rcpt}>: Temporary lookup failure',
  },
  {
    // Exim
    greeting: 'ESMTP Exim 4.96',
    unknown: '550 No Such User Here',
    disabled: '550 Mailbox disabled for this recipient',
    full: '552 5.2.2 Mailbox quota exceeded: the mailbox is full',
    greylisted: '451 Greylisted - please try again later',
    temporary: '451 Temporary local problem - please try later',
  },
  {
    // Exchange
    greeting: 'Microsoft ESMTP MAIL Service ready',
    unknown: '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient {rcpt} not found by SMTP address lookup',
    disabled: '550 5.2.1 Mailbox disabled, not accepting messages',
    full: '552 5.2.2 mailbox full; the user has exceeded his storage quota',
    greylisted: '450 4.2.0 Greylisted, please try again later',
    temporary: '451 4.3.2 Temporary server error. Please try again later',
  },
  {
    // Several lines, the reason in the first of them
    greeting: 'ESMTP mx.bulk - gsmtp',
    unknown:
      "550-5.1.1 The email account that you tried to reach does not exist. Please try\n550-5.1.1 double-checking the recipient's email address for typos or\n550 5.1.1 unnecessary spaces. - gsmtp",
    disabled:
      '550-5.2.1 The email account that you tried to reach is disabled.\n550 5.2.1 Learn more - gsmtp',
    full: "452-4.2.2 The recipient's inbox is out of storage space. Please direct the\n452 4.2.2 recipient to free some space. - gsmtp",
    greylisted: '450-4.2.0 Greylisted.\n450 4.2.0 Please come back later. - gsmtp',
    temporary: '451 4.3.0 Temporary system problem. Try again later. - gsmtp',
  },
  {
    // qmail with chkuser
    greeting: 'ESMTP',
    unknown: '550 sorry, no mailbox here by that name (#5.1.1 - chkuser)',
    disabled: '550 sorry, this mailbox has been disabled (#5.2.1)',
    full: '522 sorry, recipient mailbox is full (#5.2.2)',
    greylisted: '451 temporarily deferred: greylisted (#4.3.0)',
    temporary: '451 DNS temporary failure (#4.3.0 - chkuser)',
  },
];
