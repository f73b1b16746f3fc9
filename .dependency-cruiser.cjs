// The import direction of src/: http, cli → importing, training → serving → models, engines, data → formats, image.
const layer = (folder, mayNot, comment) => ({
  name: `${folder}-knows-nothing-of-those-above`,
  comment,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { path: `^src/(${mayNot.join('|')})/` },
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    layer(
      'image',
      ['formats', 'models', 'data', 'engines', 'serving', 'importing', 'training', 'http', 'cli'],
      'image turns bytes into pixels and knows of nothing else',
    ),
    layer(
      'formats',
      ['models', 'data', 'engines', 'serving', 'importing', 'training', 'http', 'cli'],
      'a file format knows nothing of where files are kept or who runs them',
    ),
    layer(
      'models',
      ['data', 'engines', 'serving', 'importing', 'training', 'http', 'cli'],
      'the store of versions knows nothing of who runs them',
    ),
    layer(
      'engines',
      ['data', 'serving', 'importing', 'training', 'http', 'cli'],
      'engines know nothing of HTTP or jobs',
    ),
    layer(
      'data',
      ['engines', 'formats', 'serving', 'importing', 'training', 'http', 'cli'],
      'storage knows nothing of its users',
    ),
    layer('serving', ['importing', 'training', 'http', 'cli'], 'serving knows nothing of HTTP, imports or training'),
    layer('importing', ['data', 'training', 'http', 'cli'], 'an import ends with a version in the store'),
    layer('training', ['importing', 'http', 'cli'], 'training knows nothing of HTTP or imports'),
    layer(
      'webhooks',
      ['engines', 'formats', 'models', 'serving', 'importing', 'training', 'http', 'cli'],
      'what waits is sent, whatever it tells of',
    ),
    layer('http', ['importing', 'cli'], 'the server imports no model files'),
    {
      name: 'only-main-and-cli-compose',
      severity: 'error',
      from: { path: '^src/(?!main|cli|app)' },
      to: { path: '^src/(main|app)\\.ts$' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
};
