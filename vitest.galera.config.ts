import { defineConfig } from 'vitest/config';

// The proofs on a real Galera cluster, apart from the others because they need its packages: `npm run test:galera`.
export default defineConfig({
  test: {
    include: ['test/galera/**/*.test.ts'],
    globalSetup: ['test/galera/require-galera.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
  },
});
