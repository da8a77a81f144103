import { defineConfig } from 'vitest/config';

// Pages in a real browser: the report as it is handed on, the dashboard of the built program. Run apart, by `npm run test:pages`.
export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 1,
  },
});
