// A story is told in paragraphs (explain.ts): what they may be about, in the order in which they are told.

export interface Paragraph {
  /** The catchword that it stands under. */
  readonly about:
    'verdict' | 'asked' | 'said' | 'control' | 'conclusion' | 'why not' | 'CRM' | 'waiting' | 'domain';
  readonly text: string;
}

/** The catchwords as people read them. */
export const HEADINGS = {
  verdict: 'Verdict',
  asked: 'Asked',
  said: 'Said',
  control: 'Control',
  conclusion: 'Conclusion',
  'why not': 'Why not',
  CRM: 'In the CRM',
  waiting: 'Waiting',
  domain: 'Domain',
} as const satisfies Record<Paragraph['about'], string>;

/** How a time on the database's clock (seconds since 1970) is written. */
export type ShowTime = (epochSeconds: number) => string;
