// The same knowledge for hosts that answer in another language than English: per language the words for a
// mailbox and for what is wrong with it, from which three rules are made. Written as reply-words.ts leaves a
// text: lower case, accents taken off, and ß, ø, ł, đ as ss, o, l, d; й reads и, ё reads е, ї reads і.

import { anyOf } from './any-of.ts';
import type { Rule } from './reply-rule.ts';

interface Phrases {
  readonly language: string;
  /** Words for a mailbox, its owner, its address. */
  readonly who: string;
  /** What is said of one that does not exist; with `who` on either side, within forty characters. */
  readonly unknown: string;
  /** Whole phrases that need no `who`. */
  readonly unknownPhrase?: string;
  readonly full?: string;
  readonly disabled?: string;
  readonly source: string;
}

const DATE = '2026-11';
const LABELS = { full: 'mailbox_full', disabled: 'mailbox_disabled', unknown: 'mailbox_unknown' } as const;
const LISTS = 'bounce-handler phrase lists';
const JUDGEMENT = 'judgement: usual wording of localised hosts';

const PHRASES: readonly Phrases[] = [
  {
    language: 'de',
    who: 'person|benutzer\\w*|empfa?e?nger\\w*|adresse|e-?mail-?adresse|postfach|mailbox|konto|nutzer\\w*|teilnehmer|adressat|anwender|account',
    unknown:
      'unbekannt\\w*|nicht bekannt|existiert (?:\\w+ ){0,4}nicht|nicht gefunden|nicht vorhanden|ungu?e?ltig\\w*|gibt es (?:\\w+ ){0,4}nicht|nicht existent|nicht existierend\\w*|falsch|kein\\w*(?= solch| derart| passend| person| benutzer| empf| postfach| mailbox| konto)',
    full: 'voll|uberfull?t|ueberfuellt|speicher\\w* ?(?:\\w+ )?(?:ist )?(?:u?e?berschritten|erschopft|voll)|u?e?berschritten|zu ?viele (?:e-?)?mails|kontingent',
    disabled:
      'gesperrt|deaktiviert|inaktiv|abgelaufen|stillgelegt|geloscht|geschlossen|nicht (?:mehr )?aktiv',
    source: 'web.de, Strato, 1&1',
  },
  {
    language: 'fr',
    who: 'destinataires?|utilisateurs?|adresses?|boite|compte|usager|abonne',
    unknown:
      "aucune?|inconnue?s?|inexistante?s?|invalides?|n'existe (?:pas|plus)|n existe pas|introuvable|incorrecte?|erronee?|pas de (?:tel|boite)",
    full: 'pleine?|saturee?|depasse\\w*|quota',
    disabled:
      'desactivee?|suspendue?|bloque\\w*|archivee?|inactive?|inactif|fermee?|resiliee?|expiree?|cloturee?',
    source: 'La Poste, Orange, SFR',
  },
  {
    language: 'es',
    who: 'usuario|destinatario|buzon|cuenta|casilla|direccion|correo|persona|cliente',
    unknown:
      'no existe|desconocid[oa]|inexistente|invalid[oa]|no (?:es )?valid[oa]|no (?:fue |se )?(?:encontrad[oa]|encuentra|encontro)|incorrect[oa]|no pertenece|no (?:hay|consta|figura)|ningun\\w*|no esta (?:dad[oa] de alta|registrad[oa])',
    unknownPhrase: 'no existe (?:dich[oa]|es[ea]|el|la|tal) ',
    full: 'llen[oa]|excedid[oa]|excede|supera\\w*|cuota|sin espacio',
    disabled:
      'desactivad[oa]|suspendid[oa]|bloquead[oa]|expirad[oa]|inactiv[oa]|deshabilitad[oa]|cancelad[oa]|dad[oa] de baja|cerrad[oa]|ha expirado',
    source: LISTS,
  },
  {
    language: 'pt',
    who: 'usuario|destinatario|caixa(?: postal| de (?:correio|entrada))?|conta|endereco|utilizador|e-?mail',
    unknown:
      'nao (?:existe|encontrad[oa]|e valid[oa]|cadastrad[oa]|reconhecid[oa]|foi encontrad[oa])|inexistente|desconhecid[oa]|invalid[oa]|nao localizad[oa]|nenhum\\w*|nao ha',
    full: 'cheia|lotada|excedid[oa]|excedeu|ultrapass\\w*|cota|sem espaco',
    disabled:
      'desativad[oa]|suspens[oa]|bloquead[oa]|inativ[oa]|expirad[oa]|cancelad[oa]|encerrad[oa]|desabilitad[oa]',
    source: JUDGEMENT,
  },
  {
    language: 'it',
    who: 'utente|destinatario|destin\\.|casella|indirizzo|account|mailbox|cliente|posta',
    unknown:
      'nessun\\w*|sconosciut[oa]|inesistente|non esist[eo]\\w*|non (?:e )?(?:stat[oa] )?trovat[oa]|errat[oa]|non (?:e )?valid[oa]|non disponibile|non riconosciut[oa]|non (?:e )?(?:present|registrat|attestat)\\w*',
    full: 'pien[oa]|esaurit[oa]|superat[oa]|quota',
    disabled:
      'disabilitat[oa]|disatt+ivat[oa]|bloccat[oa]|sospes[oa]|scadut[oa]|chius[oa]|non attiv[oa]|inattiv[oa]',
    source: LISTS,
  },
  {
    language: 'nl',
    who: 'gebruiker\\w*|ontvanger|(?:e-?mail)?adres|post(?:bus|vak)|mailbox|account|geadresseerde',
    unknown:
      'onbekende?|bestaat (?:\\w+ ){0,4}niet|geen (?= gebruiker| postvak| postbus| account)|niet gevonden|ongeldige?|niet bekend|geen geldig',
    full: 'is vol|overschreden',
    disabled: 'geblokkeerd|gedeactiveerd|uitgeschakeld|opgeheven|verlopen|niet (?:meer )?actief|gesloten',
    source: JUDGEMENT,
  },
  {
    language: 'pl',
    who: 'uzytkownik\\w*|odbiorc\\w*|kont[oa]|skrzynk\\w*|adres\\w*|osob\\w*',
    unknown:
      'nie istnieje|nieznan\\w*|nie znalezion\\w*|nieprawidlow\\w*|bledn\\w*|niepoprawn\\w*|nie ma (?:takiego|takiej)|brak (?:takiego |takiej )?|nieistniej\\w*',
    full: 'pelna|przepelnion\\w*|przekroczon\\w*',
    disabled: 'zablokowan\\w*|nieaktywn\\w*|zawieszon\\w*|wylaczon\\w*|usuniet\\w*|wygas\\w*',
    source: 'wp.pl, Onet; bounce-handler phrase lists',
  },
  {
    language: 'cs',
    who: 'uzivatel\\w*|prijemc\\w*|adresat\\w*|schrank\\w*|adres\\w*|ucet|ucastnik|pouzivatel\\w*|prijimatel\\w*',
    unknown: 'neexistuj\\w*|neznam\\w*|nenalezen\\w*|neplatn\\w*|nezna\\w*|nebyl\\w* nalezen\\w*',
    full: 'plna|preplnen\\w*|prekrocen\\w*',
    disabled: 'zablokovan\\w*|deaktivovan\\w*|zrusen\\w*|neaktivn\\w*',
    source: JUDGEMENT,
  },
  {
    language: 'hu',
    who: 'felhasznalo\\w*|cimzett\\w*|postafiok\\w*|cim|fiok|postalada',
    unknown: 'nem letezik|ismeretlen|ervenytelen|nem talalhato|nincs ilyen|hibas',
    full: 'megtelt|betelt|tele van',
    disabled: 'letiltva|letiltott|megszunt|inaktiv|felfuggesztve|torolve',
    source: JUDGEMENT,
  },
  {
    language: 'ro',
    who: 'utilizator\\w*|destinatar\\w*|adresa|cont(?:ul)?|casuta',
    unknown: 'necunoscut[a]?|inexistent[a]?|nu exista|invalid[a]?|nu a fost gasit[a]?',
    full: 'plina|plin|depasit\\w*',
    disabled: 'dezactivat\\w*|suspendat\\w*|blocat\\w*|inchis\\w*|expirat\\w*',
    source: JUDGEMENT,
  },
  {
    language: 'scandinavian',
    who: 'anvandare\\w*|mottaga?e?r\\w*|modtager\\w*|adress\\w*|konto\\w*|bruker\\w*|bruger\\w*|postkasse|postboks|brevlada|postlada|mottakeren',
    unknown:
      'okand|ukjent|ukendt|(?:finn?e?s|findes|har) (?:ingen|inget|intet)|ingen (?:sadan|slik|saadan)|finns (?:inte|ej)|finnes ikke|findes ikke|existerar (?:inte|ej)|eksisterer ikke|ogiltig|ugyldig|hittades inte|ikke fundet',
    full: 'ar full|er full|er fuld|overskredet',
    disabled:
      'deaktiver\\w*|inaktiv\\w*|stangt|lukket|sperret|sparrat|avstangt|avstangd|avslutt?at|nedlagt|nedlagd|slettet|raderat',
    source: JUDGEMENT,
  },
  {
    language: 'fi',
    who: 'kayttaja\\w*|vastaanottaja\\w*|osoite\\w*|osoitetta|postilaatikko\\w*|tili\\w*',
    unknown: 'tuntematon|ei ole olemassa|ei loydy|virheellinen|ei tunneta',
    full: 'taynna|ylittynyt',
    disabled: 'poistettu|suljettu|lukittu|passivoitu|ei ole (?:enaa )?kaytossa',
    source: JUDGEMENT,
  },
  {
    language: 'tr',
    who: 'kullanici\\w*|alici\\w*|adres\\w*|posta kutusu|hesap|hesabi',
    unknown: 'bulunamadi|bilinmiyor|bilinmeyen|gecersiz|mevcut degil|boyle bir|yok\\b|tanimsiz',
    full: 'dolu|kota',
    disabled: 'devre disi|askiya|kapali|kapatil\\w*|pasif|silin\\w*|dondurul\\w*',
    source: JUDGEMENT,
  },
  {
    language: 'el',
    who: 'χρηστη\\w*|παραληπτη\\w*|διευθυνση|λογαριασμ\\S*|γραμματοκιβωτιο',
    unknown: 'αγνωστ\\S*|δεν υπαρχει|δεν βρεθηκε|μη εγκυρ\\S*|ακυρ\\S*',
    full: 'γεματ\\S*|πληρ\\S*|υπερβ\\S*',
    disabled: 'απενεργοποι\\S*|κλειστ\\S*|ανενεργ\\S*|ανασταλ\\S*',
    source: JUDGEMENT,
  },
  {
    language: 'ru',
    who: 'пользовател\\S*|получател\\S*|адресат\\S*|адрес\\S*|ящик\\S*|учетн\\S* запис\\S*|абонент\\S*|аккаунт\\S*',
    unknown:
      'не существует|не наиден\\S*|неизвест\\S*|недеиствит\\S*|отсутствует|неверн\\S*|нет такого|такого \\S+ нет|несуществующ\\S*|не зарегистрирован\\S*|не обслуживается',
    full: 'переполнен\\S*|превышен\\S*|заполнен\\S*|квот\\S*',
    disabled: 'заблокирован\\S*|отключен\\S*|неактивен|не активен|удален\\S*|приостановлен\\S*|закрыт\\S*',
    source: JUDGEMENT,
  },
  {
    language: 'uk',
    who: 'користувач\\S*|отримувач\\S*|одержувач\\S*|скриньк\\S*|обліковии запис|адрес\\S*',
    unknown: 'не існує|не знаидено|невідом\\S*|немае такого|недіисн\\S*|відсутн\\S*',
    full: 'переповнен\\S*|перевищен\\S*|заповнен\\S*|вичерпан\\S*',
    disabled: 'заблокован\\S*|вимкнен\\S*|неактивн\\S*|видален\\S*|призупинен\\S*',
    source: JUDGEMENT,
  },
  {
    language: 'bg',
    who: 'потребител\\S*|получател\\S*|пощенск\\S* кутия|кутия|адрес\\S*|акаунт\\S*',
    unknown: 'не съществува|не е намерен\\S*|непознат\\S*|няма такъв|няма такава|невалид\\S*',
    full: 'препълнен\\S*|пълна|надвишен\\S*',
    disabled: 'деактивиран\\S*|блокиран\\S*|спрян\\S*|закрит\\S*',
    source: JUDGEMENT,
  },
  {
    language: 'south-slavic',
    who: 'korisnik\\w*|primatelj\\w*|primalac|primaoc\\w*|prejemnik\\w*|uporabnik\\w*|adres[aeu]|naslov\\w*|sanduc\\w*|postni predal|nalog|racun',
    unknown:
      'ne postoji|ne obstaja|nepoznat\\w*|nije (?:pronadjen|pronaden|pronaen|poznat)\\w*|ni (?:bil )?najden\\w*|neznan\\w*|nevazec\\w*|neveljav\\w*|nema (?:takvog|takve)',
    full: 'pun|puna|pun[io]|prepun\\w*|poln\\w*|prekoracen\\w*|presezen\\w*',
    disabled:
      'iskljucen\\w*|onemogucen\\w*|onemogocen\\w*|blokiran\\w*|deaktiviran\\w*|ugasen\\w*|suspendiran\\w*|suspendovan\\w*|zaprt\\w*',
    source: JUDGEMENT,
  },
  {
    language: 'baltic',
    who: 'vartotoj\\w*|gavej\\w*|adres\\w*|dezut\\w*|paskyr\\w*|lietotaj\\w*|sanemej\\w*|pastkast\\w*|kont[sau]|kasutaja\\w*|saaja\\w*|aadress\\w*|postkast\\w*',
    unknown:
      'neegzistuoja|nerast\\w*|nezinom\\w*|neteising\\w*|neeksiste|nav atrast\\w*|nezinam\\w*|nav pazistam\\w*|ei leitud|puudub|tundmatu|ei eksisteeri|ei ole olemas',
    full: 'pilna|pilnas|perpildyt\\w*|virsyt\\w*|parpildit\\w*|parsniegt\\w*|tais|ulatatud',
    disabled:
      'isjungt\\w*|uzblokuot\\w*|sustabdyt\\w*|panaikint\\w*|blokets?|atslegt\\w*|slegt\\w*|suletud|blokeeritud|peatatud',
    source: JUDGEMENT,
  },
  {
    language: 'th',
    who: 'ผู้ใช้|ผู้รับ|กล่องจดหมาย|บัญชี|ที่อยู่',
    unknown: 'ไม่พบ|ไม่มีอยู่|ไม่ถูกต้อง|ไม่รู้จัก',
    full: 'เต็ม|เกินโควตา',
    disabled: 'ถูกระงับ|ปิดการใช้งาน|ถูกปิด',
    source: JUDGEMENT,
  },
  {
    language: 'zh',
    who: '用户|用戶|收件人|收信人|邮箱|郵箱|信箱|邮件地址|郵件地址|地址|帐号|账号|帳號|账户|帐户|帳戶|使用者|邮件帐户',
    unknown:
      '不存在|未找到|找不到|无效|無效|未知|没有找到|错误|錯誤|查无|查無|不正确|没有[此这该]|沒有[此這該]|无此|無此',
    unknownPhrase: '查无此人|查無此人',
    full: '已满|已滿|满了|空间不足|空間不足|超过限额|超过配额|超出配额|容量',
    disabled: '停用|禁用|冻结|凍結|关闭|關閉|过期|過期|锁定|鎖定|注销|註銷|休眠|暂停|暫停',
    source: JUDGEMENT,
  },
  {
    language: 'ja',
    who: 'ユーザー?|宛先|受信者|メールボックス|メールアドレス|アドレス|アカウント|あて先',
    unknown:
      '存在しません|存在しない|見つかりません|見つからない|不明|ありません|登録されていません|無効なアドレス',
    full: 'いっぱい|容量|満杯|一杯',
    disabled: '停止|凍結|無効|休止|解約',
    source: JUDGEMENT,
  },
  {
    language: 'ko',
    who: '사용자|수신자|메일 ?함|메일 ?박스|편지 ?함|계정|메일 ?주소|주소|이메일|아이디|받는 ?사람',
    unknown: '존재하지 않|없습니다|없는|찾을 수 없|알 수 없|잘못된|유효하지 않',
    full: '초과|가득|부족',
    disabled: '정지|휴면|비활성|해지|중지|탈퇴',
    source: JUDGEMENT,
  },
  {
    language: 'vi',
    who: 'nguoi dung|nguoi nhan|dia chi|hop thu|tai khoan',
    unknown: 'khong ton tai|khong hop le|khong tim thay',
    full: '\\bday\\b|vuot qua',
    disabled: 'bi khoa|vo hieu|tam ngung|bi xoa',
    source: JUDGEMENT,
  },
  {
    language: 'id',
    who: 'pengguna|penerima|alamat|akun|kotak surat',
    unknown: 'tidak (?:ditemukan|dikenal|ada|valid|terdaftar)',
    full: 'penuh|melebihi',
    disabled: 'dinonaktifkan|diblokir|ditangguhkan|tidak aktif|dihapus',
    source: JUDGEMENT,
  },
  {
    language: 'ar',
    who: 'المستخدم|المستلم|البريد|العنوان|الحساب|صندوق',
    unknown: 'غير موجود|غير معروف|غير صالح|لا يوجد',
    full: 'ممتلئ|ممتلئة|تجاوز',
    disabled: 'معطل|موقوف|مغلق',
    source: JUDGEMENT,
  },
  {
    language: 'he',
    who: 'משתמש|נמען|תיבת|תיבה|כתובת|חשבון',
    unknown: 'לא קיים|לא קיימת|לא ידוע|לא נמצא|אינו קיים|אינה קיימת',
    full: 'מלאה|מלא\\b|חריגה',
    disabled: 'חסומה|חסום|מושבת|מבוטל|סגורה',
    source: JUDGEMENT,
  },
];

/** A domain that the host does not serve; before the mailbox words, which some of these contain. */
const DOMAIN_NOT_SERVED: Rule = {
  id: 'domain-in-other-words',
  pattern: anyOf(
    /\bdoma(?:in|ene)e?\b[^.;]{0,30}?(?:nicht (?:gehostet|bekannt|zustandig|verwaltet|betreut|lokal|eingerichtet|konfiguriert)|unbekannt|existiert (?:\w+ )?nicht)/u,
    /\b(?:fur|an) (?:diese|die) domain\b[^.;]{0,30}?(?:kein|nicht)/u,
    /\b(?:nicht zustandig fur|unbekannte|kein relay fur)(?: \w+)? domain/u,
    /\bdomaine\b[^.;]{0,30}?(?:inconnu|inexistant|n'est pas (?:gere|heberge|connu|local)|non (?:gere|heberge|local))/u,
    /\bdominio\b[^.;]{0,30}?(?:no (?:es|esta|existe|se)\b|desconocid|nao (?:e|esta|existe|hospedad)|desconhecid|non (?:e |esiste|gestit|ospitat|local)|sconosciut|inexistente)/u,
    /\bdomen[ay]?\b[^.;]{0,30}?(?:nie (?:jest|istnieje)|nieznan|neexist|neznam)/u,
    /домен\S*[^.;]{0,30}?(?:не (?:обслуживается|существует|наиден|наидена|известен)|неизвест)/u,
    /(?:域名|网域|網域)[^。;]{0,12}?(?:不存在|无效|無效|未找到|不是本地)/u,
  ),
  codes: ['5'],
  label: 'domain_not_served',
  source: JUDGEMENT,
  date: DATE,
};

/** Full and disabled first: "konto zablokowane lub nieznane" is a mailbox that was there. */
export const FOREIGN_RULES: readonly Rule[] = [
  DOMAIN_NOT_SERVED,
  ...PHRASES.flatMap((phrases) => (phrases.full === undefined ? [] : [rule('full', phrases, phrases.full)])),
  ...PHRASES.flatMap((phrases) =>
    phrases.disabled === undefined ? [] : [rule('disabled', phrases, phrases.disabled)],
  ),
  ...PHRASES.map((phrases) => rule('unknown', phrases, phrases.unknown)),
];

function rule(about: keyof typeof LABELS, phrases: Phrases, predicate: string): Rule {
  // \b knows only ASCII letters, so other scripts go without; their words are long enough to stand alone.
  const isLatin = /^[a-z]/.test(phrases.who);
  const edge = isLatin ? String.raw`\b` : '';
  const who = `${edge}(?:${phrases.who})${edge === '' ? '' : '(?![a-z])'}`;
  const what = `${edge}(?:${predicate})${edge === '' ? '' : String.raw`(?![a-z])`}`;
  const phrase =
    about === 'unknown' && phrases.unknownPhrase !== undefined ? `|${phrases.unknownPhrase}` : '';
  return {
    id: `${about}-${phrases.language}`,
    pattern: new RegExp(`${who}[^.;]{0,40}?${what}|${what}[^.;]{0,40}?${who}${phrase}`, 'u'),
    ...(isLatin ? {} : { isBeyondAscii: true as const }),
    codes: about === 'full' ? ['4', '5'] : ['5', '450'],
    label: LABELS[about],
    source: phrases.source,
    date: DATE,
  };
}
