// Settings, an assignment and what a row brings from a dead host, for the tests of the worker.

import type { Trail } from '../../src/domain/trail.ts';
import type { Assignment, ProbeSettings } from '../../src/worker/messages.ts';

export const settings: ProbeSettings = {
  ehloName: 'verify.example.net',
  mailFrom: 'probe@verify.example.net',
  port: 25,
  replyTimeoutMs: 15_000,
  connectTimeoutMs: 15_000,
  sessionDeadlineMs: 20_000,
  dnsServers: [],
  allowPrivateMx: true,
  ipFamily: 'any',
  proxyRoutes: {},
  controlKey: 'key',
  retryDelaysSeconds: [300, 900],
  maxSessions: 20,
  policies: [],
};

export const assignment: Assignment = {
  cycleId: '20261124T044412123Z-server1',
  server: 'server1',
  userId: 5,
  workerId: 1,
  batchFile: '/nowhere/worker_1.json',
  logFile: '/nowhere/user_5_worker_1.log',
};

export const trail: Trail = {
  evidence: { type: 'failure', stage: 'connect', host: 'mx1', ip: '192.0.2.7', failure: 'refused' },
  rank: 0,
  evasions: 0,
  deaths: 0,
  transcript: ['→ mx1[192.0.2.7]:25', '✗ refused at connect'],
  ms: 12,
};
