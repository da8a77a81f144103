// Wording that asks us to wait: greylisting, rates, recipients a transaction (all asked early, since they
// stand beside mailbox words), and trouble on the host's own side (asked late: "temporarily" is said of anything).

import { anyOf } from './any-of.ts';
import type { Rule } from './reply-rule.ts';

const DATE = '2026-11';
const CORPUS = 'replies.tsv';

/** Asked before everything: whatever else a reply says, a host that names its greylist means it (RFC 6647). */
export const GREYLIST_RULES: readonly Rule[] = [
  {
    id: 'greylisted',
    pattern: anyOf(
      /gr[ea]y[ -]?list/u,
      /\bgreyed\b|\bgralist/u,
      /list[ae]s? gris|lista grigia|lista cinz|graue[nr]? liste/u,
      /grijze lijst|\bgra ?lista|\bgralist|\bgraliste|harmaa ?lista/u,
      /szar[aey]\w* li[st]|sed\w+ (?:list|seznam)|siv[aeiou]\w* list|szurke ?list|lista gri\b|gri liste/u,
      /danh sach xam|daftar abu|hall(?:i|is)? (?:nime|loend)|pilk\w+ saras|peleka\w+ saras/u,
      /γκρι\S* λιστ/u,
      /(?:сер|сір|сив)\S* спис|сива листа|греи?лист/u,
      /قائمة رمادية|القائمة الرمادية|רשימה אפורה/u,
      /灰(?:色)?名[单單]/u,
      /グレーリスト/u,
      /그레이리스트/u,
    ),
    label: 'greylisted',
    source: 'RFC 6647, postgrey, policyd',
    date: DATE,
  },
];

export const WAIT_RULES: readonly Rule[] = [
  {
    id: 'not-yet-authorized',
    pattern: /not yet (?:authori[sz]ed|allowed|accepted|permitted) to (?:deliver|send)/u,
    codes: ['4'],
    label: 'greylisted',
    source: 'Exim greylistd',
    date: DATE,
  },
  {
    id: 'policy-for-now',
    pattern:
      /^(?!.*\b(?:spam|ip|ips|%ip|reputation|client|host)\b).*\bpolic(?:y|ies)\b[^;]{0,60}\b(?:try|retry|later|come back)\b/u,
    codes: ['450', '451'],
    label: 'greylisted',
    source: 'RFC 6647 §2; policyd, SQLgrey',
    date: DATE,
  },
  {
    id: 'back-too-soon',
    pattern: /\bre-?(?:connect|try|trie|send|deliver)\w* (?:too|to) (?:fast|soon|early|quick)/u,
    codes: ['4'],
    label: 'greylisted',
    source: 'postfix-policyd',
    date: DATE,
  },
  {
    id: 'first-contact',
    pattern: anyOf(
      /\b(?:first|new|unknown) (?:time )?(?:contact|triplet|sender\/recipient|sender-recipient)/u,
      /\btriplet\b/u,
      /tempor\w+ (?:rejected|refused|deferred|blocked).{0,40}(?:unknown|new|first[ -]time)/u,
      /first[ -]time (?:sender|connection|delivery)/u,
      /\bfirst seen\b/u,
      /\b(?:of|on|at|every|the|your) first (?:delivery|attempt|try|contact|connection)/u,
      /\b(?:do not|don't) know you\b|not yet (?:known|seen)\b/u,
      /\b(?:is|are) new (?:to (?:us|me)|here)\b/u,
      /\b(?:not|never) (?:been )?(?:seen|sent)\b[^.;]{0,40}\bbefore\b/u,
      /\b(?:postponed|delayed|deferred) for \d+ ?(?:s|m)/u,
    ),
    codes: ['4'],
    label: 'greylisted',
    source: 'RFC 6647 wording',
    date: DATE,
  },
  // Too many of anything, whatever wait is named with it
  {
    id: 'too-many-bad-recipients',
    pattern: anyOf(
      /(?:too many|excessive|maximum (?:number of )?|max) (?:(?:num\w* of|amount of) )?(?:bad|invalid|unknown|wrong|unrecogni[sz]ed|non-?existent|non-?existing|nonexistent|rejected|failed|incorrect)[\w /-]{0,20}(?:recipient|rcpt|user|address|mailbox|attempt|account)/u,
      /excessive (?:user ?id|recipient|user)s? unknown/u,
    ),
    label: 'rate_limited',
    source: 'Exim, Cisco, Barracuda',
    date: DATE,
  },
  // The network between us and the host, or behind it
  {
    id: 'lost-connection',
    pattern:
      /\bi\/?o[ -](?:time-?out|error)|\b(?:connection|network|read|write|socket|peer|remote)\b[^.;]{0,20}\b(?:timed out|time-?out|reset|lost|dropped|broken)\b|\bbroken pipe\b/u,
    codes: ['4'],
    label: 'temporary_failure',
    source: 'RFC 3463 X.4.2; sendmail',
    date: DATE,
  },
  {
    id: 'resend-shortly',
    pattern:
      /^(?!.*service is currently unavailable).*(?:please (?:resend|re-?send|redeliver)|(?:come|try|be) back (?:later|in \d+ (?:sec|min))|(?:re-?try|try (?:again|once more)|resend|wait) (?:(?:after|in|for) )?(?:another )?(?:about |at least )?(?:\d+|a few|some|two|three|five|ten|fifteen|twenty|thirty) ?(?:s\b|sec|min|m\b))/u,
    codes: ['45'],
    enhanced: /^4\.[27]\.\d+$/,
    label: 'greylisted',
    source: 'postgrey, policyd, milter-greylist',
    date: DATE,
  },

  // How many recipients in one transaction, as against how many in an hour
  {
    id: 'recipients-per-time',
    pattern: anyOf(
      /too many (?:recipients?|rcpts?|addresses)[^.;]{0,40}(?:per|this|an|within|in the (?:last|past)|in (?:a )?short)\b ?(?:an? )?(?:hour|day|minute|second|time|period|short)/u,
      /too many (?:recipients?|rcpts?) from %ip/u,
      /(?:rcpt|recipient)s?[^.;]{0,20}(?:attempts|per (?:hour|minute|day)|rate)\b/u,
    ),
    label: 'rate_limited',
    source: 'Cisco IronPort, GoDaddy, Aliyun',
    date: DATE,
  },
  {
    id: 'too-many-recipients',
    pattern: anyOf(
      /\bno (?:more|further) (?:rec[ei]+pients?|rcpts?)\b/u,
      /too (?:many|much) (?:rec[ei]+pients?|rcpts?|rcpt ?to|envelope recipients|addresses|receivers|users specified)/u,
      /(?:number|total|count|numbers?|out) of (?:\w+ ){0,3}(?:rcpts?|recipients)\b/u,
      /\brcpts? (?:numbers|limit|count)/u,
      /(?:max\w*|limit)[^.;]{0,20} recipients (?:per|for|in)/u,
      /recipients? (?:limit|count)[^.;]{0,20}(?:exceed|reach)/u,
      /recipients? (?:per|in (?:a|one|this)) (?:transaction|message|session|mail|e-?mail)/u,
      /(?:only )?(?:one|single|\d+) recipients? (?:at a time|per|is allowed|allowed)/u,
      /(?:zu viele|trop de|demasiados|troppi|te veel|for mange|za duzo) (?:empfan?e?nger|destinataires|destinatarios|destinatari|ontvangers|mottak\w*|odbiorcow)/u,
      /收件人(?:数|數|太多|过多)/u,
    ),
    label: 'too_many_recipients',
    source: 'RFC 5321 §4.5.3.1.10',
    date: DATE,
  },

  // Rates
  {
    id: 'full-of-messages',
    pattern: anyOf(
      /(?:has|hat|got|contains?|stored) (?:too many|too much|zu ?viele) (?:messages|mails?|e-?mails|nachrichten|data)\b/u,
      /too much mail data/u,
      /too (?:many|much) (?:messages|mails?|e-?mails) (?:on|in) (?:the|his|this|your|user)?/u,
    ),
    label: 'mailbox_full',
    source: 'web.de, docomo',
    date: DATE,
  },
  {
    id: 'too-many',
    pattern: anyOf(
      /too many (?!unwanted|spam|junk|abus|complain)(?:\w+[ -]){0,3}?(?:connect\w*|sessions?|messages?|mails?|e-?mails?|errors?|commands?|requests?|attempts?|deliver\w*|connects?|processes|smtp|concurrent|simultaneous|hits|failures?|unauthenticated|emails?|tries|retries|threads|transactions?|bounces|load|parallel|login|senders?)/u,
      /too (?:quickly|fast|frequent\w*|often|much (?:traffic|mail|e-?mail))/u,
      /^(?!.*(?:postfach|boite|buzon|casella|caixa|skrzynk|mailbox)).*(?:zu viele (?:nachrichten|anfragen)|trop de (?:messages|courriels|mails|requetes)|demasiad[oa]s (?:mensajes|correos|solicitudes)|muit[oa]s (?:mensagens|solicitacoes)|tropp[ei] (?:messaggi|richieste)|te veel berichten|слишком много (?:писем|сообщении|запросов))/u,
      /(?:zu viele|trop de|demasiadas|muchas|muitas|troppe|te veel|слишком много|za duzo|prilis mnoho|liian monta|for mange|for manga) (?:verbindung|connexion|conexion|conexo|connession|verbinding|соединен|polacze|spojeni|yhtey|forbind|tilkobling|anslutning)\w*/u,
      /连接(?:数|过多|太多)/u,
      /頻度/u,
      /频率(?:限制|超|过|太)|(?:过于|太|過於)频?繁|頻繁/u,
    ),
    label: 'rate_limited',
    source: CORPUS,
    date: DATE,
  },
  {
    id: 'rate-limit',
    pattern: anyOf(
      /(?:rate|frequency|connection|connections|concurren\w+|session|sending|message|messages|volume|throughput|velocity|hourly|daily|smtp|traffic|mail|e-?mail|bandwidth|relay|thread|peak)[ -](?:\w+ )?(?:limit|threshold|restrict\w*|cap)(?:s|ed|ing|ation)?\b/u,
      /(?:limit|exceed|restrict)\w* (?:the |your |our |its |on )?(?:\w+ ){0,3}(?:rate|frequency|connections?|sessions|messages per|per (?:hour|minute|day|second|session|connection))/u,
      /rate[ -]?limit/u,
      /\brates?\b[^.;]{0,60}(?:exceed|too high|above|over the|limit)/u,
      /(?:high|excessive) (?:a |an )?rate\b|\bsender (?:has )?exceed/u,
      /\brate \d\S* ?(?:\/|per) ?\d*(?:s|m|h|d|min|hour|day)\b/u,
      /(?:message|mail|sending|recipient|request|connection)s? (?:count|number|volume) (?:quota|limit)/u,
      /(?:requests?|messages?|mails?|e-?mails?|connections?|recipients?|rcpts?|sessions?|transactions?|deliveries) ?(?:per|an?|each|every|\/|in \d+) ?(?:\d+ ?)?(?:s\b|sec|min|h\b|hrs?\b|hour|day)/u,
      /(?:exceed|reach|hit)\w*[^.;]{0,40}(?:limit|max\w*|number)[^.;]{0,30}(?:connections?|requests?|sessions?|messages|mails|deliveries)\b/u,
      /\bratelimit/u,
      /(?:sending|hourly|daily|rate|outbound) (?:\w+ )?quota/u,
      /\b(?:messages?|mails?|e-?mails?|connections?|recipients?)\b[^.;]{0,20}\byou (?:may|can|are (?:allowed|permitted) to|have) (?:send|sent|open|make|deliver)/u,
      /\b(?:messages?|mails?|e-?mails?|recipients?|connections?|sessions?)\b[^.;]{0,40}(?:\b(?:per|each|every|within (?:an?|one))|(?<!\bin )\ban?) (?:hour|minute|day|second)\b/u,
      /\bquota (?:is |was |has been )?(?:exceeded|reached|exhausted|used up) (?:for|by|of|from) (?:(?:your|the|this) )?(?:client|sender|ips?|hosts?|%ip|server|source)\b|\bpolicy rejection\b[^.;]{0,30}\bquota\b/u,
      /\b(?:client|sender|ip|host|source)(?:'s)? (?:\w+ )?quota\b/u,
    ),
    label: 'rate_limited',
    source: 'RFC 5321 hosts of all kinds',
    date: DATE,
  },
  {
    id: 'throttled',
    pattern: anyOf(
      /throttl/u,
      /\bslow(?:er)? down/u,
      /try (?:again )?(?:more )?slow/u,
      /slower/u,
      /unusual(?:ly)? (?:high )?(?:rate|volume|amount)/u,
      /unexpected volume/u,
      /(?:high|large|excessive) (?:volume|rate|number|amount) of/u,
      /excessive (?:connect|traffic|mail|e-?mail|command|error|message|load|use)/u,
      /\bflood/u,
      /exceed\w* (?:the )?(?:max\w*|allow\w*|number|limit|amount)[^.;]{0,30}(?:connection|session|messages?|mails|e-?mails|per|this|an? (?:hour|day|minute))/u,
      /max\w* (?:number of )?(?:allowed |concurrent |simultaneous |parallel |open |smtp )*(?:messages?|mails?|e-?mails?|connections?|sessions?|transactions?)[^.;]{0,60}(?:reach|exceed|per)/u,
      /(?:message|mail|session|connection)s? threshold/u,
      /already made numerous attempts/u,
      /(?:ip|domain|sender|connection) frequency/u,
      /(?:receiving|sending) (?:mail|messages|e-?mail) (?:too |at a rate)/u,
      /limits for how many/u,
      /rate that prevents/u,
      /sent (?:you |us )?too (?:many|much)/u,
      /try again in \d+ seconds/u,
    ),
    label: 'rate_limited',
    source: 'Google, Yahoo, Outlook.com, KumoMTA shaping.toml',
    date: DATE,
  },
];

/** Trouble in plain words, asked before the words for mailboxes: what is not found then was not looked for. */
export const PLAIN_TROUBLE_RULES: readonly Rule[] = [
  {
    id: 'mail-loop',
    pattern:
      /\b(?:rout\w+|mail|forward\w*|delivery) loop|\bloops? (?:detected|back)|\bhop count\b|\btoo many hops\b/u,
    label: 'ambiguous',
    source: 'RFC 3463 X.4.6; Exchange',
    date: DATE,
  },
  {
    id: 'lookup-trouble',
    pattern: anyOf(
      /\btempor(?:ary|arily) (?:\w+ )?(?:failure|error|problem|condition|suspended|unavailable)/u,
      /\b(?:connection|connect\w*|lookup|query|operation|server|host)\b[^.;]{0,30}\b(?:timed out|time-?out)\b/u,
      /\bhost unreachable\b/u,
      /\bhost not found, (?:please )?(?:re)?try|\bno route to host\b/u,
      /\bmaintenance\b/u,
      /\b(?:ldap|database|directory|cache|dns|sql|mysql|backend|lookup)(?: server| service| lookup| query)? (?:is |was )?(?:not found|not available|error|failure|unavailable|locked|down|unreachable|not responding)\b/u,
      /\bin (?:the )?cache\b/u,
      /datenbank|verzeichnisdienst|base de (?:datos|donnees|dados)|baz\w+ danych|баз\S* данных|数据库|資料庫|データベース|데이터베이스/u,
    ),
    label: 'temporary_failure',
    source: 'judgement: trouble that hosts report with 5xx',
    date: DATE,
  },
];

/**
 * Whoever asks us to come again has not said the last word about a mailbox, whatever word he used: with these no address
 * is invalid. A 4xx needs less for it than a 5xx, where "check the name and try again" is a usual ending.
 */
const COME_AGAIN_LATER =
  /\b(?:try|retry|send|resend|repeat)(?: it)?(?: again)? (?:later|at a later|soon|in a (?:few|while|moment|minute))|\b(?:spater|plus tard|mas tarde|mais tarde|piu tardi|pozniej|daha sonra|temporar(?:y|ily)|voru?e?bergehend\w*|temporaire\w*|temporalmente|temporane\w+|temporariamente|tijdelijk|chwilowo|czasowo|docasne)\b|временно|тимчасово|暂时|暫時|一時的|일시적|позже|пізніше|稍后|稍後|しばらく|나중에/u;
const NOT_FOR_GOOD =
  /\b(?:try|retry|tried) (?:again|in|after)\b|\blater\b|\btempor|\bat (?:this time|the moment|present)\b|\bat (?:this|the) moment\b|\bright now\b|(?<!not )\bin use\b|\bbusy\b|\bmoment(?:arily|an\b|ane)|in progress|senere|senare|myohemmin/u;

/** True where `words` of a reply ask to come again, or say that what they tell may pass. */
export function asksToComeAgain(code: number, words: string): boolean {
  return COME_AGAIN_LATER.test(words) || (code < 500 && NOT_FOR_GOOD.test(words));
}

/** Trouble of the host's own, at any code: what a later attempt may find gone. */
export const TROUBLE_RULES: readonly Rule[] = [
  {
    id: 'recipients-status',
    on: 'marks',
    pattern: /./su,
    enhanced: /^[45]\.5\.3$/,
    label: 'too_many_recipients',
    source: 'RFC 3463 §3.6',
    date: DATE,
  },
  {
    id: 'retry-after-policy-code',
    pattern: anyOf(
      /^(?:(?:\w+ )?(?:address )?rejected ?: ?)?(?:please )?(?:try|retry)(?: again)?(?: (?:later|soon|in a (?:while|few minutes)))?[ .!]*$/u,
      /temporarily (?:deferred|rejected|delayed)/u,
      /deferred/u,
      /delayed/u,
      /defer\b/u,
    ),
    codes: ['45'],
    enhanced: /^4\.[27]\.[01]$/,
    label: 'greylisted',
    source: 'rspamd, mailcow, Purelymail',
    date: DATE,
  },
  {
    id: 'closing',
    pattern: anyOf(
      /(?:service|server|channel|connection)[^.;]{0,30}(?:shut|clos|stopp|restart)/u,
      /shutting down/u,
      /timeout/u,
      /timed? out/u,
    ),
    codes: ['4'],
    label: 'temporary_failure',
    source: 'RFC 5321 §3.8',
    date: DATE,
  },
  {
    id: 'temporary',
    pattern: anyOf(
      /tempor/u,
      /under (?:migration|maintenance|construction)|being (?:moved|migrated)|tomorrow/u,
      /\bbusy\b/u,
      /overload/u,
      /(?:too much|high|excessive|system|server) load\b|load (?:average )?(?:is )?too high/u,
      /try (?:again |it )?(?:later|another|once more|at a later)/u,
      /retry (?:later|again)/u,
      /later on/u,
      /come back/u,
      /spater/u,
      /plus tard/u,
      /mas tarde/u,
      /mais tarde/u,
      /piu tardi/u,
      /попробуите позже/u,
      /позже/u,
      /稍后/u,
      /稍後/u,
      /しばらく/u,
      /나중에/u,
      /lookup (?:failure|failed|error)/u,
      /verification in progress/u,
      /try again/u,
    ),
    label: 'temporary_failure',
    source: CORPUS,
    date: DATE,
  },
  {
    id: 'internal-error',
    pattern: anyOf(
      /internal (?:server |system |software |mail )?(?:error|problem|failure)/u,
      /(?:server|system|mail system|local|remote|site) (?:\w+ )?(?:config\w*|error|problem|failure|fault|trouble|malfunction)/u,
      /config\w* (?:error|problem)/u,
      /(?:database|ldap|dns|disk|i\/o|file|queue|resource|network|backend|milter|storage|mysql|sql)s? (?:\w+ )?(?:error|problem|failure|failed|down|unavailable|unreachable|full)/u,
      /out of memory/u,
      /insufficient/u,
      /not enough (?:memory|resources|disk)/u,
      /no space/u,
      /resources/u,
      /(?:unable|not able|failed|could not|cannot|can't|couldn't|can not) (?:to )?(?:be )?(?:process|verify|verified|complete|contact|connect|open|write|create|look ?up|check|load|lock|handle|queue)/u,
      /interrupted/u,
      /could not be (?:read|opened|loaded|reached|contacted|queried)|cannot be contacted/u,
      /maintenance/u,
      /(?:service|server|system|application|agent)s? (?:is |are )?(?:currently |presently )?(?:not available|unavailable|down|offline|busy|not ready)/u,
      /operation (?:now )?in progress/u,
      /misconfigur/u,
      /blame it on/u,
    ),
    label: 'temporary_failure',
    source: 'Postfix, Exim, qmail, Exchange',
    date: DATE,
  },
];
