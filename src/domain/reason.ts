// The stable words that stand beside a verdict, and what each does to a row whose probe did not settle it.
// Operators grep for them and scripts switch on them: a word is never reused with another meaning.

/** What the reply or failure was about; the labels of the reply corpus. */
export type Label =
  | 'accepted'
  | 'accepted_unverified'
  | 'mailbox_unknown'
  | 'mailbox_disabled'
  | 'mailbox_full'
  | 'moved'
  | 'syntax_rejected'
  | 'domain_not_served'
  | 'policy_block'
  | 'sender_rejected'
  | 'auth_or_tls_required'
  | 'rate_limited'
  | 'greylisted'
  | 'temporary_failure'
  | 'too_many_recipients'
  | 'ambiguous';

/** The reason word written beside a verdict. The first group mirrors the labels of replies. */
export type Reason =
  | 'accepted'
  | 'accepted-unverified'
  | 'mailbox-not-found'
  | 'mailbox-disabled'
  | 'mailbox-full'
  | 'mailbox-moved'
  | 'address-rejected'
  | 'domain-not-served'
  | 'policy-block'
  | 'sender-rejected'
  | 'auth-or-tls-required'
  | 'rate-limited'
  | 'greylisted'
  | 'temporary-failure'
  | 'too-many-recipients'
  | 'ambiguous-reply'
  // drawn from more than one reply
  | 'catch-all-unknown'
  | 'accepts-all'
  | 'provider-accepts-all'
  | 'refuses-everybody'
  // the network and the DNS
  | 'timeout'
  | 'connection-refused'
  | 'connection-failed'
  | 'connection-lost'
  | 'protocol-error'
  | 'dns-failure'
  | 'no-such-domain'
  | 'null-mx'
  | 'no-mail-host'
  | 'private-host'
  | 'smtputf8-unsupported'
  // known without asking anybody
  | 'syntax'
  | 'disposable-domain'
  | 'excluded-account'
  | 'excluded-domain'
  | 'provider-policy'
  | 'worker-crashed';
