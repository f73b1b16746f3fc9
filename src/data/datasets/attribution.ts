// Who made an image, where it comes from and under which license: what has to be said of it wherever it is shown.
import { z } from 'zod';
import type { Queries } from '../database/database.js';

const maxTextLength = 500;
const maxUrlLength = 2_000;

/** PostgreSQL has no text with these either. */
const loneSurrogate = /\p{Cs}/u;

const textSchema = (description: string) =>
  z
    .string()
    .min(1)
    .max(maxTextLength)
    // eslint-disable-next-line no-control-regex -- PostgreSQL has no text with NUL, and the others have no place in a line
    .regex(/^[^\x00-\x1f\x7f-\x9f]*$/, 'no control characters')
    .refine((text) => !loneSurrogate.test(text), 'no halves of surrogate pairs')
    .nullable()
    .meta({ description });

const urlSchema = (description: string) =>
  z
    .url({ protocol: /^https?$/ })
    .max(maxUrlLength)
    .refine((text) => !loneSurrogate.test(text), 'no halves of surrogate pairs')
    .nullable()
    .meta({ description });

export const attributionSchema = z
  .strictObject({
    title: textSchema('Title of the work'),
    author: textSchema('Who made it'),
    license: textSchema('Name of the license, as CC BY-SA 4.0'),
    licenseUrl: urlSchema('Where the license can be read'),
    sourceUrl: urlSchema('Page that the image was found on'),
    provider: textSchema('Where it was searched for'),
  })
  .meta({ id: 'Attribution', description: 'What has to be said of an image wherever it is shown' });
export type Attribution = z.output<typeof attributionSchema>;

const texts = ['title', 'author', 'license', 'provider'] as const;
const urls = ['licenseUrl', 'sourceUrl'] as const;

/** What can be kept of `given`: texts on one line and cut off, no URLs but of http and https. Undefined when nothing is left. */
export function tidyAttribution(
  given: Partial<Record<keyof Attribution, string | null | undefined>>,
): Attribution | undefined {
  const kept = attributionSchema.parse({
    ...Object.fromEntries(texts.map((name) => [name, tidyText(given[name])])),
    ...Object.fromEntries(urls.map((name) => [name, tidyUrl(given[name])])),
  });
  return Object.values(kept).some((value) => value !== null) ? kept : undefined;
}

function tidyText(text: string | null | undefined): string | null {
  const line = (text ?? '').replaceAll(/[\p{Cc}\s]+/gu, ' ').trim();
  return (
    line
      .slice(0, maxTextLength)
      .replaceAll(/\p{Cs}/gu, '')
      .trim() || null
  );
}

function tidyUrl(text: string | null | undefined): string | null {
  const given = text?.trim() ?? '';
  const url = urlSchema('').safeParse(URL.canParse(given) ? new URL(given).href : null);
  return url.success ? url.data : null;
}

/** Images whose attributions are kept by one statement. */
const batchSize = 500;

/** Keeps attributions by the hashes of their images; what was kept of these before is replaced. */
export async function keepAttributions(
  queries: Queries,
  attributions: ReadonlyMap<string, Attribution>,
): Promise<void> {
  // In one order: two that keep those of the same images do not wait for one another.
  const entries = [...attributions].sort(([a], [b]) => (a < b ? -1 : 1));
  for (let first = 0; first < entries.length; first += batchSize) {
    const batch = entries.slice(first, first + batchSize);
    await queries.run(
      `UPDATE images f SET attribution = kept.attribution::jsonb
       FROM unnest($1::text[], $2::text[]) AS kept (sha256, attribution) WHERE f.sha256 = kept.sha256`,
      [batch.map(([sha256]) => sha256), batch.map(([, attribution]) => JSON.stringify(attribution))],
    );
  }
}
