// Waits for a condition with a name; what a test does instead of sleeping.

/** Resolves when `condition` holds; rejects with its name when it does not within `limitMs`. */
export async function waitFor(condition: () => unknown, name: string, limitMs = 10_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${limitMs} ms: ${name}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
