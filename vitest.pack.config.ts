import { defineConfig } from 'vitest/config';

// Packs the program and installs the package as an operator does: run apart, by `npm run test:pack`, since npm fetches the
// packages that it depends on.
export default defineConfig({
  test: {
    include: ['test/pack/**/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    pool: 'forks',
  },
});
