// Numbers on the command line.
import { InvalidArgumentError } from 'commander';

/** For an option's value: a whole number from `least` on. Throws InvalidArgumentError, which commander tells of. */
export const wholeNumber =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`It must be a whole number from ${least} on.`);
    return value;
  };
