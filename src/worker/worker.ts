// The worker as its parent knows it: takes assignments and slices, says what became of them, and ends when it is
// told to, when its parent is gone, or when it cannot write. The order of things lives here; probing is
// run-slice.ts, files are assignment-record.ts, processes and signals main.ts.
//
// Results are on disk before they are told, and mostly well before: from when their answers were heard.
// Between `begin` and `finished` there is one assignment. A slice that comes after the drain was raised goes straight
// back, so that no message crossing another can lose one.

import { EXIT, OperationalError } from '../platform/operational-error.ts';
import type { Clock } from '../platform/clock.ts';
import { Places } from '../platform/places.ts';
import { AssignmentRecord } from './assignment-record.ts';
import type { Assignment, FromWorker, ProbeSettings, Slice, ToWorker } from './messages.ts';
import { Outbox, type Delivery } from './outbox.ts';
import { parseToWorker } from './parse-message.ts';
import { startSlice, type RunningSlice, type SliceTools } from './run-slice.ts';

export interface WorkerParts {
  /** Hands a message to the parent; resolves when it has left, or cannot any more. Never rejects. */
  readonly send: (message: FromWorker) => Promise<void>;
  /** Ends the process. */
  readonly exit: (code: number) => void;
  /** What `ps` shows. */
  readonly setTitle: (title: string) => void;
  readonly createProbe: (settings: ProbeSettings) => Probing;
  readonly clock: Clock;
  readonly random: () => number;
  readonly pid: number;
}

/** What asks, and how destinations are to be dealt with. */
export type Probing = Pick<SliceTools, 'probe' | 'mannersOf' | 'destinationOf' | 'isProbed'>;

/** What stays the same for all assignments of a process. */
type Equipment = Probing & Pick<SliceTools, 'places' | 'policy'>;

interface Current {
  readonly record: AssignmentRecord;
  readonly drain: AbortController;
  readonly openSlices: Map<number, RunningSlice>;
}

export class Worker {
  readonly #parts: WorkerParts;
  readonly #outbox: Outbox;
  #equipment: Equipment | undefined;
  #current: Current | undefined;
  #isDraining = false;
  /** What keeps us from going on, once what is in flight is done. */
  #obstacle: OperationalError | undefined;
  #hasFailed = false;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
    this.#outbox = new Outbox(parts.send);
  }

  /** Takes a message; resolves when what it asks for is done. Rejects with a bug. */
  async receive(raw: unknown): Promise<void> {
    if (this.#hasFailed) return;
    try {
      await this.#obey(parseToWorker(raw));
    } catch (error) {
      if (!(error instanceof OperationalError)) throw error;
      await this.#fail(error);
    }
  }

  /** SIGTERM: starts nothing new. Ends at once without an assignment, and otherwise when it is finished. */
  async drain(): Promise<void> {
    if (this.#isDraining || this.#hasFailed) return;
    this.#isDraining = true;
    this.#current?.drain.abort();
    await this.#outbox.say({ type: 'draining' }); // and with it whatever was said before
    if (this.#current === undefined) this.#parts.exit(EXIT.done);
  }

  /** The parent is gone. The journal has every result; the next cycle reads it. */
  abandon(): void {
    this.#closeRecord();
    this.#parts.exit(this.#current === undefined ? EXIT.done : EXIT.incomplete);
  }

  async #obey(message: ToWorker): Promise<void> {
    switch (message.type) {
      case 'settings':
        this.#equipment = {
          ...this.#parts.createProbe(message.settings),
          places: new Places(message.settings.maxSessions),
          policy: message.settings,
        };
        return;
      case 'widen':
        if (this.#equipment === undefined) throw outOfTurn(message.type);
        this.#equipment.places.widen(message.maxSessions);
        return;
      case 'begin':
        if (this.#current !== undefined) throw outOfTurn(message.type);
        this.#current = this.#begin(message.assignment);
        return;
      case 'slice':
        return this.#work(message.slice);
      case 'yield':
      case 'relieve':
        return this.#handOn(message.type);
      case 'leave':
        for (const slice of this.#current?.openSlices.values() ?? []) slice.leave(message.destination);
        return;
      case 'finish':
        return this.#finish();
    }
  }

  #begin(assignment: Assignment): Current {
    const { server, userId, workerId } = assignment;
    this.#parts.setTitle(`smtp-worker ${server} user${userId} w${workerId}`);
    const drain = new AbortController();
    if (this.#isDraining) drain.abort();
    return {
      record: new AssignmentRecord(assignment, this.#parts.pid, this.#parts.clock),
      drain,
      openSlices: new Map(),
    };
  }

  async #work(slice: Slice): Promise<void> {
    const current = this.#current;
    if (current === undefined || this.#equipment === undefined) throw outOfTurn('slice');
    this.#attempt(() => current.record.begin(slice));
    const running = startSlice(slice, {
      ...this.#equipment,
      journal: {
        write: (results) => this.#attempt(() => current.record.write(results)),
        withdraw: (ids) => this.#attempt(() => current.record.withdraw(ids)),
      },
      deliver: (news, isWritten) => this.#deliver(news, isWritten, current),
      complain: (destination, complaint) =>
        void this.#outbox.say({ type: 'complaint', destination, complaint }),
      handOn: (handedOn) => {
        this.#attempt(() => current.record.giveBack(handedOn.unstarted.length));
        void this.#outbox.say({ type: 'handed-on', slices: [handedOn] });
      },
      goOn: (onward) => {
        this.#attempt(() => current.record.sendOn(onward.rows.length));
        void this.#outbox.say({ type: 'onward', ...onward });
      },
      random: this.#parts.random,
      drain: current.drain.signal,
    });
    current.openSlices.set(slice.sliceId, running);
    const unstarted = await running.done;
    current.openSlices.delete(slice.sliceId);
    if (this.#hasFailed) return;
    this.#attempt(() => current.record.giveBack(unstarted.length));
    await this.#outbox.say({ type: 'slice-done', sliceId: slice.sliceId, unstarted });
  }

  // Whoever waits for a place, or has one idle, need not wait for what is in flight.
  async #handOn(why: 'yield' | 'relieve'): Promise<void> {
    const current = this.#current;
    if (current === undefined) return;
    const slices = [...current.openSlices].map(([sliceId, slice]) => ({ sliceId, ...slice.handOn() }));
    const unstarted = slices.reduce((sum, slice) => sum + slice.unstarted.length, 0);
    this.#attempt(() => current.record.giveBack(unstarted));
    if (why === 'yield') current.drain.abort();
    await this.#outbox.say({ type: 'handed-on', slices });
  }

  // A result that could not be written down is told all the same, since the database may still take it.
  #deliver(news: Delivery, isWritten: boolean, { record }: Current): void {
    if (this.#hasFailed) return;
    this.#attempt(() => {
      if (!isWritten) record.write(news.results);
      record.tell(news.results);
    });
    this.#outbox.add(news);
  }

  // Called from within the probe too, which must not stumble over a full disk. What is in flight would be asked again: we
  // drain, and fail when we are told to finish.
  #attempt(work: () => void): void {
    if (this.#hasFailed) return;
    try {
      work();
    } catch (error) {
      if (!(error instanceof OperationalError)) throw error;
      this.#obstacle ??= error;
      void this.drain();
    }
  }

  async #finish(): Promise<void> {
    const current = this.#current;
    if (current === undefined || current.openSlices.size > 0) throw outOfTurn('finish');
    if (this.#obstacle !== undefined) throw this.#obstacle;
    const processed = await current.record.finish();
    this.#current = undefined;
    await this.#outbox.say({ type: 'finished', processed });
    if (this.#isDraining) this.#parts.exit(EXIT.done);
  }

  /** Says what it is that stops us, and ends. */
  async #fail(error: OperationalError): Promise<void> {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#current?.drain.abort();
    this.#closeRecord();
    await this.#outbox.say({ type: 'failed', code: error.code, message: error.message });
    this.#parts.exit(error.exitCode);
  }

  // On the way out: a last line that cannot be written changes nothing any more.
  #closeRecord(): void {
    try {
      this.#current?.record.close();
    } catch (error) {
      if (!(error instanceof OperationalError)) throw error;
    }
  }
}

function outOfTurn(type: string): OperationalError {
  return new OperationalError('IPC_MALFORMED', `"${type}" came out of turn`);
}
