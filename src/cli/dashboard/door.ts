// Who may look: decides from a request's head alone, and does nothing. A page elsewhere cannot look by a name of its own that
// leads here (DNS rebinding): the Host header must be an address or one of our names. Whoever reaches us over a network
// needs the token; once it was shown, a cookie stands for it, so that it stays out of the browser's history.

import { createHash, timingSafeEqual } from 'node:crypto';

export interface DoorPolicy {
  /** Undefined where nobody but this machine can reach us. */
  readonly token: string | undefined;
  /** Besides IP addresses: names under which we are called, in lower case. */
  readonly hostNames: readonly string[];
}

/** What the door looks at. */
export interface Caller {
  readonly method: string | undefined;
  /** Path and query. */
  readonly url: string | undefined;
  readonly host: string | undefined;
  readonly cookie: string | undefined;
  readonly authorization: string | undefined;
}

export type Decision =
  | { readonly type: 'enter'; readonly path: string }
  /** The token was shown in the address: the same page again, without it. */
  | { readonly type: 'welcome'; readonly path: string; readonly cookie: string }
  | { readonly type: 'refuse'; readonly status: 400 | 401 | 405 | 421; readonly sentence: string };

const COOKIE = 'dashboard';
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;
const IPV6 = /^\[[\da-f:.]+\]$/;

export function decide(caller: Caller, policy: DoorPolicy): Decision {
  if (caller.method !== 'GET' && caller.method !== 'HEAD')
    return refuse(405, 'The dashboard can be looked at, and nothing else.');
  if (!isOurName(caller.host, policy.hostNames))
    return refuse(421, 'The dashboard is not called by this name. Open it by the address that it printed.');
  if (
    caller.url === undefined ||
    !/^\/(?!\/)/.test(caller.url) ||
    !URL.canParse(caller.url, 'http://dashboard')
  )
    return refuse(400, 'This address cannot be read.');
  const { pathname: path, searchParams } = new URL(caller.url, 'http://dashboard');
  if (policy.token === undefined) return { type: 'enter', path };

  const shown = searchParams.get('token');
  if (shown !== null && isSame(shown, policy.token)) {
    const value = stampOf(policy.token);
    return { type: 'welcome', path, cookie: `${COOKIE}=${value}; HttpOnly; SameSite=Strict; Path=/` };
  }
  const bearer = /^Bearer (.+)$/i.exec(caller.authorization ?? '')?.[1];
  const stamp = cookieIn(caller.cookie);
  if (bearer !== undefined && isSame(bearer, policy.token)) return { type: 'enter', path };
  if (stamp !== undefined && isSame(stamp, stampOf(policy.token))) return { type: 'enter', path };
  return refuse(
    401,
    'Open the whole address that was printed when the dashboard was started: it holds a token.',
  );
}

function refuse(status: Extract<Decision, { type: 'refuse' }>['status'], sentence: string): Decision {
  return { type: 'refuse', status, sentence };
}

/** Any port will do: somebody may have led another one here. */
function isOurName(host: string | undefined, names: readonly string[]): boolean {
  const name = host?.toLowerCase().replace(/:\d{1,5}$/, '');
  if (name === undefined || name === '') return false;
  return IPV4.test(name) || IPV6.test(name) || name === 'localhost' || names.includes(name);
}

/** What the cookie holds: worth as much as the token here, and nothing where the token is used for something else. */
function stampOf(token: string): string {
  return createHash('sha256').update(`dashboard cookie ${token}`).digest('base64url');
}

function cookieIn(header: string | undefined): string | undefined {
  const pair = header?.split(';').find((part) => part.trim().startsWith(`${COOKIE}=`));
  return pair?.trim().slice(COOKIE.length + 1);
}

/** Takes as long for any wrong word, whatever its length. */
function isSame(word: string, right: string): boolean {
  const [a, b] = [word, right].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(a!, b!);
}
