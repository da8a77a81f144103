import { describe, expect, it } from 'vitest';
import type { ProbeRow } from '../../src/domain/row.ts';
import type { Trail } from '../../src/domain/trail.ts';
import { OperationalError } from '../../src/platform/operational-error.ts';
import type { FromWorker, ToWorker } from '../../src/worker/messages.ts';
import { parseFromWorker, parseToWorker } from '../../src/worker/parse-message.ts';
import { resultFor } from '../pool/recorder.ts';
import { decidedRow, row, sliceOf } from '../pool/rows.ts';
import { assignment, settings, trail } from './equipment.ts';

const nowhere = { type: 'failure', stage: 'dns', failure: 'no-such-domain', detail: 'NXDOMAIN' } as const;
const lost = row(3, 'lost');
const slice = {
  ...sliceOf(row(1, 'a'), decidedRow(2)),
  rows: [row(1, 'a'), decidedRow(2), lost, { ...row(4, 'a'), listId: undefined }],
  routes: { ...sliceOf(row(1, 'a')).routes, 'lost.example': { type: 'none', observed: nowhere } },
  catchAll: { 'a.example': 'unknown' },
} as const;

const hosts = ['mx1', 'mx2'].map((name) => ({ name, ips: undefined }));
const furtherDown = {
  ...sliceOf(row(1, 'a')),
  rows: [{ ...row(1, 'a'), target: { ...row(1, 'a').target, trail } as ProbeRow['target'] }],
  routes: { 'a.example': { type: 'hosts', hosts, startsAt: 1, destination: 'mx2' } },
} as const;
const reply = { code: 450, enhanced: '4.7.1', text: '4.7.1 later' };
const putOff: Trail = { ...trail, evidence: { type: 'reply', stage: 'rcpt', host: 'mx1', reply } };

const TO_WORKER: readonly ToWorker[] = [
  { type: 'settings', settings },
  { type: 'begin', assignment },
  { type: 'begin', assignment: { ...assignment, logFile: undefined } },
  { type: 'slice', slice },
  { type: 'slice', slice: furtherDown },
  { type: 'yield' },
  { type: 'widen', maxSessions: 128 },
  { type: 'relieve' },
  { type: 'finish' },
];

const FROM_WORKER: readonly FromWorker[] = [
  { type: 'ready' },
  { type: 'alive' },
  { type: 'draining' },
  {
    type: 'results',
    sliceId: 1,
    results: [resultFor(row(1, 'a'))],
    catchAll: { 'a.example': 'yes' },
    sessions: ['a', 'a'],
    settled: ['a'],
  },
  { type: 'slice-done', sliceId: 1, unstarted: [2, 3] },
  { type: 'slice-done', sliceId: 1, unstarted: [-7] }, // the CRM's ids are signed
  { type: 'handed-on', slices: [{ sliceId: 1, unstarted: [-7, 3], destinations: ['a'] }] },
  {
    type: 'onward',
    sliceId: 1,
    destination: 'mx1',
    rows: [
      { id: -7, trail },
      { id: 3, trail: putOff },
    ],
    stops: { 'a.example': { startsAt: 1, destination: 'mx2' } },
  },
  { type: 'finished', processed: 54 },
  { type: 'failed', code: 'FILE_NOT_WRITTEN', message: 'no space left' },
];

/** What arrives when a message has gone through the channel. */
function throughJson(message: unknown): unknown {
  return JSON.parse(JSON.stringify(message));
}

describe('parseToWorker and parseFromWorker', () => {
  it.each(TO_WORKER)('takes what a parent sends: $type', (message) => {
    expect(parseToWorker(throughJson(message))).toEqual(message);
  });

  it.each(FROM_WORKER)('takes what a worker sends: $type', (message) => {
    expect(parseFromWorker(throughJson(message))).toEqual(message);
  });

  it.each([
    [
      'nothing',
      undefined,
      'message should be one of the types settings, widen, begin, slice, yield, relieve, leave, finish and is nothing',
    ],
    [
      'a text',
      'slice',
      'message should be one of the types settings, widen, begin, slice, yield, relieve, leave, finish and is "slice"',
    ],
    ['an unknown type', { type: 'toString' }, 'and is {"type":"toString"}'],
    [
      'settings without a port',
      { type: 'settings', settings: { ...settings, port: undefined } },
      'message.settings.port should be a whole number and is nothing',
    ],
    [
      'a row without an id',
      { type: 'slice', slice: { ...slice, rows: [{ ...slice.rows[0], id: 'x' }] } },
      'message.slice.rows[0].id should be an integer and is "x"',
    ],
    [
      'a verdict that is none',
      {
        type: 'slice',
        slice: {
          ...slice,
          rows: [{ ...decidedRow(1), target: { ...decidedRow(1).target, verdict: 'good' } }],
        },
      },
      'message.slice.rows[0].target.verdict should be valid or invalid or',
    ],
    [
      'a row whose domain has no route',
      { type: 'slice', slice: { ...slice, routes: {} } },
      'message.slice.routes should be a route for a.example and is nothing',
    ],
    [
      'a failure that is none',
      {
        type: 'slice',
        slice: { ...slice, routes: { x: { type: 'none', observed: { ...nowhere, failure: 'odd' } } } },
      },
      'message.slice.routes.x.observed.failure should be',
    ],
  ])('refuses %s and says where', (_name, value, sentence) => {
    const parse = () => parseToWorker(value);

    expect(parse).toThrow(OperationalError);
    expect(parse).toThrow(sentence);
  });

  it.each([
    [
      'a result without a token',
      { ...resultFor(row(1, 'a')), token: undefined },
      'results[0].token should be a string',
    ],
    [
      'a status that is none',
      { ...resultFor(row(1, 'a')), status: 'pending' },
      'results[0].status should be valid or',
    ],
    [
      'a reason that could break a line',
      { ...resultFor(row(1, 'a')), reason: 'x\ny' },
      'results[0].reason should be a reason',
    ],
    [
      'a negative time',
      { ...resultFor(row(1, 'a')), ms: -1 },
      'results[0].ms should be a number of 0 or more',
    ],
    [
      'a stage that is none',
      { ...resultFor(row(1, 'a')), stage: 'lunch' },
      'results[0].stage should be dns or connect',
    ],
    [
      'a dialogue that is no text',
      { ...resultFor(row(1, 'a')), transcript: ['C: QUIT'] },
      'results[0].transcript should be a string',
    ],
  ])('refuses %s', (_name, result, sentence) => {
    expect(() =>
      parseFromWorker({
        type: 'results',
        sliceId: 1,
        results: [result],
        catchAll: {},
        sessions: [],
        settled: [],
      }),
    ).toThrow(sentence);
  });
});
