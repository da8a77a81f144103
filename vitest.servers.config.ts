import { defineConfig } from 'vitest/config';

// Whole servers that take turns, share work and addresses, stand still, are interrupted, lose their disk or their name, and
// what operators do beside them: real processes that wait for each other longer than a suite should. Run apart, by
// `npm run test:servers`.
export default defineConfig({
  test: {
    include: ['test/servers/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
