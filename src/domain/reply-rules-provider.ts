// Codes and phrases of single providers, which mean what the words beside them do not say, or say nothing at
// all. Matched on the reply as sent (`marks`) unless the phrase is plain words. The first table is asked before
// everything else; the late one after all wording, because there the words are better evidence than the code.

import type { Rule } from './reply-rules.ts';

const SISIMAI = 'sisimai rhost modules';
const FIELD_MANUAL = 'ActiveCampaign smtp-field-manual';
const NDR = 'MicrosoftDocs OfficeDocs-Exchange, NDR codes';
const GOOGLE = 'support.google.com/a/answer/3726730';
const NETEASE = 'mail.163.com/help/help_spam_16.htm';
const DATE = '2026-11';

export const PROVIDER_RULES: readonly Rule[] = [
  // Internationalised addresses: not a verdict on the mailbox, but on what the host can do (RFC 6531 §3.5)
  { id: 'smtputf8-code', on: 'marks', pattern: /./su, enhanced: /^[45]\.6\.7$/, label: 'ambiguous', reason: 'smtputf8-unsupported', source: 'RFC 6531 §3.5', date: DATE },
  { id: 'smtputf8-words', pattern: /\bsmtputf8\b|\binternationali[sz]ed (?:mailbox|e-?mail|address|recipient|local)|\bnon-?ascii\b|\bunicode (?:address|mailbox|recipient)/u, label: 'ambiguous', reason: 'smtputf8-unsupported', source: 'Exim, maddy, Postfix', date: DATE },

  // Microsoft 365 and Outlook.com
  { id: 'm365-new-ip-rcpt-limit', on: 'marks', pattern: /\bAS780090\b/u, provider: 'microsoft365', label: 'rate_limited', source: NDR, date: DATE },
  { id: 'm365-busy', on: 'marks', pattern: /\b(?:server busy|AS7771\d+)/iu, enhanced: /^4\.7\.(?:5|6)\d\d$/, label: 'rate_limited', source: NDR, date: DATE },
  { id: 'm365-agent-busy', pattern: /agent busy/u, label: 'temporary_failure', source: SISIMAI, date: DATE },
  { id: 'm365-ip-rate', on: 'marks', pattern: /./su, enhanced: /^4\.7\.(?:500|6[5-9]\d|8[5-9]\d)$/, label: 'rate_limited', source: NDR, date: DATE },
  { id: 'm365-edge-block', on: 'words', pattern: /^(?!.*all recipient addresses).*(?:recipient )?address rejected ?: ?access denied/u, enhanced: /^5\.4\.1$/, label: 'mailbox_unknown', source: NDR, date: DATE },
  { id: 'm365-all-rejected', pattern: /all recipient addresses rejected/u, label: 'ambiguous', source: FIELD_MANUAL, date: DATE },
  { id: 'exchange-auth-required', on: 'marks', pattern: /RESOLVER\.RST\.AuthRequired|RESOLVER\.RST\.SenderNotAuthenticated/iu, label: 'auth_or_tls_required', source: NDR, date: DATE },
  { id: 'exchange-group-auth', on: 'marks', pattern: /./su, enhanced: /^5\.7\.(?:12|13[3-6]|57)$/, label: 'auth_or_tls_required', source: NDR, date: DATE },
  { id: 'exchange-not-authorized', on: 'marks', pattern: /RESOLVER\.RST\.(?:Not|Restricted|Sender)\w*/iu, label: 'sender_rejected', source: NDR, date: DATE },
  { id: 'exchange-allowed-senders', on: 'marks', pattern: /./su, enhanced: /^5\.7\.(?:124|12[0-35-9]|13[0-27-9])$/, label: 'sender_rejected', source: NDR, date: DATE },
  { id: 'exchange-recipient-not-found', on: 'marks', pattern: /RESOLVER\.ADR\.(?:Ex|Recip(?:ient)?|Bad|Inv)\w*(?:NotFound|Primary|Address|Smtp)?/iu, label: 'mailbox_unknown', source: NDR, date: DATE },
  { id: 'exchange-mailbox-full', on: 'marks', pattern: /STOREDRV\.\S{0,80}(?:quota|MapiExceptionShutoffQuotaExceeded)|\b5\.2\.122\b/iu, label: 'mailbox_full', source: NDR, date: DATE },
  { id: 'exchange-tenant', on: 'marks', pattern: /TenantAttribution|TenantInboundAttribution|no mail-enabled subscriptions|\bATTR[5-7]\b/iu, label: 'domain_not_served', source: NDR, date: DATE },
  { id: 'm365-ipv6-and-regions', on: 'marks', pattern: /\bATTR3[0-9]\b/u, label: 'too_many_recipients', source: 'Reacher issue 756', date: DATE },
  { id: 'm365-resource-forest', pattern: /per resource forest|connections per (?:source|client)/u, label: 'rate_limited', source: FIELD_MANUAL, date: DATE },
  { id: 'outlook-rate-code', on: 'marks', pattern: /\bRP-00[1-3]\b|\(S(?:775|3114|3115)\)/u, label: 'rate_limited', source: 'Outlook.com postmaster pages', date: DATE },
  { id: 'outlook-block-code', on: 'marks', pattern: /\b(?:DY|OU|SC)-00[1-4]\b|\(S(?:3140|3150|8001|8002|2017)\)|\bAS1601\d+/u, label: 'policy_block', source: 'Outlook.com postmaster pages', date: DATE },

  // Google
  { id: 'google-recipient-rate', pattern: /(?:account|user) (?:that )?you (?:tried|are trying) to (?:reach|contact) is receiving (?:mail|messages)/u, label: 'rate_limited', scope: 'recipient', source: GOOGLE, date: DATE },
  { id: 'google-dos', pattern: /usually indicates a denial of service/u, label: 'rate_limited', source: GOOGLE, date: DATE },
  { id: 'google-destinations', pattern: /multiple destination domains per transaction/u, label: 'temporary_failure', source: GOOGLE, date: DATE },
  { id: 'google-transaction-size', pattern: /policy size per transaction|recipient in a separate transaction/u, label: 'too_many_recipients', source: GOOGLE, date: DATE },
  { id: 'google-no-such-user', on: 'marks', pattern: /[?&]p=NoSuchUser/iu, label: 'mailbox_unknown', source: GOOGLE, date: DATE },
  { id: 'google-disabled', on: 'marks', pattern: /[?&]p=DisabledUser/iu, label: 'mailbox_disabled', source: GOOGLE, date: DATE },
  { id: 'google-over-quota', on: 'marks', pattern: /[?&]p=OverQuota/iu, label: 'mailbox_full', source: GOOGLE, date: DATE },
  { id: 'google-unauthenticated', on: 'marks', pattern: /\bgsmtp\b/u, enhanced: /^[45]\.7\.(?:2[3-79]|3[0-2]|40)$/, provider: 'google', label: 'policy_block', source: GOOGLE, date: DATE },

  // Yahoo, AOL and the providers behind them
  { id: 'yahoo-block-code', on: 'marks', pattern: /\[(?:BL\d\d|TSS?(?:07|09|11)|IPTS0\d|PH01|RLU?\d\d)\]/u, label: 'policy_block', source: 'senders.yahooinc.com/smtp-error-codes', date: DATE },
  { id: 'yahoo-deferral-code', on: 'marks', pattern: /\[(?:TSS?\d\d|IPTS\d\d)\]/u, label: 'rate_limited', source: 'senders.yahooinc.com/smtp-error-codes', date: DATE },
  { id: 'aol-code', on: 'marks', pattern: /\b(?:RTR|RLY|CON|HVU|DYN|DNS):[A-Z]{1,2}\d?\b/u, label: 'policy_block', source: 'postmaster.aol.com/error-codes', date: DATE },
  { id: 'apple-block-code', on: 'marks', pattern: /\[(?:CS0\d|HME?\d|BS0\d)\]/u, label: 'policy_block', source: SISIMAI, date: DATE },
  { id: 'apple-rate-code', on: 'marks', pattern: /\[HCM\d\]/u, label: 'rate_limited', source: 'KumoMTA shaping.toml', date: DATE },

  // Orange, La Poste, SFR, Free
  { id: 'french-unknown', on: 'marks', pattern: /\b(?:OFR|LPN|OUK)\d{0,3}[_-]?41[68]\b/u, label: 'mailbox_unknown', source: SISIMAI, date: DATE },
  { id: 'french-full', on: 'marks', pattern: /\b(?:OFR|LPN|OUK)\d{0,3}[_-]?417\b/u, label: 'mailbox_full', source: SISIMAI, date: DATE },
  { id: 'french-disabled', on: 'marks', pattern: /\b(?:OFR|LPN|OUK)\d{0,3}[_-]?42[06]\b/u, label: 'mailbox_disabled', source: SISIMAI, date: DATE },
  { id: 'french-auth', on: 'marks', pattern: /\b(?:OFR|LPN|OUK)\d{0,3}[_-]?(?:305|402)\b/u, label: 'auth_or_tls_required', source: SISIMAI, date: DATE },
  { id: 'french-sender', on: 'marks', pattern: /\b(?:OFR|LPN|OUK)\d{0,3}[_-]?(?:403|405|415|421)\b/u, label: 'sender_rejected', source: SISIMAI, date: DATE },
  { id: 'french-connections', on: 'marks', pattern: /\b(?:OFR|LPN|OUK)\d{0,3}[_-]?10[45]\b/u, label: 'rate_limited', source: SISIMAI, date: DATE },
  { id: 'french-block', on: 'marks', pattern: /\b(?:OFR|LPN|OUK)\d{0,3}[_-]?(?:102|103|401|506|510|513|630|999)\b|\bGU_EIB_0\d\b/u, label: 'policy_block', source: SISIMAI, date: DATE },
  { id: 'french-later', on: 'marks', pattern: /\b(?:OFR|LPN|OUK)\d{0,3}[_-]?(?:10[89]|201|42[34]|505)\b/u, label: 'temporary_failure', source: SISIMAI, date: DATE },

  // NetEase and Tencent
  { id: 'netease-unknown', on: 'marks', pattern: /\bRC:(?:NE|LD|UN)\b/u, label: 'mailbox_unknown', source: 'dbmailserver.com', date: DATE },
  { id: 'netease-rate', on: 'marks', pattern: /\b(?:HL:(?:ICC|IFC|MEP|REP)|RP:(?:RCL|TRC|CEL|DRC|QRC)|DT:(?:SUM)|MI:(?:STC|NHC|DMC)|(?:RP|MI):\w{3})\b/u, label: 'rate_limited', source: NETEASE, date: DATE },
  { id: 'netease-block', on: 'marks', pattern: /\b(?:HL:(?:IPB|ITC|IHU|IPC)|DT:\w{3}|IB:\w{3}|CM:\w{3}|MI:SFQ)\b/u, label: 'policy_block', source: NETEASE, date: DATE },
  { id: 'tencent-unavailable', pattern: /mailbox unavailable or access deni/u, label: 'ambiguous', source: FIELD_MANUAL, date: DATE },
  { id: 'tencent-denied', pattern: /^connection denied|suspected (?:bounce|spam)/u, label: 'policy_block', source: SISIMAI, date: DATE },
  { id: 'tencent-nonexistent', pattern: /may contain a non-?existent (?:account|user|address)/u, label: 'mailbox_unknown', source: 'service.mail.qq.com/detail/122', date: DATE },

  // GoDaddy
  { id: 'godaddy-rate', on: 'marks', pattern: /\bIB(?:007|504|510|607)\b/u, label: 'rate_limited', source: 'godaddy.com/help 40685', date: DATE },
  { id: 'godaddy-recipients', on: 'marks', pattern: /\bIB605\b/u, label: 'too_many_recipients', source: 'godaddy.com/help 40685', date: DATE },
  { id: 'godaddy-busy', on: 'marks', pattern: /\bIB101\b/u, label: 'temporary_failure', source: 'godaddy.com/help 40685', date: DATE },
  { id: 'godaddy-sender', on: 'marks', pattern: /\bIB50[126]\b/u, label: 'sender_rejected', source: 'godaddy.com/help 40685', date: DATE },
  { id: 'godaddy-auth', on: 'marks', pattern: /\bIB401\b/u, label: 'auth_or_tls_required', source: 'godaddy.com/help 40685', date: DATE },
  { id: 'godaddy-block', on: 'marks', pattern: /\bIB(?:10[3-8]|11[0-3]|212|508|705)\b/u, label: 'policy_block', source: 'godaddy.com/help 40685', date: DATE },

  // Comcast, AT&T, Daum, T-Online, Facebook and others
  { id: 'comcast-rate-code', on: 'marks', pattern: /\bRL0000\d\d\b/u, label: 'rate_limited', source: 'postmaster.comcast.net', date: DATE },
  { id: 'comcast-block-code', on: 'marks', pattern: /\b(?:BL0000\d\d|PTR000\d\d\d)\b/u, label: 'policy_block', source: 'postmaster.comcast.net', date: DATE },
  { id: 'att-block-code', on: 'marks', pattern: /\bDNSBL:(?:ATT)?RBL\b|\bATTRBL\b/u, label: 'policy_block', source: 'zone-mta bounces.txt', date: DATE },
  { id: 'daum-busy', on: 'marks', pattern: /\bCHIC\b.*network is busy/iu, label: 'rate_limited', source: 'puffinknight.tistory.com/102', date: DATE },
  { id: 'daum-inactive', on: 'marks', pattern: /\bRACT\b/u, label: 'mailbox_disabled', source: 'puffinknight.tistory.com/102', date: DATE },
  { id: 'daum-unknown', on: 'marks', pattern: /\bRUSR\b/u, label: 'mailbox_unknown', source: 'puffinknight.tistory.com/102', date: DATE },
  { id: 'daum-denied', on: 'marks', pattern: /\bRDENY\b/u, label: 'policy_block', source: 'puffinknight.tistory.com/102', date: DATE },
  { id: 'naver-unregistered', pattern: /register your ip|realip/u, label: 'policy_block', source: 'puffinknight.tistory.com/102', date: DATE },
  { id: 'telekom-reputation', on: 'marks', pattern: /^IP[=:].*(?:problem occurred|reputation|postmaster)/iu, label: 'policy_block', source: 'T-Online reply text', date: DATE },
  { id: 'facebook-domain', on: 'marks', pattern: /\bRCP-P1\b.*no longer available/iu, label: 'domain_not_served', source: 'Reacher parser.rs', date: DATE },
  { id: 'facebook-refusal', on: 'marks', pattern: /\b(?:RCP-P[2-9]|POL-P\d|INT-P\d|CON-P\d)\b/u, label: 'policy_block', source: 'facebook.com/postmaster/response_codes', date: DATE },
  { id: 'yandex-account-blocked', pattern: /policy rejection on the target address/u, label: 'mailbox_disabled', source: 'yandex.com/support/mail/bounces', date: DATE },
  { id: 'rambler-blocked', pattern: /recipient address rejected ?: ?(?:blocked|inactive|locked|suspended)/u, label: 'mailbox_disabled', source: FIELD_MANUAL, date: DATE },
  { id: 'namecheap-unknown', pattern: /might be disabled, full,? or may not exist/u, label: 'mailbox_unknown', source: 'Reacher fork provider notes', date: DATE },
  { id: 'mimecast-greylist', pattern: /internal resources? (?:are |is )?temporarily unavailable/u, label: 'greylisted', source: 'Mimecast SMTP error codes', date: DATE },
  { id: 'mimecast-load', pattern: /unable to process (?:connection|command|an email) at this time/u, label: 'temporary_failure', source: 'Mimecast SMTP error codes', date: DATE },
  { id: 'mimecast-reputation', pattern: /poor reputation sender|host network not allowed|local ct ip reputation/u, label: 'policy_block', source: 'Mimecast SMTP error codes', date: DATE },
  { id: 'zoho-undecided', pattern: /mailbox delivery failure policy error/u, label: 'ambiguous', source: FIELD_MANUAL, date: DATE },
  { id: 'zoho-destination', pattern: /rejected by destination domain/u, label: 'policy_block', source: 'Reacher fork provider notes', date: DATE },
  { id: 'barracuda-undecided', pattern: /permanent failure for one or more recipients/u, label: 'ambiguous', source: FIELD_MANUAL, date: DATE },
  { id: 'mdaemon-backscatter', pattern: /backscatter/u, label: 'sender_rejected', source: 'MDaemon reply', date: DATE },
  { id: 'mailmarshal-bouncedeny', pattern: /\[?bouncedeny\]?/u, label: 'sender_rejected', source: 'sisimai reasons', date: DATE },
  { id: 'hmailserver-remote', pattern: /delivery is not allowed to this address/u, label: 'domain_not_served', source: 'hMailServer SMTPConnection.cpp', date: DATE },
  { id: 'hmailserver-route', pattern: /recipient not in route list/u, label: 'mailbox_unknown', source: 'hMailServer SMTPConnection.cpp', date: DATE },
  { id: 'haraka-nobody', pattern: /i cannot deliver mail for/u, label: 'domain_not_served', source: 'Haraka connection.js', date: DATE },
  { id: 'postfix-verification-pending', pattern: /unverified address ?:.*(?:timed out|in progress|lookup fail|refused|no route|lost connection|unreachable|try again|timeout)/u, label: 'temporary_failure', source: 'Postfix ADDRESS_VERIFICATION_README', date: DATE },
  { id: 'blank-mailhost', pattern: /blank mailhost/u, label: 'mailbox_unknown', source: FIELD_MANUAL, date: DATE },
];

export const LATE_PROVIDER_RULES: readonly Rule[] = [
  { id: 'spectrum-rate', on: 'marks', pattern: /\bAUP#(?:[A-Za-z]+-?)?1(?:3\d\d|4\d\d|5[458]\d)\b|\bAUP#CX(?:CNCT|MXRT)\b/u, label: 'rate_limited', source: SISIMAI, date: DATE },
  { id: 'spectrum-block', on: 'marks', pattern: /\bAUP#(?:[A-Za-z]+-?)?(?:1[0-5]\d\d|CX\w+|CDRBL|IPBL\d+|URLBL\d+|[A-Z]{2,}\w*)/u, label: 'policy_block', source: SISIMAI, date: DATE },
];
