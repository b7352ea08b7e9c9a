'use strict';

const js = require('@eslint/js');
const globals = require('globals');
const node = require('eslint-plugin-n');

module.exports = [
  {
    ignores: ['.cache/', '**/build/', '**/build-*/', 'prebuilds/', 'coverage/']
  },
  { ...js.configs.recommended, files: ['**/*.{js,mjs}'] },
  {
    files: ['**/*.js'],
    ...node.configs['flat/recommended-script']
  },
  {
    files: ['**/*.mjs'],
    ...node.configs['flat/recommended-module']
  },
  {
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-unused-vars': ['error', { args: 'after-used' }],
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      strict: ['error', 'global']
    }
  },
  {
    files: ['**/*.mjs'],
    rules: { strict: 'off' }
  },
  {
    // Programs: they print, end the process, and need not be published.
    files: ['{bench,examples,fuzz,test,tools}/**', '*.js'],
    rules: {
      'n/hashbang': 'off',
      'n/no-process-exit': 'off',
      'n/no-unpublished-import': 'off',
      'n/no-unpublished-require': 'off',
      'n/no-unsupported-features/node-builtins': [
        'error',
        { allowExperimental: true }
      ],
      'no-console': 'off'
    }
  },
  {
    files: ['test/**'],
    languageOptions: { globals: globals.mocha }
  },
  {
    // A package of its own, with its own node_modules, some of it for Bun.
    files: ['bench/**'],
    rules: {
      'n/no-extraneous-require': 'off',
      'n/no-missing-require': 'off',
      'n/no-unsupported-features/node-builtins': 'off'
    }
  },
  {
    // What runs in a page.
    files: ['examples/*/public/**'],
    languageOptions: { globals: globals.browser },
    rules: { 'n/no-unsupported-features/node-builtins': 'off' }
  }
];
