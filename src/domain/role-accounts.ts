// Local parts that stand for a function and not for a person: those of RFC 2142, and what firms of several countries
// use beside them. Picked by hand; kept in lower case, without dots, dashes and underscores.

const ROLES: ReadonlySet<string> = new Set(
  [
    // RFC 2142 §3 to §5
    'info marketing sales support abuse noc security postmaster hostmaster usenet news webmaster www uucp ftp',
    // machines and robots
    'admin administrator root sysadmin daemon mailerdaemon noreply donotreply bounce bounces nobody dnsadmin',
    'list listserv majordomo subscribe unsubscribe newsletter notifications alerts',
    // English
    'contact contactus hello hi office team help helpdesk service customerservice customercare billing invoice',
    'invoices accounts accounting accountspayable payments finance orders order booking bookings reservations',
    'hr jobs job careers career recruiting recruitment press media pr legal privacy dpo compliance',
    'enquiries enquiry inquiries feedback reception purchasing procurement management board shop store web it all staff everyone',
    // German
    'kontakt buero buro vertrieb verkauf einkauf bestellung bestellungen rechnung rechnungen buchhaltung bewerbung',
    'bewerbungen personal datenschutz verwaltung zentrale kundenservice kundendienst anfrage anfragen redaktion praxis',
    // French
    'accueil commercial comptabilite direction secretariat rh recrutement contacter facturation reservation mairie',
    // Spanish and Portuguese
    'contacto ventas administracion soporte rrhh facturacion pedidos reservas informacion atencionalcliente',
    'contato vendas financeiro atendimento suporte comercial administrativo secretaria geral',
    // Italian
    'amministrazione vendite ufficio segreteria assistenza commerciale contabilita direzione ordini prenotazioni',
    // Dutch, Nordic, Polish, Czech
    'verkoop administratie klantenservice boekhouding receptie post postmottak faktura ekonomi kundservice',
    'biuro sprzedaz kadry sekretariat ksiegowosc rekrutacja zamowienia obchod objednavky podpora fakturace',
  ].flatMap((words) => words.split(' ')),
);

/** Gives the role that `local` names, as the list has it (`no-reply` is `noreply`, `info+web` is `info`); undefined for a person's. */
export function roleOf(local: string): string | undefined {
  const plain = local.toLowerCase().replace(/\+.*$/su, '').replace(/[._-]/gu, '');
  return ROLES.has(plain) ? plain : undefined;
}
