// The three query methods on top of "send this text": shared by both databases and by their transactions.
import { z } from 'zod';
import type { Queries } from './database.js';
import { databaseError } from './databaseErrors.js';
import type { StatementResult } from './pgliteProtocol.js';

type Send = (sql: string, parameters: readonly unknown[] | undefined) => Promise<StatementResult>;

/** Parameters default to none, so that the text is one statement everywhere but in `rows`. */
export function queriesOf(send: Send): Queries {
  const attempt: Send = async (sql, parameters) => {
    try {
      return await send(sql, parameters);
    } catch (error) {
      throw databaseError(error);
    }
  };
  return {
    query: async (row, sql, parameters = []) => z.array(row).parse((await attempt(sql, parameters)).rows),
    run: async (sql, parameters = []) => (await attempt(sql, parameters)).changed,
    rows: async (sql, parameters) => (await attempt(sql, parameters)).rows,
  };
}
