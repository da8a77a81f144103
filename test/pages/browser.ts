// A headless Chromium, spoken to over a pipe in its DevTools protocol: opens pages as a phone, a desk or a sheet of paper
// sees them, asks them questions, takes pictures. Reaches loopback and files only, and leaves nothing behind.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

export interface View {
  readonly width: number;
  readonly height: number;
  readonly isDark?: boolean;
}

export const DESK: View = { width: 1280, height: 900 };
export const PHONE: View = { width: 390, height: 844 };

/** What a page said or tried that it should not have. */
export interface Complaint {
  readonly type: 'console' | 'error' | 'blocked' | 'foreign';
  readonly text: string;
}

export interface Page {
  readonly complaints: readonly Complaint[];
  goto(url: string): Promise<void>;
  /** Gives what the expression comes to in the page. */
  ask<T>(expression: string): Promise<T>;
  /** Resolves when the expression is true in the page; `what` is what was waited for. */
  until(expression: string, what: string): Promise<void>;
  /** A PNG of the page, or of the part of it that begins so far down. */
  picture(part?: { readonly y: number; readonly height: number }): Promise<Buffer>;
  pdf(): Promise<Buffer>;
  close(): Promise<void>;
}

export interface Browser extends AsyncDisposable {
  open(view: View): Promise<Page>;
}

interface Message {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: Record<string, never>;
  readonly result?: Record<string, never>;
  readonly error?: { readonly message: string };
}

const WAIT_MS = 15_000;
const FLAGS = [
  '--headless=new',
  '--no-sandbox', // tests run as root in containers, and open pages of ours only
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--hide-scrollbars',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
  '--remote-debugging-pipe',
];

export async function openBrowser(): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'svc-browser-'));
  const child = spawn('chromium', [...FLAGS, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const wire = new Wire(child);
  return {
    open: (view) => openPage(wire, view),
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await wire.send('Browser.close').catch(() => child.kill('SIGKILL'));
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** Messages parted by NUL, in both directions. */
class Wire {
  readonly #in: Writable;
  readonly #waiting = new Map<
    number,
    { resolve: (result: Record<string, never>) => void; reject: (error: Error) => void }
  >();
  readonly #listeners = new Set<(message: Message) => void>();
  #lastId = 0;

  constructor(child: ChildProcess) {
    this.#in = child.stdio[3] as Writable;
    this.#in.on('error', () => {}); // told by `exit`
    let text = '';
    (child.stdio[4] as Readable).setEncoding('utf8').on('data', (chunk: string) => {
      const parts = (text + chunk).split('\0');
      text = parts.pop()!;
      for (const part of parts) this.#hear(JSON.parse(part) as Message);
    });
    const fail = (why: string): void => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`chromium ${why}`));
      this.#waiting.clear();
    };
    child.once('error', ({ message }) => fail(`did not start: ${message}`));
    child.once('exit', () => fail('ended'));
  }

  send(method: string, params: object = {}, sessionId?: string): Promise<Record<string, never>> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#in.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  listen(listener: (message: Message) => void): void {
    this.#listeners.add(listener);
  }

  #hear(message: Message): void {
    for (const listener of this.#listeners) listener(message);
    const waiting = message.id === undefined ? undefined : this.#waiting.get(message.id);
    if (waiting === undefined) return;
    this.#waiting.delete(message.id!);
    if (message.error === undefined) waiting.resolve(message.result ?? {});
    else waiting.reject(new Error(message.error.message));
  }
}

async function openPage(wire: Wire, { width, height, isDark = false }: View): Promise<Page> {
  const { targetId } = await wire.send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await wire.send('Target.attachToTarget', { targetId, flatten: true });
  const send = (method: string, params: object = {}) => wire.send(method, params, sessionId);
  const complaints: Complaint[] = [];
  let loaded = (): void => {};
  wire.listen((message) => {
    if (message.sessionId !== sessionId) return;
    if (message.method === 'Page.loadEventFired') loaded();
    const complaint = complaintIn(message);
    if (complaint !== undefined) complaints.push(complaint);
  });
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await send(`${domain}.enable`);
  await send('Emulation.setDeviceMetricsOverride', {
    width,
    height,
    deviceScaleFactor: 1,
    mobile: width < 600,
  });
  await send('Emulation.setEmulatedMedia', {
    features: [
      { name: 'prefers-color-scheme', value: isDark ? 'dark' : 'light' },
      { name: 'prefers-reduced-motion', value: 'reduce' },
    ],
  });
  const ask = async <T>(expression: string): Promise<T> => {
    const { result, exceptionDetails } = (await send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    })) as unknown as { result: { value: T }; exceptionDetails?: { text: string } };
    if (exceptionDetails !== undefined) throw new Error(`${expression}: ${exceptionDetails.text}`);
    return result.value;
  };
  return {
    complaints,
    ask,
    async goto(url) {
      const whole = new Promise<void>((resolve) => (loaded = resolve));
      const { errorText } = await send('Page.navigate', { url });
      if (errorText !== undefined) throw new Error(`${url}: ${String(errorText)}`);
      await whole;
    },
    async until(expression, what) {
      // Asked again at each frame of the page itself, so that nothing is waited for longer than it takes.
      const isTrue = await ask<boolean>(`new Promise((resolve) => {
        const until = performance.now() + ${WAIT_MS};
        const look = () => {
          let isTrue = false;
          try { isTrue = Boolean(${expression}); } catch {}
          if (isTrue || performance.now() > until) resolve(isTrue); else setTimeout(look, 25);
        };
        look();
      })`);
      if (!isTrue) throw new Error(`waited ${WAIT_MS} ms in vain for ${what}`);
    },
    async picture(part) {
      const { cssContentSize } = (await send('Page.getLayoutMetrics')) as unknown as {
        cssContentSize: { width: number; height: number };
      };
      const { y, height: tall } = part ?? { y: 0, height: cssContentSize.height };
      const clip = { x: 0, y, width, height: Math.min(tall, cssContentSize.height - y), scale: 1 };
      const { data } = await send('Page.captureScreenshot', {
        format: 'png',
        clip,
        captureBeyondViewport: true,
      });
      return Buffer.from(data as unknown as string, 'base64');
    },
    async pdf() {
      const { data } = await send('Page.printToPDF', { preferCSSPageSize: true, printBackground: true });
      return Buffer.from(data as unknown as string, 'base64');
    },
    close: async () => void (await wire.send('Target.closeTarget', { targetId })),
  };
}

function complaintIn({ method, params }: Message): Complaint | undefined {
  const said = params as
    | undefined
    | {
        readonly type?: string;
        readonly args?: readonly { readonly value?: unknown }[];
        readonly exceptionDetails?: { readonly text: string };
        readonly entry?: { readonly level: string; readonly text: string };
        readonly request?: { readonly url: string };
      };
  if (said === undefined) return undefined;
  switch (method) {
    case 'Runtime.exceptionThrown':
      return { type: 'error', text: said.exceptionDetails?.text ?? '' };
    case 'Runtime.consoleAPICalled':
      return { type: 'console', text: (said.args ?? []).map(({ value }) => String(value)).join(' ') };
    case 'Log.entryAdded':
      return said.entry?.level === 'error' ? { type: 'blocked', text: said.entry.text } : undefined;
    case 'Page.javascriptDialogOpening':
      return { type: 'error', text: 'a dialog was opened' };
    case 'Network.requestWillBeSent': {
      const url = said.request?.url ?? '';
      return /^(?:https?:\/\/127\.|file:|data:|about:)/.test(url)
        ? undefined
        : { type: 'foreign', text: url };
    }
    default:
      return undefined;
  }
}
