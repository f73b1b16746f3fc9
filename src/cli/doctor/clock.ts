// Is the clock right, as far as that can be told without asking a server for the time?
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config.js';
import { ok, problem, warning, type Finding } from './finding.js';

export interface ClockFacts {
  readonly now: Date;
  /** When DATA_DIR was last written; undefined: it is not there. */
  readonly lastWritten: Date | undefined;
  /** The database server's clock minus this one; undefined: there is no such server, or it cannot be reached. */
  readonly databaseAheadMs: number | undefined;
}

export async function lookAtClock(
  { DATA_DIR }: Pick<Config, 'DATA_DIR'>,
  databaseAheadMs: number | undefined,
): Promise<ClockFacts> {
  const places = ['.', 'db', 'db.lock', 'images', 'models'].map((name) => join(DATA_DIR, name));
  const times = await Promise.all(
    places.map((place) =>
      stat(place).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  const last = Math.max(...times);
  return { now: new Date(), lastWritten: last > 0 ? new Date(last) : undefined, databaseAheadMs };
}

/** Before this check was written. */
const earliest = new Date('2026-01-01');
const tolerableMs = 5_000;
const advice = 'Set the clock, and let it be kept right: timedatectl set-ntp true.';

export function judgeClock({ now, lastWritten, databaseAheadMs }: ClockFacts): Finding {
  const check = 'clock';
  const found = now.toISOString().replace(/\.\d+/, '');
  if (now < earliest) return problem(check, `${found} is in the past: TLS and the ages of records go wrong`, advice);
  if (lastWritten !== undefined && lastWritten.getTime() - now.getTime() > 60_000)
    return warning(check, `${found}, and DATA_DIR was written at ${lastWritten.toISOString()}`, advice);
  if (databaseAheadMs !== undefined && Math.abs(databaseAheadMs) > tolerableMs)
    return warning(
      check,
      `${found}, ${(Math.abs(databaseAheadMs) / 1000).toFixed(0)} s ${databaseAheadMs > 0 ? 'behind' : 'ahead of'} the database server's`,
      `${advice} On both machines.`,
    );
  return ok(check, found);
}
