import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** The tests that need a browser: the same system and the same report, other files. */
export default defineConfig({
  ...base,
  test: { ...base.test, include: ['test/browser/**/*.test.ts'], exclude: [] },
});
