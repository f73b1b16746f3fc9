// The import direction of src/: http → serving, training → models, engines, image, data.
const layer = (name, from, to, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: to },
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
      'image-stands-alone',
      '^src/image',
      '^src/(http|serving|training|engines|data|cli)/',
      'image knows nothing of models in service',
    ),
    layer(
      'models-below-engines',
      '^src/models',
      '^src/(http|serving|training|engines|data|cli)/',
      'artifacts know nothing of who runs them',
    ),
    layer(
      'engines-below-serving',
      '^src/engines',
      '^src/(http|serving|training|data|cli)/',
      'engines know nothing of HTTP or jobs',
    ),
    layer(
      'data-below-training',
      '^src/data',
      '^src/(http|serving|training|engines|cli)/',
      'storage knows nothing of its users',
    ),
    layer(
      'serving-below-http',
      '^src/serving',
      '^src/(http|training|cli)/',
      'serving knows nothing of HTTP or training',
    ),
    layer('training-below-http', '^src/training', '^src/(http|cli)/', 'training knows nothing of HTTP'),
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
