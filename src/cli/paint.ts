// Colour where it is wanted. A painter without colour gives texts as they are, so that whoever paints need not ask.

import { wantsColour } from '../platform/environment.ts';

/** What a text is painted as: by its meaning, not by a colour. */
export type Tint = 'heading' | 'quiet' | 'good' | 'doubtful' | 'bad';

export type Paint = (tint: Tint, text: string) => string;

const CODES: Readonly<Record<Tint, string>> = {
  heading: '1',
  quiet: '2',
  good: '32',
  doubtful: '33',
  bad: '31',
};

export const unpainted: Paint = (_tint, text) => text;

export const inColour: Paint = (tint, text) =>
  text === '' ? text : `\u001B[${CODES[tint]}m${text}\u001B[0m`;

export function paintFor(stream: { readonly isTTY?: boolean | undefined }): Paint {
  return wantsColour(stream) ? inColour : unpainted;
}
