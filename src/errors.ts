// Every error that a user can meet: one table owns its code, HTTP status and title; the detail is written where it is thrown.

const table = {
  invalid_request: [400, 'The request is not valid'],
  empty_body: [400, 'The request has no body'],
  missing_image: [400, 'The request carries no image'],
  malformed_multipart: [400, 'The multipart body cannot be read'],
  unauthorized: [401, 'A valid key is required'],
  image_url_refused: [403, 'The image may not be fetched from this URL'],
  forbidden: [403, 'The key does not have the scope for this call'],
  not_found: [404, 'There is nothing at this address'],
  unknown_model: [404, 'There is no such classifier'],
  unknown_version: [404, 'The classifier has no such version'],
  unknown_dataset: [404, 'There is no such dataset'],
  unknown_dataset_version: [404, 'The dataset has no such version'],
  unknown_image: [404, 'There is no such image'],
  unknown_training: [404, 'There is no such training'],
  unknown_key: [404, 'There is no such key'],
  unknown_webhook: [404, 'There is no such webhook'],
  method_not_allowed: [405, 'This address does not have this method'],
  request_timeout: [408, 'The request did not arrive in time'],
  conflict: [409, 'The request conflicts with the present state'],
  fine_tuning_unavailable: [409, 'Fine-tuning is not available here'],
  request_in_progress: [409, 'The request is being carried out'],
  body_too_large: [413, 'The request body is too large'],
  image_too_large: [413, 'The image is too large'],
  too_many_images: [413, 'The request carries too many images'],
  unsupported_image: [415, 'The image format is not supported'],
  unsupported_media_type: [415, 'The content type is not supported'],
  undecodable_image: [422, 'The image cannot be decoded'],
  image_url_failed: [422, 'The image could not be fetched from its URL'],
  image_timeout: [422, 'The image took too long to decode'],
  invalid_model: [422, 'The model cannot be used'],
  invalid_archive: [422, 'The archive cannot be read'],
  invalid_dataset: [422, 'The dataset cannot be used for training'],
  training_failed: [422, 'The training could not be finished'],
  idempotency_key_reused: [422, 'The idempotency key belongs to another request'],
  overloaded: [429, 'The server is busy'],
  rate_limited: [429, 'Too many requests'],
  quota_exceeded: [429, 'The key has no requests left today'],
  feedback_full: [429, 'Too many corrections wait for review'],
  headers_too_large: [431, 'The request headers are too large'],
  client_closed: [499, 'The client closed the connection'],
  internal: [500, 'The server failed'],
  database_unavailable: [503, 'The database is not available'],
  engine_unavailable: [503, 'The inference engine is not available'],
  not_ready: [503, 'The server is not ready'],
  storage_unavailable: [503, 'The storage cannot be written'],
  deadline_exceeded: [504, 'The request was not answered in time'],
  storage_full: [507, 'The disk is full'],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ErrorCode = keyof typeof table;

/** All codes, for the documentation and the responses. */
export const errorCodes = Object.keys(table) as ErrorCode[];

/** The HTTP status that answers `code`. */
export const statusOf = (code: ErrorCode): number => table[code][0];

/** The fixed, human title of `code`. */
export const titleOf = (code: ErrorCode): string => table[code][1];

export interface AppErrorOptions extends ErrorOptions {
  /** Whole seconds after which the same request may succeed. */
  readonly retryAfterS?: number;
}

/**
 * An error meant for the user. `detail` says what was expected, what came and what to change;
 * it never carries image bytes, keys or stack traces. `cause` keeps the original error for the log.
 */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly retryAfterS: number | undefined;

  constructor(
    readonly code: ErrorCode,
    readonly detail: string,
    options: AppErrorOptions = {},
  ) {
    const { stackTraceLimit } = Error;
    // Refusals come in floods and no log shows where they were thrown: taking the stack is a twentieth of what one costs.
    if (statusOf(code) === 429) Error.stackTraceLimit = 0;
    super(detail, options);
    Error.stackTraceLimit = stackTraceLimit;
    this.retryAfterS = options.retryAfterS;
  }

  get status(): number {
    return statusOf(this.code);
  }
}
