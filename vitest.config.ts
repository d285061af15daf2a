import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**', '.supercargo/**'],
    globalSetup: ['test/harness/global-setup.ts'],
    reporters: ['default', './test/harness/plain-line-reporter.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    pool: 'forks',
    // A test that passes on the second try is a defect.
    retry: 0,
  },
});
