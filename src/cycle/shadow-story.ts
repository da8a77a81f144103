// The story of a shadow run: as any other, with a word in front of each line, so that nobody takes what it tells for what the
// CRM's tables hold.

import { localStamp } from '../platform/clock.ts';
import type { ShadowScope } from '../store/queues.ts';
import { sentences, type Story } from './story.ts';

/** Puts the word in front of a sentence. */
export function shadowed(sentence: string): string {
  return `SHADOW: ${sentence}`;
}

/** What a shadow run says of itself. */
export function shadowSentence({ since }: ShadowScope): string {
  return sentences.shadow(since === undefined ? undefined : localStamp(since * 1000));
}

/** Tells everything as `story` does, and says in each line that it was in a shadow run. */
export function shadowStory(story: Story): Story {
  return {
    get failure() {
      return story.failure;
    },
    cron: (text, fields) => story.cron(shadowed(text), { ...fields, shadow: true }),
    user: (userId, text, fields) => story.user(userId, shadowed(text), { ...fields, shadow: true }),
  };
}
