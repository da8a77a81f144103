import { describe, expect, it } from 'vitest';
import { judgeExit, type ProcessEnd, type WorkDone } from '../../src/pool/worker-exit.ts';

function end(over: Partial<ProcessEnd>): ProcessEnd {
  const well = { code: 0, signal: undefined, wasReady: true, wasStopped: true, killedFor: undefined };
  return { ...well, detail: undefined, stderr: '', ...over };
}

function work(over: Partial<WorkDone> = {}): WorkDone {
  const nothing = { slot: 7, given: 0, reported: 0, open: 0, reportedEver: 0, failed: undefined };
  return { ...nothing, rowsGo: 'to the queue', ...over };
}

const midway = work({ given: 1000, reported: 588, open: 412, reportedEver: 588 });
const atOnce = work({ given: 54, open: 54 });
const stack =
  "/srv/worker.cjs:9\nTypeError: Cannot read properties of undefined (reading 'x')\n    at f (/srv/worker.cjs:9:1)\n\nNode.js v20.20.2\n";

describe('judgeExit', () => {
  it.each([
    ['an idle worker that was told to end', end({}), work()],
    ['a worker that drained and had no row left', end({}), work({ given: 9, reported: 5, reportedEver: 5 })],
    ['a worker that somebody else told to end', end({ wasStopped: false }), work()],
    [
      'a process that Ctrl-C reached before it was ready',
      end({ code: undefined, signal: 'SIGINT', wasReady: false, wasStopped: false }),
      work(),
    ],
    [
      'a process told to end before it was ready',
      end({ code: undefined, signal: 'SIGTERM', wasReady: false }),
      work(),
    ],
    [
      'a worker told to end that a slow host kept beyond the grace',
      end({ code: undefined, signal: 'SIGKILL', killedFor: 'deaf', detail: '10 s' }),
      midway,
    ],
    ['a worker told to end with rows that it had not begun', end({}), midway],
  ])('finds nothing wrong with %s', (_name, ended, done) => {
    expect(judgeExit(ended, done)).toEqual({
      isFailure: false,
      structural: 'no',
      sentence: 'worker in slot 7 ended',
    });
  });

  it.each([
    [
      'a crash midway',
      end({ code: 70, wasStopped: false }),
      midway,
      'no',
      'worker in slot 7 exited with 70 after 588 of 1,000 rows; 412 go back to the queue',
    ],
    [
      'a crash before the first result, with its last words',
      end({ code: 70, wasStopped: false, stderr: stack }),
      atOnce,
      'possible',
      "worker in slot 7 exited with 70 after 0 of 54 rows; 54 go back to the queue. It wrote: TypeError: Cannot read properties of undefined (reading 'x')",
    ],
    [
      'an end before it was ready',
      end({ code: 1, wasReady: false, wasStopped: false, stderr: 'no such file\n' }),
      work(),
      'possible',
      'worker in slot 7 exited with 1 before it was ready. It wrote: no such file',
    ],
    [
      'a process that never was',
      end({ code: undefined, wasReady: false, wasStopped: false, detail: 'spawn EAGAIN' }),
      work(),
      'possible',
      'worker in slot 7 could not be started (spawn EAGAIN: no more processes are allowed; raise the limit (ulimit -u), or lower TOTAL_WORKERS_POOL)',
    ],
    [
      'a worker that was killed for its silence',
      end({ code: undefined, signal: 'SIGKILL', wasStopped: false, killedFor: 'silent', detail: '30 s' }),
      midway,
      'no',
      'worker in slot 7 gave no sign of life for 30 s and was killed after 588 of 1,000 rows; 412 go back to the queue',
    ],
    [
      'a worker that never became ready',
      end({
        code: undefined,
        signal: 'SIGKILL',
        wasReady: false,
        wasStopped: false,
        killedFor: 'not-ready',
        detail: '30 s',
      }),
      work(),
      'possible',
      'worker in slot 7 was not ready within 30 s and was killed',
    ],
    [
      'a worker that sent what is no message, on one line',
      end({
        code: undefined,
        signal: 'SIGKILL',
        wasStopped: false,
        killedFor: 'malformed',
        detail: 'not\nunderstood',
      }),
      midway,
      'no',
      'worker in slot 7 was killed for what it sent (not understood) after 588 of 1,000 rows; 412 go back to the queue',
    ],
    [
      'a kill that was not ours',
      end({ code: undefined, signal: 'SIGKILL', wasStopped: false }),
      midway,
      'no',
      'worker in slot 7 was killed by SIGKILL, not by us (see whether the kernel ran out of memory: dmesg) after 588 of 1,000 rows; 412 go back to the queue',
    ],
    [
      'a worker that ended with rows in hand, though its exit code is 0',
      end({ wasStopped: false }),
      midway,
      'no',
      'worker in slot 7 exited with 0 after 588 of 1,000 rows; 412 go back to the queue',
    ],
    [
      'a worker that said that it cannot go on',
      end({ code: 74, wasStopped: false }),
      { ...midway, failed: { code: 'FILE_NOT_WRITTEN', message: 'no space left\non device' } },
      'certain',
      'worker in slot 7 cannot go on: no space left on device (FILE_NOT_WRITTEN); it ended after 588 of 1,000 rows; 412 go back to the queue',
    ],
  ] as const)('tells of %s', (_name, ended, done, structural, sentence) => {
    expect(judgeExit(ended, done)).toEqual({ isFailure: true, structural, sentence });
  });

  it('lets nothing that a process wrote break or colour a line', () => {
    const { sentence } = judgeExit(
      end({ code: 1, wasStopped: false, stderr: 'bad\u001b[31m\u0085red\u2028x\r\n' }),
      midway,
    );

    expect(sentence).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
  });
});
