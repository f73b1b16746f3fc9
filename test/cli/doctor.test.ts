// taxon doctor: each thing it can find, on facts made up for it; and real runs, beside a server too.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it, test } from 'node:test';
import { judgeClock } from '../../src/cli/doctor/clock.js';
import { readConfiguration } from '../../src/cli/doctor/configuration.js';
import { judgeDatabase, lookAtDatabase } from '../../src/cli/doctor/database.js';
import { judgeDirectory, type DirectoryFacts } from '../../src/cli/doctor/directories.js';
import { judgeEngines, type EngineFacts } from '../../src/cli/doctor/engines.js';
import { judgeRemoteEndpoints, lookAtRemoteEndpoints } from '../../src/cli/doctor/remoteEndpoints.js';
import { ok, problem, warning, worstOf, type Finding } from '../../src/cli/doctor/finding.js';
import { judgeCard } from '../../src/cli/doctor/graphicsCard.js';
import { judgeMemory } from '../../src/cli/doctor/memory.js';
import { judgePorts, lookAtPorts, lookAtServer, type PortFacts } from '../../src/cli/doctor/ports.js';
import { judgeProcessor, quotaOf } from '../../src/cli/doctor/processor.js';
import { describeFindings } from '../../src/cli/doctor/report.js';
import { loadConfig } from '../../src/config.js';
import { call, startApp } from '../http/runningApp.js';
import { newDirectory, onBothDatabases } from '../support/databases.js';
import { environmentOf, type Environment } from '../support/environment.js';

const running = await startApp();
const config = loadConfig({});
const states = (findings: readonly Finding[]): string[] => findings.map(({ state }) => state);

describe('the configuration', () => {
  it('is fine as it is by default, and is told by name, without values', () => {
    assert.equal(readConfiguration({}).findings[0]!.found, 'every option has its default');
    const [finding] = readConfiguration({ ADMIN_API_KEY: 'a-secret-of-twenty-characters', PORT: '80' }).findings;
    assert.deepEqual(finding, ok('configuration', 'valid; set: PORT, ADMIN_API_KEY'));
  });

  it('is a problem for each option that is wrong, and what is right counts all the same', () => {
    const { config: left, findings } = readConfiguration({ PORT: 'eighty', MAX_QUEUE: '0', DATA_DIR: '/srv' });
    assert.deepEqual(states(findings), ['problem', 'problem']);
    assert.match(findings[0]!.found, /^PORT: /);
    assert.match(findings[1]!.advice!, /correct MAX_QUEUE/);
    assert.deepEqual([left.DATA_DIR, left.PORT], ['/srv', 3000]);
  });

  it('is worth a warning where a name is nearly that of an option which is not set', () => {
    const { findings } = readConfiguration({
      TAXON_DATA_DIR: '/srv',
      MAXQUEUE_: '5',
      data_dir: '/srv',
      Port: '80',
      HOME: '/',
    });
    assert.deepEqual(
      findings.map(({ advice }) => /Set (\w+)/.exec(advice!)![1]),
      ['DATA_DIR', 'MAX_QUEUE', 'DATA_DIR'],
    );
    assert.deepEqual(states(readConfiguration({ TAXON_DATA_DIR: '/srv', DATA_DIR: '/srv' }).findings), ['ok']);
  });
});

describe('the processor', () => {
  const facts = {
    nodeVersion: '22.1.0',
    model: 'P',
    cores: 8,
    quota: undefined,
    features: { int8: true, bf16: false },
  };

  it('is fine with cores and int8', () => {
    assert.deepEqual(judgeProcessor(facts, config), [
      ok('Node.js', '22.1.0'),
      ok('cores', '8 cores, P'),
      ok('instruction sets', 'int8 in hardware'),
    ]);
  });

  it('warns of more threads than the container may use, until they are set, and of a single core', () => {
    const [, cores] = judgeProcessor({ ...facts, quota: 1.5 }, config);
    assert.equal(cores!.state, 'warning');
    assert.match(cores!.advice!, /ENGINE_THREADS=1 and DECODE_CONCURRENCY=1/);
    assert.equal(
      judgeProcessor({ ...facts, quota: 1.5 }, { ENGINE_THREADS: 1, DECODE_CONCURRENCY: 1 })[1]!.state,
      'ok',
    );
    assert.equal(judgeProcessor({ ...facts, cores: 1 }, config)[1]!.state, 'warning');
  });

  it('is a problem with an old Node.js, and tells of missing instruction sets', () => {
    assert.deepEqual(
      ['18.20.0', '20.19.9', '20.20.0', '24.0.0'].map(
        (nodeVersion) => judgeProcessor({ ...facts, nodeVersion }, config)[0]!.state,
      ),
      ['problem', 'problem', 'ok', 'ok'],
    );
    assert.match(judgeProcessor({ ...facts, features: { int8: false, bf16: false } }, config)[2]!.found, /neither/);
    assert.match(judgeProcessor({ ...facts, features: undefined }, config)[2]!.found, /not told/);
  });

  it('has the quota that cgroups give it', () => {
    assert.deepEqual(
      [quotaOf('150000', '100000'), quotaOf('max', '100000'), quotaOf('-1', '100000'), quotaOf(undefined, undefined)],
      [1.5, undefined, undefined, undefined],
    );
  });
});

describe('the memory', () => {
  const gibibyte = 2 ** 30;
  const judge = (total: number, available: number, limit?: number, isRunning = false): Finding =>
    judgeMemory(
      { totalBytes: total * gibibyte, availableBytes: available * gibibyte, limitBytes: limit && limit * gibibyte },
      config,
      isRunning,
    );

  it('is enough, or a container limits it to too little for load, or for a start at all', () => {
    assert.deepEqual(judge(16, 8), ok('memory', '8.0 GiB available of 16.0 GiB'));
    assert.equal(judge(16, 1.9, 2).state, 'ok');
    assert.match(judge(16, 1, 1.5).advice!, /MAX_INFLIGHT_BYTES/);
    assert.deepEqual([judge(16, 1, 1.5).state, judge(16, 0.5, 0.5).state], ['warning', 'problem']);
  });

  it('may be taken by others, but a server that runs has what it needs', () => {
    assert.deepEqual([judge(16, 0.5).state, judge(16, 0.5, undefined, true).state], ['warning', 'ok']);
  });
});

describe('the graphics card', () => {
  const card = { name: 'H100', memoryBytes: 80 * 2 ** 30, driverVersion: '550.1' };
  const none = { card: undefined, hasDevice: false, hasEngine: false };

  it('is not needed, unless DEVICE asks for it', () => {
    assert.equal(judgeCard(none, config).state, 'ok');
    assert.match(judgeCard(none, { DEVICE: 'cuda' }).advice!, /--gpus all/);
    assert.equal(judgeCard(none, { DEVICE: 'cuda' }).state, 'problem');
  });

  it('is worth a warning where its driver is silent or no engine uses it', () => {
    assert.equal(judgeCard({ ...none, hasDevice: true }, config).state, 'warning');
    assert.match(judgeCard({ card, hasDevice: true, hasEngine: false }, config).advice!, /build:tfjs-native/);
    assert.deepEqual(
      judgeCard({ card, hasDevice: true, hasEngine: true }, config),
      ok('GPU', 'H100, 80.0 GiB, driver 550.1'),
    );
  });
});

describe('the engines', () => {
  const facts: EngineFacts = {
    engines: { onnx: { loaded: 'ONNX Runtime 1' }, openvino: {}, tfjs: {} },
    sharp: { loaded: 'sharp 1' },
    cuda: false,
  };
  const judge = (engines: Partial<EngineFacts['engines']>, choice = config, hasInt8 = false): Finding[] =>
    judgeEngines({ ...facts, engines: { ...facts.engines, ...engines } }, choice, hasInt8);

  it('are fine with one of them; OpenVINO is advised where the processor has int8', () => {
    assert.deepEqual(states(judge({})), ['ok', 'ok', 'ok', 'ok']);
    assert.equal(judge({})[1]!.advice, undefined);
    assert.match(judge({}, config, true)[1]!.advice!, /taxon engine install openvino/);
  });

  it('are a problem where the one that is asked for is missing or broken, else a broken one is a warning', () => {
    const openvino = loadConfig({ ENGINE: 'openvino' });
    assert.deepEqual(states(judge({}, openvino)), ['ok', 'problem', 'ok', 'ok']);
    assert.deepEqual(states(judge({ openvino: { failure: 'SIGILL' } }, openvino)), ['ok', 'problem', 'ok', 'ok']);
    assert.deepEqual(states(judge({ openvino: { failure: 'SIGILL' } })), ['ok', 'warning', 'ok', 'ok']);
    assert.match(judge({ openvino: { failure: 'SIGILL' } })[1]!.found, /cannot be loaded: SIGILL/);
    assert.equal(judge({ onnx: { failure: 'no GLIBC_2.99' } })[0]!.state, 'problem');
  });

  it('are worth a warning where OPENVINO_DIR names a folder without one', () => {
    assert.deepEqual(states(judge({}, loadConfig({ OPENVINO_DIR: '/opt/none' }))), ['ok', 'warning', 'ok', 'ok']);
  });

  it('need a decoder of images', () => {
    assert.equal(judgeEngines({ ...facts, sharp: { failure: 'wrong ELF class' } }, config, false)[3]!.state, 'problem');
  });
});

describe('the endpoints of the remote engine', () => {
  const remote = loadConfig({ ENGINE: 'remote' });
  const there = { address: 'http://a:8000', server: 'triton 2.51.0', failure: undefined };
  const away = { address: 'grpc://b:8001', server: undefined, failure: 'ECONNREFUSED' };

  it('are fine where they answer, worth a warning where one does not, and a problem where none does', () => {
    assert.deepEqual(states(judgeRemoteEndpoints([there], remote)), ['ok']);
    assert.deepEqual(states(judgeRemoteEndpoints([there, away], remote)), ['ok', 'warning']);
    assert.deepEqual(states(judgeRemoteEndpoints([away], remote)), ['problem']);
    assert.deepEqual(states(judgeRemoteEndpoints([], remote)), ['problem']);
  });

  it('are worth a warning where another engine computes, and no word where there are none', () => {
    assert.deepEqual(states(judgeRemoteEndpoints([there], config)), ['warning']);
    assert.deepEqual(judgeRemoteEndpoints([], config), []);
  });

  it('are asked, and one that is not there is told', async () => {
    const [facts] = await lookAtRemoteEndpoints(loadConfig({ REMOTE_ENDPOINTS: 'http://127.0.0.1:9' }));
    assert.match(facts!.failure!, /ECONNREFUSED/);
  });
});

describe('a directory', () => {
  const facts: DirectoryFacts = {
    name: 'DATA_DIR',
    path: '/srv/taxon',
    exists: true,
    refusal: undefined,
    freeBytes: 100 * 2 ** 30,
    freeFiles: 0.9,
    filesystem: 0xef53,
  };
  const judge = (other: Partial<DirectoryFacts>, isEmbedded = true): Finding =>
    judgeDirectory({ ...facts, ...other }, isEmbedded);

  it('is there or will be made', () => {
    assert.deepEqual(judge({}), ok('DATA_DIR', '/srv/taxon, 100.0 GiB free'));
    assert.match(judge({ exists: false }).found, /will be made/);
  });

  it('is a problem where it may not be written or the disk is full', () => {
    assert.match(judge({ refusal: 'EACCES' }).advice!, /chown/);
    assert.match(judge({ refusal: 'EROFS' }).advice!, /read-only/);
    assert.match(judge({ refusal: 'ENOTDIR' }).advice!, /file is in its way/);
    assert.deepEqual(states([judge({ refusal: 'EACCES' }), judge({ freeBytes: 2 ** 29 })]), ['problem', 'problem']);
  });

  it('is worth a warning where little is left', () => {
    assert.deepEqual(states([judge({ freeBytes: 2 ** 31 }), judge({ freeFiles: 0.01 })]), ['warning', 'warning']);
  });

  it('is worth a warning in memory, or on a network with the embedded database; a cache may be anywhere', () => {
    const [tmpfs, nfs] = [0x01021994, 0x6969];
    assert.equal(judge({ filesystem: tmpfs }).state, 'warning');
    assert.equal(judge({ filesystem: tmpfs, name: 'CACHE_DIR' }).state, 'ok');
    assert.deepEqual(states([judge({ filesystem: nfs }), judge({ filesystem: nfs }, false)]), ['warning', 'ok']);
  });

  it('of bundled classifiers is only read, and should be there', () => {
    const name = 'BUNDLED_MODELS_DIR';
    assert.deepEqual(states([judge({ name, freeBytes: 0 }), judge({ name, exists: false })]), ['ok', 'warning']);
  });
});

describe('the ports', () => {
  const facts: PortFacts = { name: 'PORT', port: 3000, hostRefusal: undefined, isReserved: false, isTaken: false };
  const nobody = { url: undefined, notReady: undefined };
  const taxon = { url: 'http://127.0.0.1:3000', notReady: undefined };
  const ours = { host: '0.0.0.0', isOurs: true };
  const judge = (
    other: Partial<PortFacts>,
    server: typeof nobody | typeof taxon | { url: string; notReady: string } = nobody,
  ): Finding => judgePorts([{ ...facts, ...other }], server, ours)[0]!;

  it('are free, or a Taxon has them', () => {
    assert.deepEqual(judge({}), ok('PORT', '3000 is free'));
    assert.match(judge({ isTaken: true }, taxon).found, /answers and is ready/);
    assert.equal(judge({ isTaken: true, name: 'GRPC_PORT' }, taxon).state, 'ok');
    const waiting = judge({ isTaken: true }, { ...taxon, notReady: 'no classifier is loaded' });
    assert.deepEqual([waiting.state, waiting.found.includes('no classifier is loaded')], ['warning', true]);
  });

  it('are a problem where another program has them, or this user may not', () => {
    assert.match(judge({ isTaken: true }).found, /taken by another program/);
    assert.match(judge({ port: 80, isReserved: true }).advice!, /1024 or above/);
    assert.deepEqual(judge({ hostRefusal: 'EADDRNOTAVAIL' }).check, 'HOST');
    assert.deepEqual(
      states([
        judge({ isTaken: true }),
        judge({ port: 80, isReserved: true }),
        judge({ hostRefusal: 'EADDRNOTAVAIL' }),
      ]),
      ['problem', 'problem', 'problem'],
    );
  });

  it('are worth a warning where the Taxon that has them is another', () => {
    const [finding] = judgePorts([{ ...facts, isTaken: true }], taxon, { host: '0.0.0.0', isOurs: false });
    assert.equal(finding!.state, 'warning');
  });

  it('are looked at without being listened on', async (t) => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    t.after(() => other.close());
    const { port } = other.address() as AddressInfo;
    const where = { HOST: '127.0.0.1', PORT: port, GRPC_PORT: 'off' } as const;
    assert.equal((await lookAtPorts(where))[0]!.isTaken, true);
    const [elsewhere] = await lookAtPorts({ ...where, HOST: '192.0.2.1' });
    assert.equal(elsewhere!.hostRefusal, 'EADDRNOTAVAIL');
  });
});

describe('the clock', () => {
  const now = new Date('2027-01-01T00:00:00Z');
  const facts = { now, lastWritten: undefined, databaseAheadMs: undefined };
  const after = (ms: number): Date => new Date(now.getTime() + ms);

  it('is fine, or wrong by what else is known', () => {
    assert.deepEqual(judgeClock({ ...facts, lastWritten: after(-1000) }), ok('clock', '2027-01-01T00:00:00Z'));
    assert.equal(judgeClock({ ...facts, now: new Date('1970-01-02') }).state, 'problem');
    assert.equal(judgeClock({ ...facts, lastWritten: after(3_600_000) }).state, 'warning');
    assert.match(judgeClock({ ...facts, databaseAheadMs: 60_000 }).found, /60 s behind/);
    assert.match(judgeClock({ ...facts, databaseAheadMs: -60_000 }).found, /60 s ahead of/);
    assert.equal(judgeClock({ ...facts, databaseAheadMs: 900 }).state, 'ok');
  });
});

describe('the embedded database', () => {
  const facts = { kind: 'embedded', path: '/srv/db', state: 'whole', isOpen: false, bytes: 40 * 2 ** 20 } as const;

  it('is whole, will be made, or is open in the server', () => {
    assert.deepEqual(judgeDatabase(facts, false), ok('database', 'embedded, /srv/db, 40 MiB'));
    assert.match(judgeDatabase({ ...facts, state: 'absent' }, false).found, /will be made/);
    assert.match(judgeDatabase({ ...facts, isOpen: true }, true).found, /open in the server/);
  });

  it('is worth a warning where it is not complete, or somebody unknown has it', () => {
    assert.match(judgeDatabase({ ...facts, state: 'unfinished' }, false).advice!, /backup/);
    assert.match(judgeDatabase({ ...facts, isOpen: true }, false).found, /no Taxon answers/);
  });

  it('is looked at without a trace', async (t) => {
    const folder = await newDirectory(t);
    await mkdir(join(folder, 'db'));
    await writeFile(join(folder, 'db', 'half'), 'x'.repeat(2 ** 21));
    const looked = await lookAtDatabase({ DATABASE_URL: '', DATA_DIR: folder });
    assert.deepEqual(looked, {
      kind: 'embedded',
      path: join(folder, 'db'),
      state: 'unfinished',
      isOpen: false,
      bytes: 2 ** 21,
    });
    assert.deepEqual(await readdir(folder), ['db']);
  });
});

describe('a database server', () => {
  const facts = { kind: 'server', place: 'db.example/taxon', version: 16, mayCreate: true } as const;

  it('is recent, and lets its user make tables', () => {
    assert.deepEqual(judgeDatabase(facts, false), ok('database', 'PostgreSQL 16 at db.example/taxon'));
    assert.equal(judgeDatabase({ ...facts, version: 14 }, false).state, 'problem');
    assert.match(judgeDatabase({ ...facts, mayCreate: false }, false).advice!, /GRANT CREATE/);
  });

  it('is a problem where nobody answers, and its password is not told', async () => {
    const away = await lookAtDatabase({ DATABASE_URL: 'postgres://taxon:hush@127.0.0.1:9/taxon', DATA_DIR: 'data' });
    const finding = judgeDatabase(away, false);
    assert.equal(finding.state, 'problem');
    assert.match(finding.found, /^127\.0\.0\.1:9\/taxon: .*ECONNREFUSED/);
    assert.doesNotMatch(JSON.stringify(finding), /hush/);
  });
});

await onBothDatabases('the doctor', (kind) => {
  it('finds nothing wrong with the database', async (t) => {
    const folder = await newDirectory(t);
    const { databaseUrl = '' } = await kind.prepare(folder);
    const looked = await lookAtDatabase({ DATABASE_URL: databaseUrl, DATA_DIR: folder });
    assert.equal(judgeDatabase(looked, false).state, 'ok', JSON.stringify(looked));
    if (looked.kind === 'server') assert.ok(Math.abs(looked.aheadMs!) < 5_000);
  });
});

test('the report has a line for each finding, colours where they are wanted, and the sum', () => {
  const findings = [ok('a', 'fine'), warning('longer', 'so so', 'mend it'), problem('b', 'bad', 'stop')];
  assert.equal(worstOf(findings), 'problem');
  assert.equal(
    describeFindings(findings, (state, text) => `${state === 'ok' ? '' : '*'}${text}`),
    [
      'ok       a       fine',
      '*warning  longer  so so',
      '                 → mend it',
      '*problem  b       bad',
      '                 → stop',
      '',
      '1 problem, 1 warning.',
    ].join('\n'),
  );
  assert.match(describeFindings([ok('a', 'fine')]), /Nothing is wrong\.$/);
});

describe('taxon doctor', () => {
  // Not runTaxonWith: the server in this process must be able to answer meanwhile.
  const run = (env: Environment, ...args: string[]): Promise<{ status: number; stdout: string }> =>
    new Promise((resolve) => {
      const options = { env: { ...process.env, ...environmentOf(env) } };
      execFile(process.execPath, ['dist/src/cli/main.js', 'doctor', ...args], options, (error, stdout) =>
        resolve({ status: Number(error?.code ?? 0), stdout }),
      );
    });
  const read = (stdout: string): { state: string; findings: Finding[] } =>
    JSON.parse(stdout) as { state: string; findings: Finding[] };

  it('finds its engine, database and port beside a running server, which goes on', async () => {
    const env = { DATA_DIR: running.dataDir, PORT: new URL(running.url).port };
    const entries = await readdir(running.dataDir);
    const { status, stdout } = await run(env, '--json');
    const { findings } = read(stdout);
    const of = (check: string): Finding => findings.find((finding) => finding.check === check)!;
    assert.equal(status, 0, stdout);
    assert.match(of('engine onnx').found, /^ONNX Runtime \d/);
    assert.match(of('images').found, /^sharp \d/);
    assert.match(of('database').found, /open in the server/);
    assert.match(of('PORT').found, /a Taxon server answers and is ready/);
    assert.deepEqual(await readdir(running.dataDir), entries);
    assert.equal((await call(`${running.url}/health/ready`)).status, 200);
  });

  it('ends with 1 where there is a problem, in plain text where there is no terminal', async (t) => {
    const dataDir = join(await newDirectory(t), 'data');
    await writeFile(dataDir, 'a file');
    const { status, stdout } = await run({ DATA_DIR: dataDir, MAX_QUEUE: 'none' });
    assert.equal(status, 1);
    assert.match(stdout, /^problem {2}configuration +MAX_QUEUE: /m);
    assert.match(stdout, /^problem {2}DATA_DIR +.*ENOTDIR/m);
    assert.ok(!stdout.includes('\u001b'));
  });

  it('knows another server from its own', async (t) => {
    const { stdout } = await run({ DATA_DIR: await newDirectory(t), PORT: new URL(running.url).port }, '--json');
    const { findings } = read(stdout);
    assert.match(findings.find(({ check }) => check === 'PORT')!.found, /not on this DATA_DIR/);
  });

  it('sees a server that is none', async (t) => {
    const other = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nhello')).listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    t.after(() => other.close());
    const where = { HOST: '127.0.0.1', PORT: (other.address() as AddressInfo).port, GRPC_PORT: 'off' } as const;
    assert.deepEqual(await lookAtServer(where), { url: undefined, notReady: undefined });
  });
});
