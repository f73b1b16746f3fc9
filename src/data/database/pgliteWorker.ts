// The thread that owns PGlite: its work and its flushes are synchronous and would block the event loop of the server. What it
// answers with `done` is flushed (openPglite.ts).
import { parentPort, workerData } from 'node:worker_threads';
import type { Transaction } from '@electric-sql/pglite';
import { createCheckpoints } from './walCheckpoints.js';
import { openPglite } from './openPglite.js';
import type { PgliteReply, PgliteRequest, PgliteWorkerData, StatementResult } from './pgliteProtocol.js';

interface OpenTransaction {
  readonly tx: Transaction;
  readonly end: (commit: boolean) => void;
  readonly ended: Promise<void>;
}

const rollback = new Error('rolled back on request');
const nothing: StatementResult = { rows: [], changed: 0 };
const { directory, pgliteWasmModule } = workerData as PgliteWorkerData;
const port = parentPort!;
const reply = (message: PgliteReply): void => port.postMessage(message);

const pglite = await openPglite(directory, {
  pgliteWasmModule,
  onPanic: (message) => {
    reply({ kind: 'panic', message });
    process.exit(1);
  },
});
const checkpointIfDue = createCheckpoints(pglite);
const transactions = new Map<number, OpenTransaction>();
const channels = new Set<string>();

async function runStatement(request: PgliteRequest & { kind: 'statement' }): Promise<StatementResult> {
  const { sql, parameters, transaction } = request;
  const target = transaction === undefined ? pglite : transactionOf(transaction).tx;
  if (parameters !== undefined) {
    const { rows, affectedRows } = await target.query<Record<string, unknown>>(sql, [...parameters]);
    return { rows, changed: affectedRows ?? 0 };
  }
  return transaction === undefined ? runScript(sql) : lastResult(await target.exec(sql));
}

/** A script may open a transaction of its own; when it fails inside, the only connection must not stay in it. */
async function runScript(sql: string): Promise<StatementResult> {
  try {
    return lastResult(await pglite.exec(sql));
  } catch (error) {
    await pglite.exec('ROLLBACK');
    throw error;
  }
}

function lastResult(results: readonly { rows: Record<string, unknown>[]; affectedRows?: number }[]): StatementResult {
  const last = results.at(-1);
  return last ? { rows: last.rows, changed: last.affectedRows ?? 0 } : nothing;
}

function transactionOf(id: number): OpenTransaction {
  const open = transactions.get(id);
  if (!open) throw new Error(`transaction ${id} is not open`);
  return open;
}

/** Resolves when the transaction has begun; PGlite keeps every other statement waiting until it ends. */
function begin(id: number): Promise<void> {
  return new Promise((begun, failed) => {
    const ended = pglite.transaction(async (tx) => {
      const commit = await new Promise<boolean>((end) => {
        transactions.set(id, { tx, end, ended: settled });
        begun();
      });
      if (!commit) throw rollback;
    });
    const settled = ended.catch((error: unknown) => {
      if (error !== rollback) throw error;
    });
    settled.catch(failed);
  });
}

async function end(id: number, commit: boolean): Promise<void> {
  const open = transactionOf(id);
  transactions.delete(id);
  open.end(commit);
  await open.ended;
}

/** PGlite would deliver once for each time it was asked to listen. */
async function listen(channel: string): Promise<void> {
  if (channels.has(channel)) return;
  channels.add(channel);
  await pglite.listen(channel, (payload) => reply({ kind: 'notification', channel, payload }));
}

async function answer(request: PgliteRequest): Promise<StatementResult> {
  switch (request.kind) {
    case 'statement':
      return runStatement(request);
    case 'begin':
      await begin(request.id);
      return nothing;
    case 'end':
      await end(request.transaction, request.commit);
      return nothing;
    case 'listen':
      await listen(request.channel);
      return nothing;
    case 'close':
      await pglite.close();
      return nothing;
  }
}

port.on('message', (request: PgliteRequest) => {
  const { id } = request;
  answer(request).then(
    (result) => reply({ kind: 'done', id, result }),
    (error: unknown) => {
      const { message, code } = error as Error & { code?: string };
      reply({ kind: 'failed', id, message, code });
    },
  );
  // A checkpoint that fails, on a full disk or because the database closes, loses nothing: the next check tries again.
  if (request.kind === 'statement') checkpointIfDue().catch(() => undefined);
});
reply({ kind: 'ready' });
