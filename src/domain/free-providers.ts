// Domains at which anybody gets a mailbox for nothing, or with their internet access, and those among them that are
// typed so often that a near miss is likely a slip. Picked by hand from common knowledge.

/** The most used, in the order in which a slip is looked up: of two that are as near, the first is meant. */
export const COMMON_DOMAINS: readonly string[] =
  `gmail.com yahoo.com hotmail.com outlook.com icloud.com aol.com live.com msn.com
  googlemail.com hotmail.co.uk yahoo.co.uk yahoo.co.in yahoo.fr hotmail.fr hotmail.it hotmail.es yahoo.es yahoo.it
  yahoo.de yahoo.com.br hotmail.de outlook.fr outlook.de protonmail.com comcast.net verizon.net sbcglobal.net
  bellsouth.net cox.net earthlink.net btinternet.com orange.fr wanadoo.fr laposte.net t-online.de freenet.de
  libero.it virgilio.it tiscali.it yandex.ru rambler.ru rediffmail.com naver.com bigpond.com rocketmail.com`.split(
    /\s+/,
  );

const FREE: ReadonlySet<string> = new Set([
  ...COMMON_DOMAINS,
  ...[
    // Worldwide
    'ymail.com mail.com email.com me.com mac.com proton.me pm.me tutanota.com tutanota.de tuta.io tuta.com zoho.com zohomail.com',
    'fastmail.com fastmail.fm hushmail.com gmx.com gmx.net gmx.us inbox.com aim.com myself.com usa.com europe.com consultant.com',
    'runbox.com mailfence.com startmail.com disroot.org riseup.net hey.com duck.com passport.com windowslive.com live.net',
    // Yahoo, Microsoft and AOL by country
    'yahoo.ca yahoo.com.au yahoo.com.mx yahoo.com.ar yahoo.com.ph yahoo.com.sg yahoo.com.hk yahoo.com.tw yahoo.com.vn yahoo.in',
    'yahoo.co.id yahoo.co.jp yahoo.co.th yahoo.co.nz yahoo.ie yahoo.gr yahoo.pl yahoo.ro yahoo.se yahoo.dk yahoo.no yahoo.nl yahoo.be yahoo.com.tr',
    'hotmail.ca hotmail.be hotmail.nl hotmail.se hotmail.no hotmail.dk hotmail.com.br hotmail.com.ar hotmail.com.mx hotmail.com.tr hotmail.com.au hotmail.ch hotmail.gr hotmail.co.jp hotmail.co.th',
    'live.co.uk live.fr live.de live.nl live.it live.be live.se live.dk live.no live.ca live.com.au live.com.mx live.com.pt live.cn live.jp live.in',
    'outlook.es outlook.it outlook.pt outlook.com.br outlook.jp outlook.in outlook.at outlook.be outlook.dk outlook.ie outlook.co.id aol.de aol.fr aol.co.uk aol.it',
    // German, Austrian, Swiss
    'gmx.de gmx.at gmx.ch web.de email.de mail.de posteo.de mailbox.org arcor.de online.de kabelmail.de vodafone.de o2online.de aon.at chello.at bluewin.ch sunrise.ch hispeed.ch',
    // French, Belgian, Dutch
    'free.fr sfr.fr neuf.fr numericable.fr bbox.fr aliceadsl.fr club-internet.fr gmx.fr skynet.be telenet.be proximus.be ziggo.nl kpnmail.nl planet.nl hetnet.nl xs4all.nl home.nl upcmail.nl casema.nl',
    // Italian, Spanish, Portuguese
    'alice.it tin.it tim.it inwind.it iol.it email.it fastwebnet.it poste.it telefonica.net terra.es ono.com sapo.pt clix.pt iol.pt',
    // British, Irish
    'sky.com talktalk.net virginmedia.com ntlworld.com blueyonder.co.uk tiscali.co.uk btopenworld.com eircom.net',
    // North America
    'att.net charter.net spectrum.net optonline.net frontier.com frontiernet.net windstream.net juno.com netzero.net roadrunner.com rr.com mindspring.com shaw.ca rogers.com sympatico.ca bell.net telus.net videotron.ca',
    // Latin America
    'uol.com.br bol.com.br terra.com.br ig.com.br globo.com globomail.com r7.com prodigy.net.mx fibertel.com.ar speedy.com.ar arnet.com.ar',
    // Russian and neighbours
    'mail.ru bk.ru inbox.ru list.ru internet.ru yandex.com yandex.by yandex.kz yandex.ua ya.ru lenta.ru autorambler.ru ukr.net i.ua meta.ua bigmir.net tut.by mail.ua',
    // Central and Northern Europe
    'wp.pl o2.pl onet.pl onet.eu op.pl interia.pl interia.eu gazeta.pl tlen.pl poczta.fm vp.pl seznam.cz email.cz centrum.cz post.cz volny.cz atlas.cz azet.sk centrum.sk zoznam.sk freemail.hu citromail.hu abv.bg mail.bg',
    'telia.com spray.se bredband.net online.no hotmail.fi luukku.com suomi24.fi mail.dk inbox.lv inbox.lt one.lt mail.ee',
    // Asia and Oceania
    'qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com aliyun.com 139.com 189.cn 21cn.com tom.com hanmail.net daum.net nate.com kakao.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp i.softbank.jp nifty.com ocn.ne.jp biglobe.ne.jp rediff.com',
    'optusnet.com.au iinet.net.au tpg.com.au ozemail.com.au xtra.co.nz hinet.net seed.net.tw pchome.com.tw singnet.com.sg streamyx.com walla.com walla.co.il bezeqint.net mynet.com superonline.com',
    // Africa
    'webmail.co.za mweb.co.za vodamail.co.za telkomsa.net',
  ].flatMap((domains) => domains.split(' ')),
]);

/** True of a domain of the list, in lower case. */
export function isFreeDomain(domain: string): boolean {
  return FREE.has(domain);
}
