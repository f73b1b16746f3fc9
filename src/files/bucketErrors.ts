// What a bucket answers when it does not do what was asked, as errors for users.
import { AppError } from '../errors.js';

interface ServiceError {
  readonly name?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const statusOf = (error: unknown): number | undefined => (error as ServiceError).$metadata?.httpStatusCode;
const nameOf = (error: unknown): string => (error as ServiceError).name ?? '';

/** There is no such file; a bucket that does not exist is another matter. */
export const isMissingKey = (error: unknown): boolean => ['NoSuchKey', 'NotFound'].includes(nameOf(error));

/** A file that was to be new exists. */
export const isTaken = (error: unknown): boolean => statusOf(error) === 412;

/** Somebody else writes the same file at this moment. */
export const isContended = (error: unknown): boolean => statusOf(error) === 409;

/** A second in which to come back: outages of a bucket are short, or last until somebody acts. */
const retryAfterS = 5;

/** AppError `storage_full` or `storage_unavailable` for what the bucket `name` refused or did not answer. */
export function bucketError(name: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const status = statusOf(error);
  const unavailable = (detail: string): AppError =>
    new AppError('storage_unavailable', detail, { cause: error, retryAfterS });
  if (nameOf(error) === 'NoSuchBucket')
    return unavailable(`There is no bucket at ${name}. Make it, or correct STORAGE.`);
  if (status === 401 || status === 403 || nameOf(error) === 'CredentialsProviderError')
    return unavailable(
      `${name} refuses the server's credentials (${nameOf(error)}). They must be valid and allow reading, writing, deleting and listing there.`,
    );
  if (status === 507 || nameOf(error) === 'XMinioStorageFull')
    return new AppError('storage_full', `There is no room left in ${name}. Free some and try again.`, { cause: error });
  return unavailable(`${name} cannot be reached or does not answer as it should. Try again later.`);
}
