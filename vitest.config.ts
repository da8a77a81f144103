import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [
      'test/interop/**',
      'test/large/**',
      'test/galera/**',
      'test/servers/**',
      'test/browser/**',
      'test/pack/**',
    ],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    // Many tests are about real time limits, of real processes and sockets. Where others had the processors meanwhile, one is
    // tried once more, and the report says so (`retry x1`).
    retry: 1,
  },
});
