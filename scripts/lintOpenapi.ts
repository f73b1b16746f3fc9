// Lints openapi.yaml by Redocly's recommended rules and some of its others. Exit code 1: something was found, warnings included.
import { readFile } from 'node:fs/promises';
import { createConfig, formatProblems, getTotals, lintFromString } from '@redocly/openapi-core';

const file = 'openapi.yaml';
const config = await createConfig({
  extends: ['recommended'],
  rules: {
    'component-name-unique': 'error',
    'no-invalid-media-type-examples': 'error',
    'no-invalid-schema-examples': 'error',
    'no-schema-type-mismatch': 'error',
    'no-unused-components': 'error',
    'operation-operationId': 'error',
    'operation-singular-tag': 'error',
    'operation-tag-defined': 'error',
    'tag-description': 'error',
  },
});
const problems = await lintFromString({ source: await readFile(file, 'utf8'), absoluteRef: file, config });
if (problems.length > 0) {
  formatProblems(problems, { totals: getTotals(problems), version: 'of openapi-core' });
  process.exitCode = 1;
}
