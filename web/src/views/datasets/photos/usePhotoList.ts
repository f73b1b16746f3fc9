// Opens the list that the address and the filters ask for, and closes it.
import { useEffect, useState } from 'preact/hooks';
import type { components } from 'taxon-client';
import type { AskedModel } from '../../../models.js';
import type { Where } from '../where.js';
import { Edits } from './edits.js';
import { PhotoList } from './photoList.js';
import { doubtfulFirst, groupedPhotos, predictedPhotos, storedPhotos, type PhotoSource } from './photoSources.js';

export type Statistics = components['schemas']['DatasetStatistics'];

/** Accepted corrections are called feedback-7.1a2b3c4d. */
const correctionName = 'feedback-';

/** What of a classifier's answers is shown. */
export interface Doubts {
  /** Of all photos, those come first that need a look. */
  readonly first: boolean;
  /** The classifier that is asked; undefined: none fits. */
  readonly model: AskedModel | undefined;
  readonly onlyDoubted: boolean;
  readonly predicted: string | undefined;
  /** 0 to 1. */
  readonly minProbability: number;
}

export interface OpenList {
  readonly list: PhotoList;
  readonly edits: Edits;
}

/** undefined: nothing to list. `round`: another one reads the list anew. */
export function usePhotoList(
  statistics: Statistics | undefined,
  where: Where,
  doubts: Doubts,
  round: number,
  onSaved: () => void,
): OpenList | undefined {
  const [open, setOpen] = useState<OpenList>();
  const key = JSON.stringify([
    where,
    (where.show === 'doubted' || (where.show === 'all' && doubts.first)) && doubts,
    round,
    statistics === undefined,
  ]);
  useEffect(() => {
    const source = statistics && sourceOf(statistics, where, doubts);
    if (source === undefined) {
      setOpen(undefined);
      return;
    }
    const list = new PhotoList(source);
    const edits = new Edits(statistics!, list, onSaved);
    setOpen({ list, edits });
    return () => list.close();
  }, [key]);
  return open;
}

function sourceOf(statistics: Statistics, where: Where, doubts: Doubts): PhotoSource | undefined {
  const { name } = statistics;
  const { show, label, split } = where;
  if (show === 'all' && doubts.first)
    return doubtfulFirst(name, { label, split }, statistics.conflictingLabels, doubts.model);
  if (show === 'all') return storedPhotos(name, { label, split }, countOf(statistics, where));
  if (show === 'corrections') return storedPhotos(name, { label, split, fileName: correctionName }, 0);
  if (show === 'conflicts') return groupedPhotos(name, statistics.conflictingLabels);
  if (show === 'lookalikes') return groupedPhotos(name, statistics.nearDuplicates);
  if (show === 'leaks') return groupedPhotos(name, statistics.leaks);
  if (show === 'unreadable' || doubts.model === undefined) return undefined;
  const { onlyDoubted: doubted, predicted, minProbability } = doubts;
  return predictedPhotos(name, doubts.model, { label, split, doubted, predicted, minProbability });
}

/** undefined: that is not known before they are loaded. */
function countOf({ task, images, classes }: Statistics, { label, split }: Where): number | undefined {
  // A photo of several labels is counted with each class, one of none with no class.
  if (task === 'multi-label' && label === undefined) return split === undefined ? images : undefined;
  return classes
    .filter((one) => label === undefined || one.label === label)
    .reduce((sum, one) => sum + one[split ?? 'total'], 0);
}
