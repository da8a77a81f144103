import { defineConfig } from 'vitest/config';

// The proofs that take longer than a suite should: run apart, by `npm run test:large`.
export default defineConfig({
  test: {
    include: ['test/large/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: 'forks',
  },
});
