// Wording about the mailbox itself and the way to it, in English: full, shut, moved, unknown, misspelled, or of
// a domain that the host does not serve. Only these labels can make an address invalid, so each pattern needs
// a word for the mailbox beside the word for what is wrong with it, or a phrase that nobody uses otherwise.

import { anyOf } from './any-of.ts';
import type { Rule } from './reply-rule.ts';

const DATE = '2026-11';
const BMH = 'PHPMailer-BMH rules';
const BOUNCES = 'bounce classifier phrase lists';

/** Words for the one who should get the mail, and for where it should go. */
const WHO = String.raw`(?:users?(?: ?(?:names?|ids?|accounts?))?|(?:e-?mail |mail |user )?accounts?(?: names?)?|mail[ -]?box(?:es)?|mbox|inbox|maildrop|mail drop|rec[ei]+pient\w*(?:'s)?(?: (?:e-?mail )?addresses?| mailbox)?|rcpt|addressee|(?<!\bip )(?:e-?mail |mail )?add?ress(?:es|ee)?|e-?mail(?: ?id| name)?|customer|subscriber|member|person|alias(?:es)?|local[ -]?part|destination(?: mailbox| address)?|receiver|employee|\bid\b)`;
/** The same without the words that also mean the message. */
const BOX = String.raw`(?:users?(?: ?(?:names?|ids?|accounts?|status))?|(?:e-?mail |mail |user )?accounts?|mail[ -]?box(?:es)?|mbox|inbox|rec[ei]+pient\w*(?:'s)?(?: (?:e-?mail )?(?:address|account|mailbox))?|addressee|(?:e-?mail |mail )?addresse?s?|customer|subscriber|alias)`;
const OF_MAIL = String.raw`(?:(?:virtual|local|destination|e-?mail|mail|target|remote|rcpt|recipient|envelope|mailbox|domain|known|the|forward\w*|internet|relay|or|user|smtp|unknown|illegal|invalid|such|vpopmail|system|final|to|intended)[ /-]){0,3}`;

/** What makes of a word for the mailbox a word for a machine, whose trouble is not the mailbox's. */
const MACHINE = String.raw` (?:servers?|stores?|databases?|hosts?|services?|systems?|director(?:y|ies)|backends?|lookups?|verification|status)\b`;

export const FULL_RULES: readonly Rule[] = [
  // Full is a mailbox that exists
  {
    id: 'unknown-or-full',
    pattern: anyOf(
      /(?:not found|unknown|not exist|n't exist|non-?existent|invalid) or (?:\w+ ){0,3}(?:full\b|over ?-?quota|quota exceed)/u,
      /(?:\bfull|over ?-?quota) or (?:\w+ ){0,3}(?:not found|unknown|not exist|n't exist|non-?existent|invalid)/u,
    ),
    label: 'ambiguous',
    source: BMH,
    date: DATE,
  },
  // A reply that leaves open which of the two it is says at least that nobody is there
  {
    id: 'unknown-or-disabled',
    pattern:
      /(?:not found|unknown|not exist|n't exist|non-?existent|invalid|wrong|incorrect) or (?:\w+ )?(?:no longer|inactiv|disabl|deactiv|clos|suspend|expir|delet|block|is not active)/u,
    codes: ['5', '450'],
    label: 'mailbox_unknown',
    source: BMH,
    date: DATE,
  },
  {
    id: 'system-storage',
    pattern: anyOf(
      /(?:insufficient|not enough|low|out of|lack of|no) (?:\w+ )?(?:system (?:storage|resources|space|disk)|disk space(?! for)|main memory|memory|resources|queue space)/u,
      /(?:organi[sz]ation|queue|server|system|spool|domain)\b[^.;]{0,20}(?:quota|\bfull\b|storage)/u,
      /\bdisk (?:is )?full/u,
      /\b(?:system|server|service|host) (?:is )?(?:currently |temporarily )?not accepting\b/u,
      /\b(?:relation|table|column)\b [^;]{0,40}\bnot exist/u,
    ),
    label: 'temporary_failure',
    source: 'RFC 5321 §4.2.2 (452); sendmail, Exchange',
    date: DATE,
  },
  {
    id: 'over-quota',
    pattern: anyOf(
      /over ?-?(?:\w+ ){0,3}(?:quota|quote|storage|limit|size)/u,
      /(?:quota|quote)\b[^.;]{0,40}(?:exceed|excid|over|full|reach|violat|limit|used|hard)/u,
      /(?:exceed|exeed|exceding|excess|exhaust|above|out of|beyond|reach|hit|surpass)\w*[^.;]{0,40}(?:quota|quote|storage|\bspace\b|\bdisk\b|allocation|mailbox (?:size|limit)|receiving limits)/u,
      /quota violation/u,
      /(?:account|mailbox) storage limit/u,
      /storage overflow/u,
    ),
    label: 'mailbox_full',
    source: 'RFC 3463 X.2.2; Postfix, iCloud, Comcast',
    date: DATE,
  },
  {
    id: 'mailbox-full',
    pattern: anyOf(
      String.raw`(?:${BOX}|mail ?folder|mail ?dir\w*|storage|mail ?spool|mail quota|quota)\b[^.;:]{0,30}?(?:\bis |\balmost |\bstorage |: )?\bfull\b`,
      String.raw`\bfull (?:e-?mail |mail )?(?:mail[ -]?box|inbox|account|mailfolder)`,
      String.raw`mailbox limit`,
      String.raw`(?:mail[ -]?box|account|user|inbox)\b[^.;]{0,40}(?:exceed|exeed|over|reach|\bhit|surpass)\w*[^.;]{0,30}(?:limit|size|allowed|maximum|storage|capacity|allocat)`,
      String.raw`(?:size|capacity|space|storage) (?:limit|of)[^.;]{0,30}(?:mail[ -]?box|exceed)`,
      String.raw`mail (?:file )?size exceeds`,
      String.raw`message would exceed`,
    ),
    label: 'mailbox_full',
    source: 'RFC 3463 X.2.2; cPanel, wildduck',
    date: DATE,
  },
  {
    id: 'no-room',
    pattern: anyOf(
      /(?:not|no|n't have|insufficient|lacks?|without) (?:enough |sufficient |more |any )?(?:storage |disk |free |mailbox |quota )*(?:space|storage|room)\b[^.;]{0,40}/u,
      /space (?:has been |is |was )?(?:used up|exhausted|not enough)/u,
    ),
    label: 'mailbox_full',
    source: BMH,
    date: DATE,
  },
];

export const DISABLED_RULES: readonly Rule[] = [
  // First: "does not accept mail" is said of mailboxes too
  {
    id: 'null-mx',
    pattern: /\bnull[ -]?mx\b/u,
    label: 'domain_not_served',
    source: 'RFC 7505 §4.2',
    date: DATE,
  },
  {
    id: 'moved-elsewhere',
    pattern: anyOf(
      /\b(?:write|send|mail|try|use|contact|reach|forward|address|resend)\w*\b[^.;]{0,60}\binstead\b/u,
      /\binstead\b[^.;]{0,20}\b(?:write|send|mail|try|use|contact|reach)\b/u,
      /\b(?:has |is |was )?(?:moved|relocated)\b|\bnew address\b/u,
      /\b(?:write|send|mail|reach\w*|contact)\b (?:\w+ ){0,3}(?:to|at|under|via)[ .!]*$/u,
    ),
    codes: ['551'],
    label: 'moved',
    source: 'RFC 5321 §3.4',
    date: DATE,
  },
  {
    id: 'temporarily-disabled',
    pattern: anyOf(
      String.raw`${BOX}\b[^.;]{0,30}tempor\w*[^.;]{0,30}(?:disabl|suspend|lock|block|unavail|inactiv|clos|not available)`,
      String.raw`tempor\w* (?:disabl|suspend|lock|block|inactiv|clos)\w* (?:${BOX})`,
      String.raw`tempor\w* (?:${BOX}) (?:disabl|suspend|lock)`,
    ),
    label: 'temporary_failure',
    source: BMH,
    date: DATE,
  },
  {
    id: 'disabled',
    pattern: new RegExp(
      String.raw`${BOX}\b(?!${MACHINE})[^.;!]{0,60}?\b(?:disabled|desabled|deactivated|de-activated|inactivated|inactive|in-active|suspended|suspend|locked|frozen|closed|expired|terminated|archived|deleted|removed|discontinued|dormant|abandoned|retired|cancel+ed|revoked|shut (?:down|off)|switched off|turned off|not active|not (?:yet )?(?:been )?activated?|not enabled|blocked[^.;]{0,30}(?:inactiv\w*|non-?use|unused|abuse)|no longer (?:active|valid|available|in use|in service|used|accepts?|accepting|supported|maintained|monitored|receives?|with|works|employed))\b`,
      'u',
    ),
    label: 'mailbox_disabled',
    source: 'RFC 3463 X.2.1; Yahoo, AOL, mail.ru, NetEase',
    date: DATE,
  },
  {
    id: 'disabled-mailbox',
    pattern: new RegExp(
      String.raw`\b(?:disabled|deactivated|inactive|suspended|locked|frozen|closed|expired|terminated|archived|deleted|dormant|retired|discontinued) (?:e-?mail |mail |user )?(?:${BOX}|mbox)\b`,
      'u',
    ),
    label: 'mailbox_disabled',
    source: 'QQ, La Poste, Korean hosts',
    date: DATE,
  },
  {
    id: 'account-blocked',
    pattern: anyOf(
      String.raw`${BOX}\b (?:blocked|barred|banned) by (?:(?:the|our|an?|its|mail|system|site|domain) )*(?:abuse|admin|postmaster|owner)`,
      String.raw`${BOX}\b[^.;]{0,20}?(?:\bis|\bhas been|\bwas|rejected ?:|status is|\bare) (?:\w+ )?(?:blocked|barred|banned|quarantined|on hold)\b(?! (?:by (?!(?:the |our |an? |your |its |mail |system |site |domain |server |security )*(?:abuse|admin|postmaster|owner))|using|from|because|for (?!inact|non)|your|senders?|until))`,
    ),
    label: 'mailbox_disabled',
    source: BOUNCES,
    date: DATE,
  },
  {
    id: 'takes-no-mail',
    pattern: anyOf(
      String.raw`(?:${BOX})\b[^.;]{0,30}?(?:cannot|can't|can not|unable to|not able to|not (?:allowed|permitted|enabled|authori[sz]ed) to|does not|doesn't|will not|won't|is not|isn't|not) (?:currently )?(?:receiv|accept)\w* (?:any |new |further |incoming )?(?:mail|e-?mails?|messages?|deliver\w*)\b(?! from)`,
      String.raw`(?:mail|e-?mail) receiving (?:is )?disabled`,
      String.raw`(?:route|domain|mailbox) does not accept incoming`,
      String.raw`not accepting (?:any |new |incoming )?(?:mail|e-?mails?|messages)\b(?! from)`,
      String.raw`should log ?in to`,
      String.raw`disabled,? not accepting`,
      String.raw`recipient suspend`,
      String.raw`has left(?! (?:no|you|us))`,
      String.raw`(?:user|customer|subscriber|person|owner)\b[^.;]{0,20}(?:stopped using|no longer us(?:es|ing))`,
      String.raw`no longer (?:with|works? (?:for|at|here)|employed)`,
      String.raw`(?:does not|doesn't) work (?:here|for|at|with)`,
    ),
    codes: ['5'],
    label: 'mailbox_disabled',
    source: BOUNCES,
    date: DATE,
  },
  {
    id: 'admin-disabled',
    pattern: anyOf(
      /no (?:\w+ )?activity/u,
      /administrat\w+ (?:disabled|locked|suspended|closed)/u,
      /\b(?:is |now )disabled\b/u,
      /user ?status/u,
      /account is (?:not )?(?:pending|in hold)/u,
      /deactivated/u,
      /\binactive\b/u,
    ),
    codes: ['5'],
    label: 'mailbox_disabled',
    source: BOUNCES,
    date: DATE,
  },
];

export const ROUTE_RULES: readonly Rule[] = [
  {
    id: 'invalid-by-syntax',
    pattern:
      /invalid|not (?:an? )?valid|\bbad\b|illegal|\bcharacters?\b|not (?:allowed|permitted)|\bdots?\b|too (?:long|short)/u,
    codes: ['5'],
    enhanced: /^5\.1\.3$/,
    label: 'syntax_rejected',
    source: 'RFC 3463 X.1.3; Google, Exchange',
    date: DATE,
  },
  {
    id: 'misspelled-address',
    pattern: anyOf(
      /(?:bad|invalid|illegal|wrong|incorrect|malformed|improper|erroneous|unrecogni[sz]ed)[^.;:]{0,40}\bsyntax/u,
      /(?:mailbox|address|recipient|user|local[ -]part|rcpt) syntax\b/u,
      /(?:valid|proper|complete|full) (?:e-?mail |mail |recipient )?address (?:is )?(?:required|needed|expected)/u,
      /must (?:contain|have|include|be given with|be followed by) (?:a |the )?(?:valid )?(?:domain|@)/u,
      /(?:suppl|specif|includ|add|provid|append)\w* (?:a|the|your) (?:valid )?domain(?: name)?\b/u,
      /domain (?:name |part )?(?:is )?(?:required|missing|needed|expected)/u,
      /improper (?:recipient |mail |e-?mail )?address/u,
      /syntax (?:error|incorrect|of|should)/u,
      /malformed/u,
      /restricted characters/u,
      /(?:illegal|invalid|unallowed|disallowed|bad|forbidden|unsupported|unacceptable|unexpected|special|control|wrong) char/u,
      /\bcharacters?\b[^.;]{0,40}\b(?:not (?:be )?(?:allowed|permitted|accepted|supported|valid|legal)|illegal|invalid|forbidden|prohibited|disallowed)|\bnot (?:an? )?(?:allowed|permitted|valid|legal) characters?/u,
      /mailbox name (?:is )?not allowed/u,
      /^(?:\w+ )?invalid (?:rcpt(?: to)?|address format|format|arguments?[^.;]{0,30}(?:rcpt|address|recipient|mailbox))/u,
      /invalid rcpt(?: to)?\b/u,
      /(?:address|recipient)[^.;]{0,20}format/u,
      /format of (?:the )?(?:address|recipient)/u,
      /fully[ -]qualified (?:address|recipient|e-?mail|mailbox|domain)/u,
      /address (?:is )?too long/u,
      /local[ -]part (?:is )?too long/u,
      /missing (?:the )?(?:domain|local part|@)/u,
      /not rfc/u,
      /rfc ?2?[58]2[12][ -]comp/u,
      /domain literal/u,
      /syntactically/u,
    ),
    codes: ['5'],
    label: 'syntax_rejected',
    source: 'RFC 3463 X.1.3; Exim, hMailServer, qmail',
    date: DATE,
  },
  {
    id: 'domain-unknown',
    pattern:
      /(?:tenant|(?:recipient|destination|mail|rcpt|this|that|specified|the|your|e-?mail|local|target)? ?(?:domain|(?<!\b(?:client|remote|your|sending|connecting|sender|source|originating|unresolvable) )host)(?: name)?s?)\b(?: or (?:domain|host|tenant))? ?(?:%ip |(?!may |might )[\w·-]+ )?(?:is |are |was |has |have |does |do |isn't|doesn't|could |can |does ?(?=n't)|do(?=n't)|is(?=n't)|ca(?=n't)|could(?=n't)|was(?=n't))?(?:been )?(?:not (?:be )?(?:found|exist|known|hosted|served|local|allowed|accepted|handled|configured|here|supported|recogni[sz]ed|accept(?:ing)? (?:any )?(?:mail|e-?mail)|in use|reachable|in (?:my|our|the) (?:list|domain))|n't (?:exist|in (?:my|our) list)| ?in my list|unknown|no longer (?:available|hosted|exist|served|valid|active)|suspended|invalid|unrouteable|expired|disabled|nonexistent|non-existent)/u,
    codes: ['5', '45'],
    label: 'domain_not_served',
    source: 'Postfix, ImprovMX, KumoMTA bounces.toml',
    date: DATE,
  },
  // Of X.1.2 only what has no word for a mailbox: Stalwart gives it to unknown users too
  {
    id: 'not-a-customer-domain',
    pattern:
      /\b(?:no longer|not|n't|never)(?: been)? (?:a |an |our |any |one of our )?(?:customers?|clients?|tenants?|hosted|served|handled|managed|provisioned|subscribed|using|with)\b/u,
    codes: ['5'],
    enhanced: /^5\.1\.2$/,
    label: 'domain_not_served',
    source: 'RFC 3463 X.1.2',
    date: DATE,
  },
  {
    id: 'unknown-domain',
    pattern: anyOf(
      /(?:unknown|no such|invalid|non-?existent|non-?accepted|unaccepted|unsupported|non-?local|foreign|wrong|bad|unresolvable|unrout(?:e)?able|dead) (?:(?!client|remote|sending|helo|sender)\w+ )?(?:domain|destination system|tenant)s?\b(?! (?:controller|user))/u,
      /not (?:a )?local (?:host|domain)/u,
      /not (?:among|one of|in|on) (?:the |our |my |this )?(?:list of )?(?:\w+ )?domains?\b/u,
      /(?:address|user|recipient|mailbox) (?:is )?not local(?! ?[;,])/u,
      /not (?:the|an?) (?:mx|mail (?:server|exchanger|host)) (?:for|of)/u,
      /unable to route/u,
      /no mail hosts?\b/u,
      /\b(?:don't|do not|doesn't|does not|not|no longer) (?:accept|handle|host|serve|process|take|provid\w*|receiv\w*|deliver|manag\w*|responsible|exchang\w*|configured)\w*[^.;]{0,40}(?:for|to|this|that|of) (?:this |that |the |your |recipient |destination )*(?:domain|host)/u,
      /bad destination system/u,
      /(?:no|find (?:a|any)) (?:valid )?mx\b/u,
      /domain (?:mentioned|named|given|specified|used|part|name|in|of)\b[^.;]{0,40}(?:unknown|not (?:exist|found|known))/u,
      /domain must exist/u,
      /no route (?:for|found|available)|(?:resolve|find) (?:a |any )?route (?:for|to)/u,
      /\b(?:don't|do not|doesn't|does not|not|no longer) (?:accept|handle|host|serve|process|take|receiv|deliver)\w* (?:any )?(?:e-?mails?|mails?|messages?) (?:for|to)(?: [\w-]+·[\w·-]+| (?:that|this|the) (?:user|recipient|address))?[ .!]*$/u,
      /mail (?:server|exchanger) for (?:this|that) domain/u,
      /(?:server|host|system|machine|we|i) (?:is|are|am) not responsible for\b/u,
      /\b(?:don't|do not|doesn't|does not) (?:serve|host|handle|know) (?:the domain )?[\w-]+·[\w·-]+/u,
      /backup mx/u,
    ),
    codes: ['5', '45'],
    label: 'domain_not_served',
    source: 'RFC 3463 X.1.2; RFC 7504',
    date: DATE,
  },
  {
    id: 'moved',
    pattern: anyOf(
      /(?:has|have|was|is|user|mailbox|recipient|address) (?:been )?(?:permanently )?(?:moved|relocated|replaced|migrated|changed|forwarded)\b(?! (?:by error|in transit))/u,
      /moved (?:to|from)/u,
      /no longer (?:at|on) (?:this|that|the)/u,
      /new (?:e-?mail )?address ?(?:is|:)/u,
      /not here any ?more|no longer here\b/u,
      /address (?:has )?changed/u,
      /(?:please )?(?:try|use|update)[^.;]{0,30}(?:forward|new) ?(?:e-?mail )?(?:path|address)/u,
      /not local ?[;,] ?(?:please )?try/u,
      /left no (?:forwarding )?address/u,
    ),
    codes: ['5'],
    label: 'moved',
    source: 'RFC 5321 §3.4; Postfix relocated(5)',
    date: DATE,
  },
];

// Of the 4xx only 450, which Postfix gives to the recipients it does not know while it is told to be soft about them
export const UNKNOWN_RULES: readonly Rule[] = [
  // What a virtual table without the address makes of it; the words are about its expansion, not about a list
  {
    id: 'opensmtpd-expansion',
    pattern: /mailing list expansion problem/u,
    codes: ['524'],
    label: 'mailbox_unknown',
    source: 'OpenSMTPD 6.8 lka_session.c, seen with a virtual table',
    date: DATE,
  },
  {
    id: 'no-such-mailbox',
    pattern: new RegExp(String.raw`\b(?:no|not|nosuch|nu) ?such (?:\w+[ -]){0,3}?${WHO}\b`, 'u'),
    codes: ['5', '450'],
    label: 'mailbox_unknown',
    source: 'Exim, Postfix, Gmail, Naver',
    date: DATE,
  },
  {
    id: 'unknown-mailbox',
    pattern: new RegExp(
      String.raw`\b(?:unknown|unkown|unknow|unrecogni[sz]ed|non-?exist[ae]nt|non existing|not existing|inexist[ae]nt|invalid|bad|wrong|incorrect|unrout(?:e)?able|undeliverable|illegal|unavailable|mistyped|misspelled|unlisted|fake|bogus|bogus and forged)[ -](?:or )?${OF_MAIL}${WHO}\b(?! (?:content|message|header|server|polic|format|size|body|attach|client|software|system|relay|gateway|verification|host))`,
      'u',
    ),
    codes: ['5', '450'],
    label: 'mailbox_unknown',
    source: 'Exim, Symantec, Sun, IceWarp',
    date: DATE,
  },
  {
    id: 'mailbox-not-found',
    pattern: new RegExp(
      String.raw`${WHO}\b(?!${MACHINE})[^.;]{0,40}?\b(?:unknown|unkown|unknow|not known|unrecogni[sz]ed|not recogni[sz]ed|invalid|incorrect|non-?exist[ae]nt|undeliverable|misspelled|mistyped|not ok|unallocated|unassigned|not (?:be |been |a )?(?:found|located|present|listed|defined|registered|valid|recogni[sz]ed|identified)|notfound|cannot be found|no longer exists?|is wrong|not configured to receive|not set up)\b(?! (?:host|client|server|ip|error|reason|problem|command|argument|parameter))`,
      'u',
    ),
    codes: ['5', '450'],
    label: 'mailbox_unknown',
    source: 'Postfix, sendmail, Exchange, Barracuda',
    date: DATE,
  },
  {
    id: 'unknown-here',
    pattern: anyOf(
      /^(?:[\w·+-]+ )?(?:is )?(?:unknown|not known) (?:at|here|on|to this)\b/u,
      /^(?:[\w·+-]+ )?(?:is |was )?not (?:known|found)[ .!]*$/u,
    ),
    codes: ['5', '450'],
    label: 'mailbox_unknown',
    isMistakable: true,
    source: BOUNCES,
    date: DATE,
  },
  {
    id: 'does-not-exist',
    pattern: anyOf(
      /(?<!\b(?:mx|dns|records?|host|hostname|server|command|ip|table|relation|column|database|file|directory|route|policy|certificate|key|zone) )\b(?:do|does|did|dose|is|are|was|dos)(?: ?n[o']?'?t|n't| no) (?:\w+ )?exist/u,
      /(?<!\b(?:do|does|did|dose|is|are|was|dos|may|might) )\bnot exists?\b/u,
      /no exists?\b/u,
      /(?:do|does|did|is)(?: not|n't|nt) exists? (?:that|this|such|the|an?|any) (?:\w+ )?(?:user|account|mail[ -]?box|recipient|address|e-?mail|person|name)/u,
      /dosn't exist/u,
      /dont exist/u,
      /does no exist/u,
      /doesnt exist/u,
      /not existing/u,
      /never (?:existed|(?:been )?(?:assigned|created|registered|issued))\b/u,
      /no longer exists?/u,
    ),
    codes: ['5', '450'],
    label: 'mailbox_unknown',
    source: 'Gmail, iCloud, NetEase, Windstream',
    date: DATE,
  },
  {
    id: 'nobody-here',
    pattern: anyOf(
      /\bno (?:\w+ )?(?:mail[ -]?box|account|user|recipient|address|person|one|body|inbox|mail box|employee|alias)e?s?\b[^.;]{0,40}?\b(?:here|by that|by this|with|at this|at that|found|exists?|for|named|matching|in|available|on this|defined|under|called)\b/u,
      /\bno (?:mailbox|user|account|recipient|valid recipients?)\b/u,
      /nobody (?:here|by|with|at)/u,
      /\bno (?:\w+ )?(?:entry|record|match) (?:found )?for (?:this |that |the )?(?:address|user|recipient|mailbox)\b/u,
      /there is no(?:body| one)/u,
    ),
    codes: ['5', '450'],
    label: 'mailbox_unknown',
    source: 'qmail, GroupWise, vpopmail',
    date: DATE,
  },
  {
    id: 'has-no-account',
    pattern: anyOf(
      /(?:do|does)(?: not|n't|nt) have (?:an? |any )?(?:[\w·-]+ ){0,3}(?:account|mail[ -]?box|inbox|e-?mail|user|recipient|person|employee|customer|subscriber|alias)\b/u,
      /\bha(?:s|ve) no (?:\w+ )?(?:mail|account|mail[ -]?box|e-?mail)/u,
    ),
    codes: ['5', '450'],
    label: 'mailbox_unknown',
    source: 'Yahoo, cPanel',
    date: DATE,
  },
  {
    id: 'not-one-of-ours',
    pattern: anyOf(
      String.raw`\bnot (?:an? |in |on |one of |any of )?(?:our |my |the |this )?(?:valid|known|existing|registered|active|legitimate|real|defined|configured|listed|recogni[sz]ed|authori[sz]ed|local|correct|acceptable)? ?(?:e-?mail |mail |virtual |local )?(?:user|customer|mailbox|recipient|address|account|subscriber|member|inbox|client of)(?:e?s)?\b`,
      String.raw`\b(?:no|not) (?:[\w·-]+ ){0,2}in (?:the )?(?:name |domino |address |global )?(?:directory|address book)\b`,
      String.raw`not (?:a member|part) of (?:the |this )?domain`,
      String.raw`(?:user|recipient|address|name|account|mailbox)\b[^.;]{0,30} ?(?:is |was |are )?not (?:listed |found |present |defined |registered |known )?(?:in|on|at|by|to|within) (?:the |our |my |this |that |any |public |domino |local )*(?:\w+ )?(?:\w+ )?(?:list|table|record|file|book|regist|director|database|map|address book|domain|system|server|ldap|route|site|host|name)`,
    ),
    codes: ['5', '450'],
    label: 'mailbox_unknown',
    source: 'Comcast, Domino, hMailServer',
    date: DATE,
  },
  {
    id: 'cannot-find',
    pattern: anyOf(
      String.raw`(?:can(?:not|'t| not|t)|could ?(?:not|n't)|unable to|failed to|did not|didn't|do(?:es)? ?n(?:o|')t) (?:be )?(?:find|found|locate|located|recogni[sz]e|identify|match|know|resolve)\b(?:(?!exchanger|server|host\b)[^.;]){0,40}?${WHO}\b`,
      String.raw`${WHO}\b[^.;]{0,30}(?:can(?:not|'t| not)|could ?(?:not|n't)) be (?:found|located|recogni[sz]ed|resolved|matched)`,
    ),
    codes: ['5', '450'],
    label: 'mailbox_unknown',
    source: 'Rackspace, vpopmail, Microsoft',
    date: DATE,
  },
  {
    id: 'lookup-failed',
    pattern: anyOf(
      /lookup in (?:\w+ ){0,2}map failed/u,
      /no matches? (?:to|for|in|found)/u,
      /(?:address|user|recipient|mailbox) (?:error|mismatch)\b/u,
      /(?:address|user|recipient|mailbox)\b[^.;]{0,20} (?:cannot|can not|can't|could not|couldn't) be (?:verified|validated|confirmed)(?! (?:at this|right now|at the moment|now))/u,
      /\buserunknown\b/u,
    ),
    codes: ['5'],
    label: 'mailbox_unknown',
    isMistakable: true,
    source: BMH,
    date: DATE,
  },
  {
    id: 'not-handled-here',
    pattern: anyOf(
      /(?:e-?mail |mail )?(?:address|user|recipient|mailbox) (?:is not|isn't|not) (?:handled|served|hosted|serviced|accepted|here|supported|maintained)/u,
      /marked as (?:invalid|undeliverable)/u,
      /bad ?rcpt ?to/u,
      /not (?:configured|set ?up) to receive/u,
      /unavailable mail user/u,
      /no longer a(?:n?| valid) (?:customer|user|member)/u,
      /(?:destination|remote) (?:server|host) (?:rejected|returned)[^.;]{0,40}(?:recipient|address|user)/u,
      /(?:recipient|mailbox) (?:mailbox )?is not allowed/u,
      /^not used\b/u,
      /\bnot in use\b/u,
      /can't accept user/u,
      /\bvalid[- ](?:address|recipient|user)[- ](?:filter|list|check)/u,
    ),
    codes: ['5'],
    label: 'mailbox_unknown',
    isMistakable: true,
    source: BOUNCES,
    date: DATE,
  },
  {
    id: 'mailbox-unavailable',
    pattern: anyOf(
      String.raw`${BOX}\b(?: (?!database|server|director|lookup|service|backend|verif|system|store|table|list)\S+)? ?(?:is |are |was |currently )*(?:unavailable|unavaiable|unavailible|not available|un available|unreachable)`,
      String.raw`(?:unavailable|no thank you rejected ?:) ?${BOX}`,
    ),
    codes: ['5'],
    label: 'mailbox_unknown',
    isMistakable: true,
    source: 'RFC 5321 §4.2.2 (550); Outlook.com, GMX, EarthLink',
    date: DATE,
  },
  {
    id: 'no-longer-valid',
    pattern: /\bno longer (?:valid|active|in use|available|in service|accepted)\b/u,
    codes: ['5'],
    label: 'mailbox_disabled',
    source: 'senders.yahooinc.com/smtp-error-codes',
    date: DATE,
  },
  {
    id: 'recipient-rejected',
    pattern: anyOf(
      /(?<!\b(?:for|to|from|by|all) )(?:recipient|address|user|mailbox|rcpt(?: to)?)s?(?: address(?:es)?)? (?:has been |was |is )?(?:rejected|not accepted)[ .:!,]*$/u,
      /^(?:\W*)(?:recipient )?address rejected\b[^:]*$/u,
      /recipient (?:address )?rejected ?[.(]/u,
    ),
    codes: ['550', '553', '554', '551'],
    enhanced: /^(?:5\.[0-6]\.\d+)?$/,
    label: 'mailbox_unknown',
    isMistakable: true,
    source: 'Cox, IronPort, AOL, au',
    date: DATE,
  },
];
