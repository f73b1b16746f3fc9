// Numbers on the command line.
import { InvalidArgumentError } from 'commander';

/** For an option's value: a whole number from `least` on, to `most` where it is given. Throws InvalidArgumentError, which commander tells of. */
export const wholeNumber =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(
        `It must be a whole number from ${least} ${most === Number.MAX_SAFE_INTEGER ? 'on' : `to ${most}`}.`,
      );
    return value;
  };

/** For an option's value. Throws InvalidArgumentError, which commander tells of. */
export const numberTo =
  (most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= 0 && value <= most))
      throw new InvalidArgumentError(`It must be a number from 0 to ${most}.`);
    return value;
  };

/** For a share: 0 to 1. Throws InvalidArgumentError. */
export function share(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('It must be a number from 0 to 1.');
  return value;
}
