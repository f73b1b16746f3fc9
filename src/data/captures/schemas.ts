// What is kept of requests, and the rule by which a classifier keeps it.
import { z } from 'zod';

const share = z.number().min(0).max(1);

/** By which images of a classifier's requests are kept. */
export const captureRuleSchema = z
  .strictObject({
    share: share.meta({ description: 'Of the images that are classified and may be kept, 0 to 1' }),
    maxBytes: z
      .int()
      .min(1)
      .max(2 ** 50)
      .default(2 ** 30)
      .meta({ description: 'Of the files of images that wait for review; past it the oldest go' }),
    maxAgeDays: z.int().min(1).max(3_650).default(30).meta({ description: 'Those that wait for longer go' }),
    uncertainBelow: share.nullable().default(null).meta({
      description:
        'Only images whose most probable class is less probable than this, or that are unknown; null: any image',
    }),
    withoutKey: z.boolean().default(false).meta({
      description: 'true: also images of requests that no key comes with, which nobody can have consented to',
    }),
  })
  .meta({ id: 'CaptureRule' });
export type CaptureRule = z.output<typeof captureRuleSchema>;

/** What a request id looks like: a caller's own one is taken when it is short and plain enough to be safe in logs and headers. */
export const requestIdSchema = z.string().regex(/^[\w.:-]{1,128}$/);

export const captureStateSchema = z.enum(['new', 'accepted']);
export type CaptureState = z.output<typeof captureStateSchema>;

export const captureOrderSchema = z.enum(['newest', 'uncertain']);
export type CaptureOrder = z.output<typeof captureOrderSchema>;

/** `next` of a page: the doubt and the id of its last image. */
export const captureCursorSchema = z
  .string()
  .regex(/^\d(\.\d{1,25})?(e-\d{1,3})?_\d{1,15}$/)
  .meta({ description: '`next` of the page before, in the same order' });

export const captureSchema = z
  .object({
    id: z.int().positive(),
    requestId: z.string(),
    position: z.int().meta({ description: 'Of the image in its request, from 0' }),
    keyId: z.string().nullable().meta({ description: 'Of the API key that was shown; null: none was' }),
    classifier: z.string(),
    version: z.int().meta({ description: 'That answered. 0: the classifier was only taught, never trained' }),
    label: z.string().meta({ description: 'What it took the image for' }),
    probability: z.number(),
    known: z.boolean().nullable().meta({ description: 'Of the answer; null: the version cannot tell' }),
    sha256: z.string(),
    bytes: z.int(),
    state: captureStateSchema.meta({ description: 'new: it waits for review; accepted: it is in a dataset' }),
    accepted: z
      .object({ dataset: z.string(), label: z.string() })
      .meta({ id: 'AcceptedCapture' })
      .nullable()
      .meta({ description: 'Where it is now; null: it waits, or the dataset has lost it since' }),
    capturedAt: z.date(),
  })
  .meta({ id: 'Capture' });
export type Capture = z.output<typeof captureSchema>;

/** One image of a request. */
export interface CapturedImage {
  readonly bytes: Uint8Array;
  readonly requestId: string;
  /** In the request, from 0. */
  readonly position: number;
  /** Of the key that was shown; undefined: none was. */
  readonly keyId: string | undefined;
  /** One for each classifier that answered and keeps the image. */
  readonly answers: readonly CapturedAnswer[];
}

export interface CapturedAnswer {
  readonly classifier: string;
  readonly version: number;
  readonly label: string;
  /** 0 to 1. */
  readonly probability: number;
  /** undefined: the version cannot tell. */
  readonly known: boolean | undefined;
}
