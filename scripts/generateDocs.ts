// Writes the files that are made from the code: openapi.yaml and the TypeScript client's types of it, docs/configuration.md,
// docs/errors.md, .env.example, the environment in docker-compose.yml, what describes the values of the Helm chart. With --check it only says which are stale.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import openapiTS, { astToString } from 'openapi-typescript';
import { pino } from 'pino';
import { stringify } from 'yaml';
import { createApp } from '../src/app.js';
import { configSchema, loadConfig } from '../src/config.js';
import { errorCodes, statusOf, titleOf } from '../src/errors.js';
import { helmValuesSchema, helmValuesTable } from './helmValues.js';

/** Options with which a container would look elsewhere than its image and its volumes are. */
const ofTheImage = new Set([
  'HOST',
  'PORT',
  'DATA_DIR',
  'MODELS_DIR',
  'BUNDLED_MODELS_DIR',
  'CACHE_DIR',
  'OPENVINO_DIR',
]);

const openApi = await openApiYaml();
const helmValues = await readFile('ops/helm/taxon/values.yaml', 'utf8');
const generated: Readonly<Record<string, string>> = {
  'openapi.yaml': openApi,
  'clients/typescript/src/schema.ts': await clientTypes(openApi),
  'docs/configuration.md': configurationTable(),
  'docs/errors.md': errorTable(),
  '.env.example': envExample(),
  'docker-compose.yml': await composeFile(),
  'docs/helm-values.md': helmValuesTable(helmValues),
  'ops/helm/taxon/values.schema.json': helmValuesSchema(helmValues),
};

const stale: string[] = [];
for (const [file, text] of Object.entries(generated)) {
  const present = await readFile(file, 'utf8').catch(() => '');
  if (present !== text) stale.push(file);
}

if (process.argv.includes('--check')) {
  if (stale.length > 0) console.error(`stale: ${stale.join(', ')}; run \`npm run docs\``);
  process.exit(stale.length > 0 ? 1 : 0);
}
for (const file of stale) await writeFile(file, generated[file]!);
console.log(stale.length > 0 ? `wrote ${stale.join(', ')}` : 'nothing was stale');

/** The description of the server as it starts, on a data directory of its own. */
async function openApiYaml(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'taxon-docs-'));
  const app = await createApp(loadConfig({ DATA_DIR: dataDir, PORT: '0' }), pino({ level: 'silent' }));
  try {
    await app.server.ready();
    // Through JSON: YAML would otherwise write anchors for the objects that responses share.
    return stringify(JSON.parse(JSON.stringify(app.server.swagger())), { lineWidth: 120 });
  } finally {
    await app.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function clientTypes(openApi: string): Promise<string> {
  // What a request may leave out is optional, though it has a default.
  const types = await openapiTS(openApi, { defaultNonNullable: false });
  return `// Generated from openapi.yaml by \`npm run docs\`.\n${astToString(types)}`;
}

function options(): Array<{ readonly name: string; readonly description: string; readonly fallback: string }> {
  const defaults = configSchema.parse({}) as Readonly<Record<string, unknown>>;
  return Object.entries(configSchema.shape).map(([name, schema]) => {
    const fallback = defaults[name];
    return {
      name,
      description: schema.description ?? '',
      fallback: Array.isArray(fallback) ? fallback.join(',') : String(fallback),
    };
  });
}

function configurationTable(): string {
  const rows = options().map(
    ({ name, description, fallback }) =>
      `| \`${name}\` | ${fallback === '' ? '' : `\`${fallback}\``} | ${description} |`,
  );
  return `# Configuration\n\nEnvironment variables, all optional. Generated from \`src/config.ts\` by \`npm run docs\`.\n\n| name | default | what it does |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
}

function errorTable(): string {
  const rows = errorCodes.map((code) => `| ${statusOf(code)} | \`${code}\` | ${titleOf(code)} |`);
  return `# Errors\n\nEvery error is \`application/problem+json\` (RFC 9457): \`type, title, status, detail, code, requestId\`. \`code\` is stable.\nGenerated from \`src/errors.ts\` by \`npm run docs\`.\n\n| status | code | title |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
}

function envExample(): string {
  const lines = options().map(({ name, description, fallback }) => `# ${description}\n#${name}=${fallback}\n`);
  return `# Generated from src/config.ts by \`npm run docs\`. Take away a leading # to set an option.\n\n${lines.join('\n')}`;
}

/** Each option is handed on as it is set in the shell or in .env; an empty value counts as not set. */
async function composeFile(): Promise<string> {
  const names = options().filter(({ name }) => !ofTheImage.has(name));
  const generated = /(?<=# Generated [^\n]*\n)[^#]*(?= {6}# End of what is generated)/;
  return (await readFile('docker-compose.yml', 'utf8')).replace(
    generated,
    names.map(({ name }) => `      ${name}: \${${name}:-}\n`).join(''),
  );
}
