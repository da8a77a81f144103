// A server's scheduling without processes, sockets, database or clock: users with lists, destinations that answer at a
// pace, and in between what the program decides by (turns, shares, slices, queues, budgets, steps), a second at a
// time. What a worker and a feed do is told again here in short; what is decided is decided by the real functions.

import { allocateWorkers } from '../../src/domain/allocate.ts';
import { cutSlices } from '../../src/domain/cut-slices.ts';
import type { ProbeRow } from '../../src/domain/row.ts';
import { takeTurns } from '../../src/domain/turns.ts';
import { rowsPerClaim } from '../../src/cycle/plan.ts';
import { DestinationBudget } from '../../src/pool/destination-budget.ts';
import { hasRoomFor, nextStep, type PoolView, type SlotView } from '../../src/pool/schedule.ts';
import { destinationOf, destinationsOf, pickRows } from '../../src/pool/slice-queue.ts';
import type { SliceWork } from '../../src/worker/messages.ts';
import { Candidate } from './schedule-candidate.ts';
import type { Outcome, Simulated } from './schedule-world.ts';

const SURVEY_EVERY = 5;
const STARVED_SECONDS = 1;
const MAX_ROWS_IN_HAND = 100_000;

/** Probes about one destination, over one connection, for one slice. */
interface Job {
  readonly destination: string;
  rows: ProbeRow[];
  nextAt: number;
}

interface SimulatedSlot {
  readonly slot: number;
  userId: number;
  slices: { readonly work: SliceWork; readonly jobs: Job[] }[];
  isLeaving: boolean;
}

/** Lets the users' lists be worked through, and tells how it went. */
export function simulate(world: Simulated): Outcome {
  const server = new SimulatedServer(world);
  while (server.now < world.untilSecond && !server.isDone) server.second();
  return server.outcome;
}

class SimulatedServer {
  now = 0;
  readonly #world: Simulated;
  readonly #users: readonly Candidate[];
  readonly #slots = new Map<number, SimulatedSlot>();
  readonly #budget: DestinationBudget;
  #enteredAt = -Infinity;
  #busy = { slots: 0, seconds: 0 };
  #idleSeconds = 0;
  #mostInHand = 0;
  #mostPlaces = 0;

  constructor(world: Simulated) {
    this.#world = world;
    this.#users = world.users.map((user) => new Candidate(user));
    this.#budget = new DestinationBudget({ connectionsFor: world.connectionsFor, begin: () => undefined });
  }

  get isDone(): boolean {
    return this.#users.every(
      ({ user, answered, deferred }) => answered >= user.rows && deferred.length === 0,
    );
  }

  get outcome(): Outcome {
    const users = this.#users.map(({ user, firstAt, lastAt, answered, mostSlots }) => {
      const after = (at: number | undefined) => (at === undefined ? undefined : at - (user.arrivesAt ?? 0));
      const doneAfter = answered >= user.rows ? after(lastAt) : undefined;
      return { userId: user.userId, firstAfter: after(firstAt), doneAfter, answered, mostSlots };
    });
    return {
      users,
      busy: this.#busy.slots / Math.max(this.#busy.seconds * this.#world.limits.poolSize, 1),
      idleSeconds: this.#idleSeconds,
      mostInHand: this.#mostInHand,
      mostPlaces: this.#mostPlaces,
      endedAt: this.now,
    };
  }

  second(): void {
    this.#probe();
    this.#turn();
    for (const user of this.#served) this.#feed(user);
    for (let step = nextStep(this.#view()); step !== undefined; step = nextStep(this.#view())) {
      if (step.type === 'engage') this.#engage(step.userId);
      else if (step.type === 'give') this.#give(this.#slots.get(step.slot)!);
      else if (step.type === 'reclaim') this.#reclaim(this.#slots.get(step.slot)!);
    }
    this.#measure();
    this.now++;
  }

  get #served(): Candidate[] {
    return this.#users.filter(({ state }) => state === 'served');
  }

  readonly #hasPlace = (destination: string): boolean => this.#budget.hasPlace(destination);

  #turn(): void {
    const contenders = this.#users.filter((one) => one.state !== 'served' && one.due(this.now) > 0);
    const isAllInFlight = (one: Candidate) => one.queue.rows === 0 && one.due(this.now) === 0;
    for (const one of this.#users) {
      if (one.state !== 'away' && one.queue.rows === 0 && one.inFlight === 0 && one.due(this.now) === 0)
        Object.assign(one, { state: 'away', workers: 0 });
    }
    const mayMove =
      this.#served.filter((one) => !isAllInFlight(one)).length < this.#world.limits.maxConcurrentUsers;
    if (contenders.length > 0 && (mayMove || this.now % SURVEY_EVERY === 0)) {
      const turns = takeTurns(
        {
          contenders: contenders.map(({ user, lastServed }) => ({
            userId: user.userId,
            oldestRowId: user.userId,
            waitedSeconds: lastServed === undefined ? undefined : this.now - lastServed,
          })),
          holders: this.#served.map((one) => ({
            userId: one.user.userId,
            heldSeconds: this.now - one.servedSince,
            isAllInFlight: isAllInFlight(one),
          })),
          secondsSinceEntry: this.now - this.#enteredAt,
        },
        this.#world.limits,
      );
      for (const userId of turns.vacate) this.#user(userId).state = 'leaves';
      for (const userId of turns.dismiss) this.#dismiss(this.#user(userId));
      for (const userId of turns.enter) {
        Object.assign(this.#user(userId), { state: 'served', servedSince: this.now, starvedFor: 0 });
        this.#enteredAt = this.now;
      }
    }
    for (const user of this.#served) user.lastServed = this.now;
    const leaving = this.#users.filter(({ state }) => state === 'leaves');
    for (const one of leaving) one.workers = this.#slotsOf(one);
    const kept = leaving.reduce((sum, { workers }) => sum + workers, 0);
    const shares = allocateWorkers(
      this.#served.map((one) => ({
        userId: one.user.userId,
        pending: Math.max(one.due(this.now) + one.queue.rows + one.inFlight, 1),
      })),
      { ...this.#world.limits, poolSize: Math.max(this.#world.limits.poolSize - kept, this.#served.length) },
    );
    for (const { userId, workers } of shares) this.#user(userId).workers = workers;
  }

  #dismiss(user: Candidate): void {
    Object.assign(user, { state: 'away', workers: 0 });
    user.released.push(...user.queue.takeAll().flatMap(({ rows }) => rows));
  }

  #feed(user: Candidate): void {
    const { maxRowsPerSlice, minRowsPerWorker: minRowsPerSlice } = this.#world.limits;
    const inHand = user.queue.rows + user.inFlight;
    const batch = rowsPerClaim(user.workers, maxRowsPerSlice);
    const isStarved =
      hasRoomFor(this.#view(), user.user.userId) && user.queue.countStartable(this.#hasPlace, 1).all === 0;
    user.starvedFor = isStarved ? user.starvedFor + 1 : 0;
    const isStuck = user.starvedFor > STARVED_SECONDS && inHand < MAX_ROWS_IN_HAND;
    if (inHand >= batch / 2 && !isStuck) return;
    const rows = user.claim(batch, this.now);
    if (rows.length === 0) return;
    const domainOf = ({ target }: ProbeRow) => (target.type === 'mailbox' ? target.address.domain : '');
    const ordered = rows.toSorted((a, b) => (domainOf(a) < domainOf(b) ? -1 : 1));
    const cut = cutSlices(ordered, domainOf, { workers: user.workers, maxRowsPerSlice, minRowsPerSlice });
    user.queue.add(cut.map((part) => sliceOf(part, domainOf)));
  }

  #view(): PoolView {
    const slots = [...this.#slots.values()].map((slot): SlotView => {
      const jobs = slot.slices.flatMap((slice) => slice.jobs);
      return {
        slot: slot.slot,
        userId: slot.userId,
        slices: slot.slices.length,
        unsettled: jobs.length,
        isOpen: true,
        isLeaving: slot.isLeaving,
        isStalled: false,
      };
    });
    return {
      users: this.#users.map((one) => {
        const { all } = one.queue.countStartable(this.#hasPlace, this.#world.limits.poolSize);
        return { userId: one.user.userId, share: one.workers, startable: all, sociable: all };
      }),
      slots,
      freePlaces: this.#world.limits.poolSize - this.#slots.size,
      idlePlaces: 0,
      startsLeft: this.#world.limits.poolSize - this.#slots.size,
      maxSessions: this.#world.maxSessions,
    };
  }

  #engage(userId: number): void {
    const slot = Array.from({ length: this.#world.limits.poolSize }, (_, index) => index).find(
      (free) => !this.#slots.has(free),
    )!;
    const engaged = { slot, userId, slices: [], isLeaving: false };
    this.#slots.set(slot, engaged);
    this.#give(engaged);
  }

  #give(slot: SimulatedSlot): void {
    const user = this.#user(slot.userId);
    const { slice: work } = user.queue.take(this.#hasPlace, true)!;
    const jobs = [...destinationsOf(work)].map((destination) => ({
      destination,
      rows: work.rows.filter((row) => destinationOf(row, work) === destination),
      nextAt: 0,
    }));
    this.#budget.take(jobs.map(({ destination }) => destination));
    user.inFlight += work.rows.length;
    slot.slices.push({ work, jobs });
  }

  /** What was not begun goes back at once, what was begun after its next answer. */
  #reclaim(slot: SimulatedSlot): void {
    slot.isLeaving = true;
    for (const { work, jobs } of slot.slices) {
      for (const job of jobs) this.#takeBack(slot, work, job, job.nextAt === 0 ? 0 : 1);
    }
    this.#close(slot);
  }

  #takeBack({ userId }: SimulatedSlot, work: SliceWork, job: Job, keep: number): void {
    const back = job.rows.splice(keep);
    if (keep === 0) this.#budget.free([job.destination]);
    const user = this.#user(userId);
    user.inFlight -= back.length;
    if (back.length === 0) return;
    if (user.state !== 'away') user.queue.addFirst([pickRows(work, back)], false);
    else user.released.push(...back);
  }

  #probe(): void {
    for (const slot of this.#slots.values()) {
      const open = slot.slices.flatMap(({ jobs }) => jobs);
      for (const job of open.slice(0, this.#world.maxSessions)) {
        const pace = this.#world.secondsPerRow(job.destination);
        if (job.nextAt === 0) job.nextAt = this.now + pace;
        for (; job.rows.length > 0 && job.nextAt <= this.now; job.nextAt += pace) {
          this.#answer(this.#user(slot.userId), job.rows.shift()!);
        }
        if (job.rows.length === 0) this.#budget.free([job.destination]);
      }
      this.#close(slot);
    }
  }

  /** Drops what is through; a slot without work gives its place back. */
  #close(slot: SimulatedSlot): void {
    slot.slices = slot.slices
      .map(({ work, jobs }) => ({ work, jobs: jobs.filter(({ rows }) => rows.length > 0) }))
      .filter(({ jobs }) => jobs.length > 0);
    if (slot.slices.length === 0) this.#slots.delete(slot.slot);
  }

  #answer(user: Candidate, row: ProbeRow): void {
    const { deferSeconds } = this.#world;
    user.inFlight--;
    user.firstAt ??= this.now;
    if (deferSeconds !== undefined && row.attempts === 0) {
      user.deferred.push({ row: { ...row, attempts: 1 }, at: this.now + deferSeconds });
      return;
    }
    user.answered++;
    user.lastAt = this.now;
  }

  #measure(): void {
    const view = this.#view();
    if (this.#users.some((one) => one.due(this.now) + one.queue.rows > 0)) {
      this.#busy.slots += this.#slots.size;
      this.#busy.seconds++;
    }
    if (view.freePlaces > 0 && view.users.some(({ startable }) => startable > 0)) this.#idleSeconds++;
    const inHand = this.#users.reduce((sum, { queue, inFlight }) => sum + queue.rows + inFlight, 0);
    this.#mostInHand = Math.max(this.#mostInHand, inHand);
    this.#mostPlaces = Math.max(this.#mostPlaces, this.#served.length);
    for (const one of this.#users) {
      one.mostSlots = Math.max(one.mostSlots, this.#slotsOf(one));
    }
  }

  #slotsOf({ user }: Candidate): number {
    return [...this.#slots.values()].filter(({ userId }) => userId === user.userId).length;
  }

  #user(userId: number): Candidate {
    return this.#users.find(({ user }) => user.userId === userId)!;
  }
}

function sliceOf(rows: readonly ProbeRow[], domainOf: (row: ProbeRow) => string): SliceWork {
  const route = (domain: string) =>
    ({ type: 'hosts', hosts: [{ name: domain, ips: ['192.0.2.1'] }], destination: domain }) as const;
  const domains = [...new Set(rows.map(domainOf))];
  return { rows, routes: Object.fromEntries(domains.map((domain) => [domain, route(domain)])), catchAll: {} };
}
