// One HTTP request to a machine of the operator's, and what came of it. Bounded by a deadline for all of it; redirects are
// not followed, and what is answered beyond the status is not read. The modules of Node that speak HTTP are loaded when
// something is sent: most cycles send nothing.

export interface Message {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** `taken` is an answer of 2xx; otherwise `why` says what was wrong, without the URL: its path may be a secret. */
export type Sent = { readonly type: 'taken' } | { readonly type: 'not-taken'; readonly why: string };

export type Send = (message: Message) => Promise<Sent>;

/** A ping or webhook that takes longer has failed. */
const SEND_TIMEOUT_MS = 5_000;

/** Sends one message; never rejects for what the network or the other side does. */
export async function send(message: Message, timeoutMs = SEND_TIMEOUT_MS): Promise<Sent> {
  const url = new URL(message.url);
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  return new Promise((resolve) => {
    const { method, headers, body } = message;
    const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
    const sending = request(url, {
      method,
      agent: false, // nothing stays open behind it
      headers: { 'User-Agent': 'smtp-validate-cron', Connection: 'close', ...length, ...headers },
    });
    const end = (sent: Sent): void => {
      clearTimeout(timer);
      resolve(sent);
      sending.destroy();
    };
    const timer = setTimeout(
      () => end({ type: 'not-taken', why: `no answer within ${timeoutMs / 1000} s` }),
      timeoutMs,
    );
    sending.on('response', ({ statusCode = 0 }) => end(judge(statusCode)));
    sending.on('error', (error) => end({ type: 'not-taken', why: reasonOf(error) }));
    sending.end(body);
  });
}

function judge(status: number): Sent {
  if (status >= 200 && status < 300) return { type: 'taken' };
  const redirect = status >= 300 && status < 400 ? ', and redirects are not followed' : '';
  return { type: 'not-taken', why: `the answer was ${status}${redirect}` };
}

// The system's word: its sentence would name the address, and for a Unix socket or a bad name perhaps more.
function reasonOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return code ?? error.name;
}
