// The process: environment, with .env → config → app → listen; SIGHUP reloads the models, SIGTERM and SIGINT end it with what is in flight finished.
import { resolve } from 'node:path';
import { pino } from 'pino';
import { createApp, type App } from './app.js';
import { ConfigError, loadConfig, type Config } from './config.js';
import { readEnvFile } from './envFile.js';
import { AppError } from './errors.js';
import { giveBackFreedMemory } from './freedMemory.js';
import { tokenMinutes } from './http/signInTokens.js';

readEnvFile();

/** Where keys would be in what is logged: @fastify/multipart adds the headers of a form at the level trace. */
const secretPaths = ['req.headers.authorization', 'req.headers["x-api-key"]', 'busboyOptions.headers'];

const config = configOrExit();
const logger = pino({ level: config.LOG_LEVEL, redact: secretPaths });

let stopping = false;

try {
  const app = await createApp(config, logger);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal, app.close));
  process.on('SIGHUP', () => void reloadModels(app));
  await giveBackFreedMemory();
  const address = await app.listen();
  tellWhere(app, address);
  // Not through the logger: logs are kept and shipped, and this must not be. On standard error, so that the log stays JSON lines.
  if (app.firstAdminKey !== undefined)
    console.error(
      `\nYour admin key, shown this once: ${app.firstAdminKey}\nSend it as "Authorization: Bearer <key>" to /v1/admin.\n`,
    );
  // Whoever sees the terminal of a server may do with it what they like; a log may be read by others.
  if (app.firstAdminKey !== undefined || process.stderr.isTTY)
    console.error(
      `Sign in, once and within ${tokenMinutes} minutes: ${visitable(address)}/#sign-in=${app.issueSignIn()}\n`,
    );
} catch (error) {
  if (error instanceof AppError) logger.fatal(error.detail);
  else logger.fatal({ err: error }, 'the server could not start');
  process.exit(1);
}

/** One line for whoever starts it for the first time: what to open, and where the data is. `address`: where it listens. */
function tellWhere({ server }: App, address: string): void {
  const url = visitable(address);
  const page = server.hasRoute({ method: 'GET', url: '/' }) ? `the page ${url}/, ` : '';
  logger.info(
    `Taxon is ready: ${page}the API ${url}/v1, its documentation ${url}/docs, the data in ${resolve(config.DATA_DIR)}`,
  );
}

/** For a browser on this machine: an address that means all interfaces is none to visit. */
function visitable(address: string): string {
  return address.replace('//0.0.0.0:', '//localhost:').replace('//[::]:', '//localhost:');
}

/** What was put into the models directory or taken out of it since the last look. */
async function reloadModels({ registry, reload }: App): Promise<void> {
  try {
    await reload();
    logger.info(
      { models: registry.list().map(({ name, activeVersion }) => `${name}/${activeVersion}`) },
      'models reloaded',
    );
  } catch (error) {
    logger.error({ err: error }, 'the models could not be reloaded');
  }
}

/** A signal comes twice when it is sent to the whole process group, and npm start passes its own on: it means what one does. */
async function stop(signal: string, close: () => Promise<void>): Promise<void> {
  if (stopping) return;
  stopping = true;
  logger.info({ signal }, 'shutting down');
  setTimeout(() => {
    logger.error(`requests in flight did not finish within ${config.SHUTDOWN_TIMEOUT_MS} ms`);
    process.exit(1);
  }, config.SHUTDOWN_TIMEOUT_MS).unref();
  await close();
  process.exit(0);
}

function configOrExit(): Config {
  try {
    return loadConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
