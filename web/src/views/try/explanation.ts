// Why: where in the photo something speaks for a class, and which photos of the training are most like it.
import { dataOf, TaxonError, type components } from 'taxon-client';
import { taxon } from '../../session.js';
import type { Choice } from './choice.js';

type Schemas = components['schemas'];
export type Explanation = Schemas['Explanation'];
export type SimilarImage = Schemas['SimilarImage'];

/** `label`: of the class; undefined: the most probable one. Asks again when time was up: the first map of a classifier loads it anew. */
export async function explain(
  file: File,
  choice: Choice,
  label: string | undefined,
  signal: AbortSignal,
): Promise<Explanation> {
  try {
    return await explainOnce(file, choice, label, signal);
  } catch (error) {
    if (error instanceof TaxonError && error.code === 'deadline_exceeded')
      return explainOnce(file, choice, label, signal);
    throw error;
  }
}

async function explainOnce(
  file: File,
  { model, version }: Choice,
  label: string | undefined,
  signal: AbortSignal,
): Promise<Explanation> {
  const form = formOf(file);
  const query = {
    model,
    ...(version && { version }),
    explain: 'heatmap' as const,
    ...(label && { explainLabel: label }),
  };
  const answer = await taxon.value.api.POST('/v1/classify', {
    params: { query },
    body: { image: [] },
    bodySerializer: () => form,
    signal,
  });
  return dataOf(answer).results![0]!.explanation!;
}

const similarShown = 6;

/** `elsewhere`: the version was trained on another machine; `none`: nothing of the dataset can be compared yet. */
export async function findSimilar(
  file: File,
  { model, version }: Choice,
  signal: AbortSignal,
): Promise<readonly SimilarImage[] | 'elsewhere' | 'none'> {
  const form = formOf(file);
  const answer = await taxon.value.api.POST('/v1/similar', {
    params: { query: { model, ...(version && { version }), limit: similarShown } },
    body: { image: [] },
    bodySerializer: () => form,
    signal,
  });
  try {
    return dataOf(answer).results[0]!.similar ?? 'none';
  } catch (error) {
    if (error instanceof TaxonError && error.code === 'unknown_dataset') return 'elsewhere';
    if (error instanceof TaxonError && error.code === 'conflict') return 'none';
    throw error;
  }
}

function formOf(file: File): FormData {
  const form = new FormData();
  form.append('image', file, file.name);
  return form;
}
