// A story is told in paragraphs (explain.ts): what they may be about, in the order in which they are told.

export interface Paragraph {
  /** The catchword that it stands under. */
  readonly about:
    'verdict' | 'asked' | 'said' | 'control' | 'conclusion' | 'why not' | 'CRM' | 'waiting' | 'domain';
  readonly text: string;
}

/** How a time on the database's clock (seconds since 1970) is written. */
export type ShowTime = (epochSeconds: number) => string;
