// How every reader of model files refuses one: AppError invalid_model with the place and the reason.
import { z } from 'zod';
import { AppError } from '../errors.js';

/** The error for a model that cannot be used; `detail` names the file and the layer or weight. */
export const invalidModel = (detail: string, cause?: unknown): AppError =>
  new AppError('invalid_model', detail, cause === undefined ? undefined : { cause });

const inOneLine = (problems: string): string =>
  problems.replaceAll('✖ ', '').replace(/\s+→/g, '').replaceAll('\n', '; ');

/** `value` as `schema` describes it. Throws AppError invalid_model, beginning with `where`. */
export function parseModel<Schema extends z.ZodType>(schema: Schema, value: unknown, where: string): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalidModel(`${where}: ${inOneLine(z.prettifyError(parsed.error))}`, parsed.error);
}

/** The JSON of `text`. Throws AppError invalid_model, beginning with `where`. */
export function parseModelJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalidModel(`${where} is not valid JSON`, cause);
  }
}
