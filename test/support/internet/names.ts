// Names for made worlds: people, firms, and texts that look like addresses and are none. Domains end in the
// names that RFC 2606 reserves, so that nothing here can ever be somebody's.

import { domainToASCII } from 'node:url';
import type { Random } from './random.ts';

const FIRST =
  'ann ben cem dora emil finn gro hana ivo jane karl lena max nora olaf pia quinn rosa sven tara udo vera will yara zoe'.split(
    ' ',
  );
const LAST =
  'abel brandt cook diaz evans fischer gruber holm ito jansen kaya lang meyer novak okoro perez rossi sato tanaka ulrich varga weber young zhang'.split(
    ' ',
  );
const TRADE =
  'alder amber birch cedar cobalt copper delta ember falcon granite harbor indigo juniper keystone lumen maple north onyx prairie quartz river silver timber violet willow'.split(
    ' ',
  );
const THING =
  'works mills trade media foods labs press tools farms bank print wines parts motors yards books design energy stone textil'.split(
    ' ',
  );
const FAR = [
  'müller',
  'bücher',
  'københavn',
  'żółw',
  'почта',
  '例え',
  'αλφα',
  'español',
  'réseau',
  'türkiye',
];

/** A domain as people write it, and as it stands in the DNS. */
export interface DomainName {
  readonly written: string;
  readonly ascii: string;
}

/** Gives domains that differ from each other by their number. */
export function nameDomain(number: number, random: Random): DomainName {
  const written = `${random.pick(TRADE)}-${random.pick(THING)}-${number}.example`;
  return { written, ascii: written };
}

/** The same with letters beyond ASCII (RFC 5890). */
export function nameIdnDomain(number: number, random: Random): DomainName {
  const written = `${random.pick(FAR)}-${number}.example`;
  return { written, ascii: domainToASCII(written) };
}

/** A local part as most people have one, ending in `number`. */
export function nameMailbox(number: number, random: Random): string {
  const [first, last] = [random.pick(FIRST), random.pick(LAST)];
  return random.pick([
    `${first}.${last}${number}`,
    `${first}${number}`,
    `${first[0]}${last}${number}`,
    `${last}_${number}`,
  ]);
}

/** A local part that careless programs refuse although RFC 5321 §4.1.2 allows it. */
export function nameUnusualMailbox(number: number, random: Random): string {
  const last = random.pick(LAST);
  return random.pick([
    `o'${last}${number}`,
    `${number}`,
    `${last}=home${number}`,
    `${last}/${number}`,
    `{${last}}${number}`,
    `"${last} ${number}"`,
  ]);
}

/** A text that no parser may take for an address, and that must never reach the wire. */
export function nameNoAddress(number: number, domain: string, random: Random): string {
  const name = `${random.pick(FIRST)}${number}`;
  return random.pick([
    `${name}.${domain}`,
    `${name}@@${domain}`,
    `.${name}@${domain}`,
    `${name}..x@${domain}`,
    `${name}.@${domain}`,
    `${name} x@${domain}`,
    `${name}@`,
    `@${name}.${domain}`,
    `${name}@localhost`,
    `"${name}@${domain}`,
    `<${name}@${domain}>`,
    `${name}@[192.0.2.1]`,
    `${name}@-${domain}`,
    `${name}\u0007@${domain}`,
    `${name}@${domain}\r\nRCPT TO:<victim@${domain}>`,
    `${name}${'x'.repeat(65)}@${domain}`,
  ]);
}
