// Many processes as many machines: PostgreSQL, three replicas behind nginx and two trainers, each in a network of its own on this machine, under steady
// requests. Each is killed, cut off for a while and started again; PostgreSQL is away; all change to another build; trainings go on all the time.
// node dist/bench/cluster.js [--rate 4] [--cut 30] [--write]. Needs root, `ip`, nginx, PostgreSQL's programs and ../shared/data/clothing. --write: the
// table into docs/replicas.md.
import { chown, cp, mkdir, mkdtemp, open, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { findPrograms, ordinaryUser } from '../test/support/postgres.js';
import { followActivations, isStale } from './cluster/activations.js';
import { closeNetwork, cutOff, openNetwork, reconnect } from './cluster/network.js';
import { Service, until, type Program } from './cluster/service.js';
import { Traffic } from './cluster/traffic.js';
import { keepTraining } from './cluster/trainings.js';
import { markdownTable, replaceSection, type Row } from './markdown.js';
import { listClasses } from './retrainServer.js';

const { values: options } = parseArgs({
  options: {
    rate: { type: 'string', default: '4' },
    cut: { type: 'string', default: '30' },
    write: { type: 'boolean', default: false },
  },
});
const cutMs = 1000 * Number(options.cut);
/** From a fault's end until the next. */
const pauseMs = 8_000;

const replicas = ['api1', 'api2', 'api3'];
const trainers = ['trainer1', 'trainer2'];
const names = ['database', 'proxy', ...replicas, ...trainers];

const programs = await findPrograms();
if (programs === undefined) throw new Error('PostgreSQL 15 or later is not installed: apt-get install postgresql');
const root = await mkdtemp(join(tmpdir(), 'taxon-cluster-'));
const logFile = await open(join(root, 'log'), 'a');
const hosts = await openNetwork(names);
const addressOf = (name: string): string => hosts.get(name)!.address;
const databaseUrl = `postgres://taxon@${addressOf('database')}/postgres`;
const proxyUrl = `http://${addressOf('proxy')}`;
const services = new Map<string, Service>();

const answers = async (url: string): Promise<void> => {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
};

/** The database's files belong to somebody else than root, whom PostgreSQL refuses. */
async function postgresProgram(): Promise<Program> {
  const { uid, gid } = await ordinaryUser();
  const directory = join(root, 'postgres');
  await mkdir(directory);
  await chown(root, uid!, gid!);
  await chown(directory, uid!, gid!);
  const asThem = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  const initdb = ['-D', directory, '-U', 'taxon', '--auth=trust', '--locale=C.UTF-8'];
  const init = new Service(
    hosts.get('database')!,
    { command: [...asThem, join(programs!, 'initdb'), ...initdb], ready: () => Promise.resolve() },
    logFile.fd,
  );
  await init.start();
  await init.exited();
  const access = join(directory, 'pg_hba.conf');
  await writeFile(access, `${await readFile(access, 'utf8')}\nhost all all 10.77.0.0/24 trust\n`);
  const listen = ['-c', `listen_addresses=${addressOf('database')}`, '-k', root];
  return {
    command: [...asThem, join(programs!, 'postgres'), '-D', directory, ...listen],
    ready: () =>
      until(async () => {
        const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 2_000 });
        await client.connect();
        await client.end();
      }),
  };
}

/** It asks another replica when one gives no answer: classifying twice does no harm. */
async function proxyProgram(): Promise<Program> {
  const upstreams = replicas.map((name) => `server ${addressOf(name)}:3000 max_fails=1 fail_timeout=2s;`).join('\n');
  const file = join(root, 'nginx.conf');
  await writeFile(
    file,
    `daemon off; pid ${root}/nginx.pid; error_log ${root}/nginx.log warn; user root;
events {}
http {
  access_log off;
  client_body_temp_path ${root}/body; proxy_temp_path ${root}/proxy; fastcgi_temp_path ${root}/f; uwsgi_temp_path ${root}/u; scgi_temp_path ${root}/s;
  client_max_body_size 64m;
  upstream taxon { ${upstreams} }
  server {
    listen ${addressOf('proxy')}:80;
    location / {
      proxy_pass http://taxon;
      proxy_connect_timeout 1s;
      proxy_read_timeout 5s;
      proxy_next_upstream error timeout http_502 http_503 http_504 non_idempotent;
    }
    location /v1/admin/ {
      proxy_pass http://taxon;
      proxy_connect_timeout 1s;
      proxy_next_upstream error timeout http_502 http_503;
    }
  }
}
`,
  );
  return {
    command: ['nginx', '-c', file],
    ready: () => until(() => answers(`${proxyUrl}/health/live`)),
  };
}

const serverProgram = (name: string, build: string): Program => ({
  command: [process.execPath, '--enable-source-maps', join(build, 'dist/src/main.js')],
  env: {
    HOST: addressOf(name),
    PORT: '3000',
    DATABASE_URL: databaseUrl,
    DATA_DIR: join(root, 'shared'),
    CACHE_DIR: join(root, `cache-${name}`),
    BUNDLED_MODELS_DIR: resolve('models'),
    ADMIN_API_KEY: adminKey,
    TRAINERS: trainers.includes(name) ? '1' : '0',
    LOG_LEVEL: 'warn',
  },
  ready: () => until(() => answers(`http://${addressOf(name)}:3000/health/ready`)),
});

/** The same program in another folder. */
async function otherBuild(): Promise<string> {
  const folder = join(root, 'build');
  await mkdir(folder);
  await cp('dist', join(folder, 'dist'), { recursive: true });
  for (const needed of ['node_modules', 'native', 'package.json', 'models'])
    await symlink(resolve(needed), join(folder, needed)).catch(() => undefined);
  return folder;
}

const adminKey = 'an-admin-key-of-the-cluster';
const rows: Row[] = [];
let traffic: Traffic | undefined;
try {
  const launch = async (name: string, program: Program): Promise<void> => {
    const service = new Service(hosts.get(name)!, program, logFile.fd);
    services.set(name, service);
    await service.start();
  };
  await launch('database', await postgresProgram());
  for (const name of [...replicas, ...trainers]) await launch(name, serverProgram(name, resolve('.')));
  await launch('proxy', await proxyProgram());
  const files = await listClasses('../shared/data/clothing/train');
  const trainings = await keepTraining({ url: proxyUrl, key: adminKey, model: 'cluster', files });

  const images = await Promise.all(files.slice(-20).map(({ file }) => readFile(file)));
  traffic = new Traffic(`${proxyUrl}/v1/classify?model=cluster`, images, Number(options.rate));
  const startedAt = Date.now();
  const measure = async (what: string, fault: () => Promise<void>): Promise<void> => {
    const from = Date.now();
    await fault();
    const tookMs = Date.now() - from;
    await sleep(pauseMs);
    const stretch = traffic!.since(from);
    const activations = await followActivations(databaseUrl, 'cluster');
    const count = (outcome: string): number => stretch.filter((answer) => answer.outcome === outcome).length;
    const faults = new Set(stretch.filter(({ outcome }) => outcome !== 'answered').map(({ detail }) => detail));
    rows.push({
      fault: what,
      s: Math.round(tookMs / 1000),
      answered: count('answered'),
      refused: count('refused'),
      lost: count('lost'),
      'of a version that was not active': stretch.filter((answer) => isStale(answer, activations)).length,
      'slowest, ms': Math.max(...stretch.map(({ sentAt, endedAt }) => endedAt - sentAt)),
      'what they got': [...faults].join(' '),
    });
    console.log(JSON.stringify(rows.at(-1)));
  };

  await measure('none', () => sleep(20_000));
  for (const name of [...replicas, ...trainers, 'database', 'proxy'])
    await measure(`${name} killed`, async () => {
      const service = services.get(name)!;
      await service.kill();
      await sleep(2_000);
      await service.start();
    });
  for (const name of [...replicas, ...trainers, 'database', 'proxy'])
    await measure(`${name} cut off`, async () => {
      await cutOff(hosts.get(name)!);
      await sleep(cutMs);
      await reconnect(hosts.get(name)!);
    });
  await measure('PostgreSQL stopped', async () => {
    const service = services.get('database')!;
    await service.end('SIGINT');
    await sleep(cutMs);
    await service.start();
  });
  const build = await otherBuild();
  await measure('another build, one after the other', async () => {
    for (const name of [...replicas, ...trainers]) {
      const service = services.get(name)!;
      await service.end();
      service.program = serverProgram(name, build);
      await service.start();
    }
  });
  const trained = await trainings.stop();
  await traffic.stop();
  console.log(`\n${markdownTable(rows)}\n`);
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  const summary = `${traffic.answers.length} requests in ${seconds} s; ${trained.asked} trainings were acknowledged: ${trained.succeeded} succeeded, ${trained.failed} failed with a reason, ${trained.lost} lost, ${trained.twice} run twice, ${trained.activations} versions activated.`;
  console.log(summary);
  if (options.write) {
    const text = await readFile('docs/replicas.md', 'utf8');
    await writeFile('docs/replicas.md', replaceSection(text, 'cluster', `\n${markdownTable(rows)}\n\n${summary}\n`));
  }
} finally {
  await traffic?.stop().catch(() => undefined);
  for (const service of services.values()) await service.kill().catch(() => undefined);
  await closeNetwork(names);
  await logFile.close();
  if (process.exitCode === undefined) await rm(root, { recursive: true, force: true });
}
