// An interval (see proportions.ts) as the API shows it.
import { z } from 'zod';

const interval = z.object({ low: z.number(), high: z.number() }).meta({ id: 'Interval' });

/** A 95 % interval; `method`: how it is found. */
export const intervalSchema = (method: string) => interval.meta({ description: `95 % interval (${method})` });
