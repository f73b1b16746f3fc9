// What the client throws when the server refuses, or a training does not succeed.
import type { components } from './schema.js';

export type Problem = components['schemas']['Problem'];
export type Training = components['schemas']['Training'];

/** The server's refusal: its problem details, or what an intermediary answered in its place. */
export class TaxonError extends Error {
  override readonly name = 'TaxonError';

  /** `problem`: the parsed body; anything but problem details counts as none. */
  constructor(
    readonly status: number,
    readonly problem: Problem | undefined,
  ) {
    super(problem ? `${problem.code}: ${problem.detail}` : `status ${status}`);
  }

  /** A stable word, such as `unknown_model`: see docs/errors.md of the server. */
  get code(): Problem['code'] | undefined {
    return this.problem?.code;
  }

  get requestId(): string | undefined {
    return this.problem?.requestId;
  }
}

/** A training that was waited for has failed or was cancelled. */
export class TrainingError extends Error {
  override readonly name = 'TrainingError';

  constructor(readonly training: Training) {
    super(training.error ? `${training.error.code}: ${training.error.detail}` : `the training was ${training.state}`);
  }
}

interface Answer {
  readonly data?: unknown;
  readonly error?: unknown;
  readonly response: Response;
}

/** The data of a 2xx answer. Throws TaxonError for any other. */
export function dataOf<T extends Answer>({ data, error, response }: T): NonNullable<T['data']> {
  if (response.ok) return data as NonNullable<T['data']>;
  throw new TaxonError(response.status, isProblem(error) ? error : undefined);
}

const isProblem = (error: unknown): error is Problem =>
  typeof error === 'object' && error !== null && 'code' in error && 'detail' in error;
