// HTML as a value of its own, so that no text gets into a page unescaped: whatever is put into html`…` is escaped, unless
// it is HTML that was made in the same way. Words of the CRM and of remote hosts go through `foreign` besides.

import { cleanLine } from '../domain/clean-text.ts';

/** A piece of a page. Only this file makes it. */
export class Html {
  readonly text: string;

  private constructor(text: string) {
    this.text = text;
  }

  /** For what is written in this program and nowhere else: style and drawings. */
  static trusted(text: string): Html {
    return new Html(text);
  }
}

/** What may be put into a page; nothing is shown of what is undefined or false. */
export type Child = Html | string | number | undefined | false | readonly Child[];

/** Gives the page, or its piece, with everything that is put into it escaped. Attributes must stand in double quotes. */
export function html(parts: TemplateStringsArray, ...children: readonly Child[]): Html {
  return Html.trusted(parts.reduce((text, part, index) => text + textOf(children[index - 1]) + part));
}

/** Words of others: on one line, without what is not seen, at most `max` long, and not turning what stands around them. */
export function foreign(text: string, max = 200): Html {
  return html`<bdi>${cleanLine(text, max)}</bdi>`;
}

function textOf(child: Child): string {
  if (child === undefined || child === false) return '';
  if (child instanceof Html) return child.text;
  if (typeof child === 'object') return child.map(textOf).join('');
  return String(child).replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
