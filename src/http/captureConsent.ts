// Whether images of a request may be kept: its key must consent, and the request itself may say no.
import type { VerifiedKey } from '../data/keys/keyVerifier.js';
import type { Sender } from '../serving/captureService.js';
import { keyOf } from './auth.js';

/** `no`, or anything but `yes`: nothing of this request is kept, whatever its key allows. */
export const captureHeader = 'x-capture';

/**
 * undefined: nothing of the request may be kept. A key that nobody asked for is not verified, so that its consent is not known: it then
 * counts as a no.
 */
export function senderOf({
  id,
  key,
  headers,
}: {
  readonly id: string;
  readonly key?: VerifiedKey | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}): Sender | undefined {
  if ((headers[captureHeader] ?? 'yes') !== 'yes') return undefined;
  const isAllowed = key === undefined ? keyOf(headers) === undefined : key.capture;
  return isAllowed ? { requestId: id, keyId: key?.id } : undefined;
}
