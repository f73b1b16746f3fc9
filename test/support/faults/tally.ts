// What became of the requests of one fault or attack, and how its test hands that to the table of `npm run test:faults`.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { errorCodes, statusOf } from '../../../src/errors.js';
import type { Reply } from './client.js';

/** Each is one request, or one thing that was acknowledged. */
export interface Counts {
  readonly tried: number;
  /** Done as asked, 2xx. */
  readonly answered: number;
  /** Not done, and the client knows: a documented problem, a closed door, or a connection ended while the request was incomplete. */
  readonly refused: number;
  /** Accepted, and then neither answered nor kept. */
  readonly lost: number;
}

const marker = 'counts ';
const documented = new Set(errorCodes.filter((code) => code !== 'internal').map((code) => `${statusOf(code)} ${code}`));

export class Tally {
  #answered = 0;
  #refused = 0;
  #lost = 0;
  /** What no documentation allows: each makes the test fail. */
  readonly faults: string[] = [];
  /** Every refusal: what was refused and with which answer, `a classification: 429 overloaded`. */
  readonly refusals: string[] = [];

  get counts(): Counts {
    const [answered, refused, lost] = [this.#answered, this.#refused, this.#lost];
    return { tried: answered + refused + lost, answered, refused, lost };
  }

  /** Counts an answer; one that is neither 2xx nor a documented problem is a fault too. */
  add(reply: Reply, what = 'a request'): Reply {
    if (reply.status >= 200 && reply.status < 300) this.#answered += 1;
    else {
      const outcome = `${reply.status} ${reply.code ?? '(no code)'}`;
      this.refuse(`${what}: ${outcome}`);
      // Node's own parser refuses what is no HTTP before Fastify sees it: its 400, 408 and 431 carry no code.
      const byParser = reply.code === undefined && [400, 408, 431].includes(reply.status);
      if (!documented.has(outcome) && !byParser) this.faults.push(`${what}: ${outcome}`);
    }
    return reply;
  }

  answer(): void {
    this.#answered += 1;
  }

  refuse(what = 'a closed door'): void {
    this.#refused += 1;
    this.refusals.push(what);
  }

  lose(what: string): void {
    this.#lost += 1;
    this.faults.push(`lost: ${what}`);
  }

  /** Hands the counts to the table under `row` and fails the test when something was lost or answered against the documentation. */
  report(test: TestContext, row: string): void {
    reportCounts(test, row, this.counts);
    assert.deepEqual([...new Set(this.faults)].slice(0, 20), [], row);
  }
}

/** A line of the table. */
export const reportCounts = (test: TestContext, row: string, counts: Counts): void =>
  test.diagnostic(marker + JSON.stringify({ row, ...counts }));

/** The line in a diagnostic message; undefined for any other message. */
export const countsIn = (message: string): ({ readonly row: string } & Counts) | undefined =>
  message.startsWith(marker) ? (JSON.parse(message.slice(marker.length)) as { row: string } & Counts) : undefined;
