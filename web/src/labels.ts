// The classes that the keys 1 to 9 stand for. They keep their numbers as long as the view is open, whatever happens to its photos.
import { useRef } from 'preact/hooks';

/** Those of `current` that are new come last. */
export function useLabels(current: readonly string[]): readonly string[] {
  const labels = useRef<readonly string[]>([]);
  const added = current.filter((label) => !labels.current.includes(label));
  if (added.length > 0) labels.current = [...labels.current, ...added];
  return labels.current;
}

export const numberedCount = 9;

/** The class of a key from 1 to 9. */
export const labelOfKey = (key: string, labels: readonly string[]): string | undefined =>
  /^[1-9]$/.test(key) ? labels[Number(key) - 1] : undefined;
