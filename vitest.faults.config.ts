import { defineConfig } from 'vitest/config';

// What machines do to programs: servers that stand still, full disks, used-up limits, twins by name. Real processes that
// wait for each other longer than a suite should: run apart, by `npm run test:faults`.
export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
