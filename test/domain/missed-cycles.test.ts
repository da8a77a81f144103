import { describe, expect, it } from 'vitest';
import { missedSeconds } from '../../src/domain/missed-cycles.ts';
import { overviewOf } from '../../src/domain/overview.ts';
import { NOW, figuresOf, listOf, putOffOf, serverOf } from './some-figures.ts';

const idle = (seenAt: number) => serverOf({ state: 'idle', seenAt });

describe('missedSeconds', () => {
  it.each([
    { case: 'a server is at work', figures: { servers: [serverOf()] }, missed: undefined },
    { case: 'a server was idle a minute ago', figures: { servers: [idle(NOW - 60)] }, missed: undefined },
    { case: 'none was heard of for long', figures: { servers: [idle(NOW - 600)] }, missed: 600 },
    {
      case: 'one of them was heard of',
      figures: { servers: [idle(NOW - 600), idle(NOW - 45)] },
      missed: undefined,
    },
    {
      case: 'one that was at work fell silent',
      figures: { servers: [serverOf({ seenAt: NOW - 400 })] },
      missed: 400,
    },
    { case: 'none was ever heard of', figures: { servers: [] }, missed: Infinity },
    {
      case: 'a cycle was seen here a minute ago',
      figures: { servers: [idle(NOW - 600)] },
      seenHereAt: NOW - 60,
      missed: undefined,
    },
    {
      case: 'the last was seen here long ago',
      figures: { servers: [] },
      seenHereAt: NOW - 900,
      missed: 900,
    },
    {
      case: 'all that is left waits for another attempt',
      figures: {
        servers: [idle(NOW - 600)],
        lists: [listOf({ putOff: putOffOf(60) })],
      },
      missed: undefined,
    },
  ])('is $missed where $case', ({ figures, seenHereAt, missed }) => {
    expect(missedSeconds(overviewOf(figuresOf(figures)), seenHereAt)).toBe(missed);
  });
});
