// What requests are called, in logs and in what is kept of them.
import { randomUUID } from 'node:crypto';
import { requestIdSchema } from '../data/captures/schemas.js';

export const requestIdHeader = 'x-request-id';

/** A caller's own id where it is plain enough, else a new one. */
export function requestIdOf(headers: Readonly<Record<string, string | string[] | undefined>>): string {
  const own = requestIdSchema.safeParse(headers[requestIdHeader]);
  return own.success ? own.data : randomUUID();
}
