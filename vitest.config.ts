import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Vite would load graphql's ES module beside the CommonJS one that the packages in node_modules load: two
  // GraphQLError classes, so that `instanceof` fails in tests only.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '.supercargo/**', 'test/browser/**'],
    globalSetup: ['test/harness/global-setup.ts'],
    reporters: ['default', './test/harness/plain-line-reporter.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    pool: 'forks',
    // One more than a small machine has cores: tests wait for processes and timers, too.
    maxWorkers: 3,
    // The modules are loaded once for each worker, not once for each file: a third of the processor time of a run.
    // What a test changes outside of itself it puts back.
    isolate: false,
    unstubEnvs: true,
    restoreMocks: true,
    // A test that passes on the second try is a defect.
    retry: 0,
  },
});
