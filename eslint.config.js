import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const SUBGRAPHS = ['procurement', 'tracking', 'carriers', 'eta'];

/** Forbids a folder's files to import what `regex` matches. Tests may use the harness and the local services. */
function mayNotImport(files, regex, message) {
  return {
    files,
    ignores: ['**/*.test.ts', '**/test/**'],
    rules: { 'no-restricted-imports': ['error', { patterns: [{ regex, message }] }] },
  };
}

/** Matches `#folder/…` and relative paths that lead into the folder from outside. */
function into(folders) {
  return `^(#|(\\.\\./)+)(${folders})/`;
}

export default defineConfig(
  { ignores: ['node_modules/', '.supercargo/', '**/generated/', 'coverage/'] },
  js.configs.recommended,
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly', performance: 'readonly' },
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // An empty callback is how "nothing to do here" is said.
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // Reflect.apply and `{ engine: { method } }` read better than a wrapper for each call.
      '@typescript-eslint/unbound-method': 'off',
      // With noUncheckedIndexedAccess an assertion that says the type is clearer than a `!`.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      '@typescript-eslint/no-unsafe-type-assertion': 'off',
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  { files: ['tools/**', 'bench/**', 'supergraph/compose.ts'], rules: { 'no-console': 'off' } },

  // Imports go one way: main -> supergraph, subgraphs -> platform.
  mayNotImport(
    ['platform/**'],
    into('supergraph|subgraphs|tools|test|prisma/seed'),
    'platform knows nothing about freight or federation, and nothing above it',
  ),
  mayNotImport(
    ['supergraph/**'],
    into('subgraphs|tools|test|prisma'),
    'the supergraph reads the SDL of the subgraphs and calls their endpoints',
  ),
  ...SUBGRAPHS.map((name) => {
    const others = SUBGRAPHS.filter((other) => other !== name).join('|');
    return mayNotImport(
      [`subgraphs/${name}/**`],
      `^#(supergraph|tools|test|prisma/seed)/|^#subgraphs/(?!${name}/)|^(\\.\\./)+(${others}|supergraph|tools|test)/`,
      'a subgraph imports no other, and nothing above it',
    );
  }),
);
