// Labels that somebody has looked at and kept, in this browser: their photos are not asked about again. The server has no place for it.

/** Of one dataset; the oldest are forgotten. */
const most = 20_000;
const nameOf = (dataset: string): string => `taxon-kept-labels/${dataset}`;

/** By the ids of the photos. */
export function keptLabels(dataset: string): ReadonlyMap<number, string> {
  return new Map(JSON.parse(localStorage.getItem(nameOf(dataset)) ?? '[]') as [number, string][]);
}

/** undefined: asks about the photo again. */
export function keepLabel(dataset: string, id: number, label: string | undefined): void {
  const kept = new Map(keptLabels(dataset));
  kept.delete(id);
  if (label !== undefined) kept.set(id, label);
  localStorage.setItem(nameOf(dataset), JSON.stringify([...kept].slice(-most)));
}
