// URLs of the operator's own services, and how they are shown: their paths are often all the password there is.

/** Gives the URL in its normal form; undefined for whatever is not http:// or https:// with a host, or has a fragment. */
export function readHttpUrl(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const { href, hash } = new URL(text);
  return hash === '' ? href : undefined;
}

/** A URL as it may be shown: where it leads, and nothing of login, path and query. */
export function maskUrl(text: string): string {
  const url = readHttpUrl(text.trim());
  if (url === undefined) return '***';
  const { protocol, host, pathname, search, username, password } = new URL(url);
  const login = username === '' && password === '' ? '' : '***@';
  return `${protocol}//${login}${host}${pathname === '/' && search === '' ? '' : '/***'}`;
}
