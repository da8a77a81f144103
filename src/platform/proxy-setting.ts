// Reads the SOCKS5 proxies that settings name, and shows them without their passwords. Who goes through which is decided
// in smtp (choose-proxy.ts); here they are only text and value.

/** A SOCKS5 proxy (RFC 1928), with user name and password (RFC 1929) where it asks for them. */
export interface ProxySetting {
  readonly host: string;
  readonly port: number;
  readonly login: { readonly user: string; readonly password: string } | undefined;
}

export const PROXY_FORM = 'socks5://user:password@host:1080, with special characters percent-encoded';

const DEFAULT_PORT = 1080;
const MAX_LOGIN_BYTES = 255; // RFC 1929 §2

/** Gives the proxy of `socks5://[user:password@]host[:port]`; undefined for whatever else. */
export function readProxy(text: string): ProxySetting | undefined {
  if (!/^socks5:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const { hostname, port, username, password, pathname, search, hash } = new URL(text);
  if (hostname === '' || !/^\/?$/.test(pathname) || search !== '' || hash !== '') return undefined;
  if (port === '0') return undefined;
  const login = username === '' && password === '' ? undefined : readLogin(username, password);
  if (login === 'unreadable') return undefined;
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? DEFAULT_PORT : Number(port), login };
}

/** A proxy as it may be shown: without user and password, and nothing of one that cannot be read. */
export function maskProxy(text: string): string {
  const proxy = readProxy(text.trim());
  if (proxy === undefined) return '***';
  const host = proxy.host.includes(':') ? `[${proxy.host}]` : proxy.host;
  return `socks5://${proxy.login === undefined ? '' : '***@'}${host}:${proxy.port}`;
}

/** A list of `provider=proxy` or `provider=direct` as it may be shown. */
export function maskProxyRoutes(text: string): string {
  return text
    .split(',')
    .map((item) => {
      const [, provider, way] = /^([^=:/@]*)=(.*)$/s.exec(item.trim()) ?? [];
      if (provider === undefined || way === undefined) return '***';
      return `${provider}=${way.toLowerCase() === 'direct' ? way : maskProxy(way)}`;
    })
    .join(',');
}

function readLogin(user: string, password: string): ProxySetting['login'] | 'unreadable' {
  try {
    const login = { user: decodeURIComponent(user), password: decodeURIComponent(password) };
    const isFit = [login.user, login.password].every(
      (part) => part !== '' && Buffer.byteLength(part) <= MAX_LOGIN_BYTES,
    );
    return isFit ? login : 'unreadable';
  } catch {
    return 'unreadable';
  }
}
