// The import direction of src/: http, cli → importing, training, openInference → serving → models, engines, data → formats, image.
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
      [
        'formats',
        'models',
        'data',
        'engines',
        'serving',
        'importing',
        'training',
        'openInference',
        'http',
        'grpc',
        'cli',
      ],
      'image turns bytes into pixels and knows of nothing else',
    ),
    layer(
      'formats',
      ['models', 'data', 'engines', 'serving', 'importing', 'training', 'openInference', 'http', 'grpc', 'cli'],
      'a file format knows nothing of where files are kept or who runs them',
    ),
    layer(
      'models',
      ['data', 'engines', 'serving', 'importing', 'training', 'openInference', 'http', 'grpc', 'cli'],
      'the store of versions knows nothing of who runs them',
    ),
    layer(
      'engines',
      ['data', 'serving', 'importing', 'training', 'openInference', 'http', 'grpc', 'cli'],
      'engines know nothing of HTTP or jobs',
    ),
    layer(
      'data',
      ['engines', 'formats', 'serving', 'importing', 'training', 'openInference', 'http', 'grpc', 'cli'],
      'storage knows nothing of its users',
    ),
    layer(
      'tracing',
      [
        'formats',
        'models',
        'data',
        'engines',
        'serving',
        'importing',
        'training',
        'openInference',
        'http',
        'grpc',
        'cli',
      ],
      'a trace knows nothing of what is traced',
    ),
    {
      name: 'open-telemetry-is-loaded-only-where-traces-are-sent',
      comment: 'a server that traces nothing pays nothing for it',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/tracing/openTelemetry\\.ts$' },
      to: { path: '@opentelemetry/' },
    },
    {
      name: 'only-the-store-of-a-bucket-knows-its-client',
      comment: 'a server without a bucket pays nothing for it',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/files/bucketStore\\.ts$' },
      to: { path: '@aws-sdk/' },
    },
    {
      name: 'the-client-of-a-bucket-is-imported-lazily',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^src/files/bucketStore\\.ts$', dynamic: false },
    },
    {
      name: 'open-telemetry-is-imported-lazily',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^src/tracing/openTelemetry\\.ts$', dynamic: false },
    },
    layer(
      'serving',
      ['importing', 'training', 'openInference', 'http', 'grpc', 'cli'],
      'serving knows nothing of HTTP, imports or training',
    ),
    layer(
      'importing',
      ['data', 'training', 'openInference', 'http', 'grpc', 'cli'],
      'an import ends with a version in the store',
    ),
    layer(
      'training',
      ['importing', 'openInference', 'http', 'grpc', 'cli'],
      'training knows nothing of HTTP or imports',
    ),
    layer(
      'openInference',
      ['importing', 'training', 'http', 'grpc', 'cli'],
      'the protocol knows nothing of its transports',
    ),
    layer(
      'webhooks',
      ['engines', 'formats', 'models', 'serving', 'importing', 'training', 'openInference', 'http', 'grpc', 'cli'],
      'what waits is sent, whatever it tells of',
    ),
    layer('http', ['importing', 'grpc', 'cli'], 'the server imports no model files'),
    layer('grpc', ['importing', 'cli'], 'the same; what both transports need is in http'),
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
