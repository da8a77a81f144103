// What each reason word means, for operators: the columns it comes with, why the verdict is not another one, and what a
// person can do. The only table of its kind: explain.ts tells from it, and docs/reasons.md and the table in the
// README are printed from it (test/domain/reasons-explained.test.ts). Nothing but these words is ever written. How
// long a row waits is retry-policy.ts.

import type { Reason } from './reason.ts';
import type { Verdict } from './verdict.ts';

export interface ReasonExplained {
  /** What was found out, as one clause. */
  readonly meaning: string;
  /** What a row with this reason ends with; `unknown` of what waits: only when its waits are used up. */
  readonly verdicts: readonly Verdict[];
  /** Why the verdict is not the one that somebody might expect. */
  readonly whyNot: string;
  /** What the operator can do; undefined where there is nothing to be done. */
  readonly advice?: string;
}

const CLEAN_OWN_HOUSE =
  'Look the sending address up on block lists; make reverse DNS, SMTP_EHLO_NAME and SPF of SMTP_MAIL_FROM agree; probe less.';
const RETRY_LATER = 'Nothing; queue it again later if the address matters.';

export const REASONS: Readonly<Record<Reason, ReasonExplained>> = {
  // A mail server spoke about the mailbox
  accepted: {
    meaning: 'The mail server takes mail for this mailbox, and not for one that cannot exist.',
    verdicts: ['valid'],
    whyNot: 'Not catch-all: the mail servers of the domain refuse an address that cannot exist.',
  },
  'catch-all-unknown': {
    meaning:
      'The mail server takes mail for this mailbox; whether it takes mail for every address of the domain it would not say.',
    verdicts: ['valid'],
    whyNot: 'Not catch-all: that is said only of a mail server that took an address that cannot exist.',
    advice: 'Nothing; a little less sure than accepted.',
  },
  'accepts-all': {
    meaning: 'The mail server takes mail for every address of the domain, also for one that cannot exist.',
    verdicts: ['catch-all'],
    whyNot: 'Not valid: a mail server that takes an address that cannot exist has not vouched for this one.',
    advice: 'Treat it as a risk: mail may be returned later. No question over SMTP can settle it.',
  },
  'provider-accepts-all': {
    meaning: 'The provider takes every address at this point and refuses later (Yahoo, AOL).',
    verdicts: ['catch-all'],
    whyNot: 'Not valid: with this provider an acceptance says nothing about the mailbox.',
    advice: 'Treat it as a risk: nothing short of sending settles it.',
  },
  'accepted-unverified': {
    meaning: 'The mail server would take the mail without saying whether the mailbox exists (252).',
    verdicts: ['unknown'],
    whyNot: 'Not valid: a mail server that answers 252 would say the same of any address.',
  },
  'mailbox-not-found': {
    meaning: 'The mail server says that there is no such mailbox.',
    verdicts: ['invalid'],
    whyNot: 'Not unknown: the answer is about this mailbox, and neither about us nor about the moment.',
    advice: 'Remove the address.',
  },
  'mailbox-disabled': {
    meaning: 'The mailbox was there and is closed, suspended or abandoned.',
    verdicts: ['invalid'],
    whyNot: 'Not valid: nothing sent there arrives. Not unknown: the answer is about this very mailbox.',
    advice: 'Remove the address.',
  },
  'mailbox-moved': {
    meaning: 'The owner has another address now, and mail is not passed on.',
    verdicts: ['invalid'],
    whyNot:
      'Not valid: nothing sent to this address arrives. Not unknown: the answer is about this very mailbox.',
    advice: 'Read the response: it may name the new address.',
  },
  'mailbox-full': {
    meaning: 'The mailbox exists and has no room.',
    verdicts: ['unknown'],
    whyNot: 'Not invalid: a full mailbox exists. Not valid: it takes nothing at the moment.',
    advice: 'Nothing; one that stays full for days is hardly read any more.',
  },
  'address-rejected': {
    meaning: 'The mail server says that no address is written like this one.',
    verdicts: ['invalid'],
    whyNot: 'Not unknown: the answer is about the address, and will not change.',
    advice: 'Remove or correct the address.',
  },
  'domain-not-served': {
    meaning: 'The mail servers of the domain do not take mail for it.',
    verdicts: ['invalid', 'unknown'],
    whyNot: 'Not unknown: the answer is about the domain, and no matter of the moment.',
    advice: 'Remove the address, unless the domain is just being moved.',
  },
  'smtputf8-unsupported': {
    meaning: 'The address has letters beyond ASCII, which its mail server does not take.',
    verdicts: ['unknown'],
    whyNot: 'Not invalid: it could not be asked about, so nothing was said about it.',
    advice: 'Ask the owner for an address in ASCII.',
  },

  // A mail server would not say
  greylisted: {
    meaning: 'The mail server puts strangers off and lets them in when they come again.',
    verdicts: ['unknown'],
    whyNot: 'Not invalid: greylisting meets existing mailboxes as well.',
    advice: 'Nothing; make sure that retries come from the same IP address.',
  },
  'rate-limited': {
    meaning: 'The mail server says that we ask too much at a time.',
    verdicts: ['unknown'],
    whyNot: 'Not invalid: the mail server has not looked at the mailbox.',
    advice: 'Nothing at first; where it lasts, lower TOTAL_WORKERS_POOL or verify from fewer servers.',
  },
  'too-many-recipients': {
    meaning: 'The mail server takes fewer recipients at a time than it was asked about.',
    verdicts: ['unknown'],
    whyNot: 'Not invalid: it was the number of addresses, not this one.',
    advice: RETRY_LATER,
  },
  'temporary-failure': {
    meaning: 'The mail server has trouble of its own at the moment.',
    verdicts: ['unknown'],
    whyNot: 'Not invalid: a temporary failure says nothing about the mailbox.',
    advice: RETRY_LATER,
  },
  'policy-block': {
    meaning: 'The mail server refuses us: our IP address, its name, our reputation, or some rule of theirs.',
    verdicts: ['unknown'],
    whyNot: 'Not invalid: the refusal speaks of us, and would be the same for an address that exists.',
    advice: CLEAN_OWN_HOUSE,
  },
  'sender-rejected': {
    meaning: 'The mail server refuses the sender address of the probe, or takes mail from few senders only.',
    verdicts: ['unknown'],
    whyNot: 'Not invalid: the refusal speaks of our sender address, not of the mailbox.',
    advice: 'Make sure that SMTP_MAIL_FROM takes mail, and that its domain has MX and SPF records.',
  },
  'auth-or-tls-required': {
    meaning: 'The mail server wants a login or encryption that a stranger cannot give.',
    verdicts: ['unknown'],
    whyNot: 'Not invalid: the mail server has not said anything about the mailbox.',
    advice: 'Nothing; such mailboxes often are internal groups.',
  },
  'refuses-everybody': {
    meaning: 'The mail server refused everybody alike, so its refusal speaks of us, or of nothing.',
    verdicts: ['unknown'],
    whyNot:
      'Not invalid: an address that cannot exist was refused in the same way, so the refusal tells nobody from anybody.',
    advice: CLEAN_OWN_HOUSE,
  },
  'ambiguous-reply': {
    meaning: 'The mail server refused in words that may mean the mailbox or us.',
    verdicts: ['unknown'],
    whyNot: 'Not invalid: a refusal without words about a mailbox is not enough to give up a contact.',
    advice: 'Read the response; where it is clear to a person, report it, so that it becomes a rule.',
  },

  // The network and the DNS
  timeout: {
    meaning: 'The mail server did not answer in time.',
    verdicts: ['unknown'],
    whyNot: 'Not invalid: silence says nothing about a mailbox.',
    advice: 'Where it is every address, port 25 may be closed at our own provider.',
  },
  'connection-refused': {
    meaning: 'Nothing listens at the mail server of the domain.',
    verdicts: ['unknown'],
    whyNot: 'Not invalid: a mail server that is down says nothing about its mailboxes.',
    advice: 'Where it is every address, port 25 may be closed at our own provider.',
  },
  'connection-failed': {
    meaning: 'The mail server could not be reached.',
    verdicts: ['unknown'],
    whyNot: 'Not invalid: the way to the mail server failed, and the mailbox was not asked for.',
    advice: 'Where it is every address, look at our own network.',
  },
  'connection-lost': {
    meaning: 'The mail server hung up without an answer.',
    verdicts: ['unknown'],
    whyNot: 'Not invalid: a connection that breaks says nothing about the mailbox.',
    advice: RETRY_LATER,
  },
  'protocol-error': {
    meaning: 'What answered is no mail server, or a broken one.',
    verdicts: ['unknown'],
    whyNot: 'Not invalid: what cannot be understood says nothing about the mailbox.',
    advice: RETRY_LATER,
  },
  'dns-failure': {
    meaning: 'The DNS gave no answer about the domain.',
    verdicts: ['unknown'],
    whyNot: 'Not invalid: a name server in trouble is no proof that the domain does not exist.',
    advice: 'Where it is every address, look at DNS_SERVERS.',
  },
  'no-such-domain': {
    meaning: 'The domain does not exist.',
    verdicts: ['invalid'],
    whyNot: 'Not unknown: the DNS answered, and the answer was a clear no (NXDOMAIN).',
    advice: 'Remove the address, or look whether its domain is a slip (flag typo).',
  },
  'null-mx': {
    meaning: 'The domain says that it takes no mail (RFC 7505).',
    verdicts: ['invalid'],
    whyNot: 'Not unknown: this is the domain’s own word.',
    advice: 'Remove the address.',
  },
  'no-mail-host': {
    meaning: 'The domain names no mail server, or none that has an address.',
    verdicts: ['invalid'],
    whyNot: 'Not unknown: the DNS answered, and there is nobody to deliver to.',
    advice: 'Remove the address.',
  },
  'private-host': {
    meaning:
      'Every mail server of the domain has a private or reserved address, which nobody outside can reach.',
    verdicts: ['invalid'],
    whyNot: 'Not unknown: such addresses cannot be reached from outside, today or tomorrow.',
    advice: 'Remove the address; for a domain of your own set ALLOW_PRIVATE_MX.',
  },

  // Known without asking anybody
  syntax: {
    meaning: 'It is no address.',
    verdicts: ['invalid'],
    whyNot: 'Not unknown: no mail server can have a mailbox of that form.',
    advice: 'Remove or correct it; the response says what is wrong.',
  },
  'disposable-domain': {
    meaning: 'The domain gives out mailboxes that are thrown away after use.',
    verdicts: ['disposable'],
    whyNot: 'Not valid: that such a mailbox exists today says nothing about tomorrow.',
    advice: 'Remove the address; a domain listed wrongly can be taken out by config/disposable-domains.txt.',
  },
  'excluded-account': {
    meaning: 'The account stands in exclude_accounts, so nobody was asked.',
    verdicts: ['valid'],
    whyNot: 'Not unknown: the operator’s word counts.',
  },
  'provider-policy': {
    meaning:
      'The operator chose never to ask the mail servers of this provider or host (config/providers.json).',
    verdicts: ['unknown'],
    whyNot: 'Not invalid: nobody was asked.',
    advice: 'Take `"probe": "never"` out of config/providers.json and queue it again, if asking is allowed.',
  },
  'excluded-domain': {
    meaning: 'The domain stands in exclude_domains, so nobody was asked.',
    verdicts: ['valid'],
    whyNot: 'Not unknown: the operator’s word counts.',
  },
  'worker-crashed': {
    meaning: 'The verifying process ended twice with this address in hand.',
    verdicts: ['unknown'],
    whyNot: 'Not invalid: this is our trouble, not the mailbox’s.',
    advice: 'Report it with the cycle log: it is a bug.',
  },
};
