// A limit for what a database server is asked. mysql2 has one of its own, but leaves its timer running when the connection
// is lost meanwhile: a cycle whose database died then stayed as a process until the limit was over (3.24.6, 2026-11).

/** What `asked` gives, or an error that means a lost connection when it gives nothing within `limitMs`; 0 for no limit. */
export async function inTime<T>(asked: Promise<T>, limitMs: number): Promise<T> {
  if (limitMs === 0) return asked;
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, fail) => {
    const error = new Error(`no answer within ${limitMs / 1000} s`);
    timer = setTimeout(() => fail(Object.assign(error, { code: 'PROTOCOL_SEQUENCE_TIMEOUT' })), limitMs);
  });
  try {
    return await Promise.race([asked, silence]);
  } finally {
    clearTimeout(timer);
  }
}
