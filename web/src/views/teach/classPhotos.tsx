// Some of a class's photos as thumbnails, the newest of this visit first; each can be removed.
import { dataOf } from 'taxon-client';
import { ServerImage } from '../../components/serverImage.js';
import { messageOf } from '../../components/problem.js';
import { showToast } from '../../components/toasts.js';
import { useLoad } from '../../load.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';

const texts = strings.teach;

const shownPhotos = 12;

export interface ClassPhotosProps {
  readonly dataset: string;
  readonly label: string;
  readonly total: number;
  /** Ids of images added in this visit, the newest last. */
  readonly added: readonly number[];
  readonly onChange: () => void;
}

export function ClassPhotos({ dataset, label, total, added, onChange }: ClassPhotosProps) {
  const { data: known = [], reload } = useLoad(
    (signal) => photosOf(dataset, label, added.slice(-shownPhotos), signal),
    [dataset, label, total, added.length],
  );
  const remove = async (id: number): Promise<void> => {
    try {
      const path = { name: dataset, id };
      dataOf(await taxon.value.api.DELETE('/v1/models/{name}/teach/images/{id}', { params: { path } }));
      onChange();
      reload();
    } catch (error) {
      showToast(messageOf(error));
    }
  };
  return (
    <ul class="class-photos">
      {known.map((id) => (
        <li key={id}>
          <ServerImage dataset={dataset} id={id} size="thumbnail" alt={texts.photoIn(label, id)} />
          <button type="button" aria-label={texts.remove(label, id)} onClick={() => void remove(id)}>
            ✕
          </button>
        </li>
      ))}
      {total > known.length && known.length > 0 && <li class="muted">{texts.morePhotos(total - known.length)}</li>}
    </ul>
  );
}

/** Those of `wanted` that are still there, the newest first, then the oldest of the class. */
async function photosOf(
  name: string,
  label: string,
  wanted: readonly number[],
  signal: AbortSignal,
): Promise<readonly number[]> {
  const ask = async (query: { ids?: string; limit?: number }): Promise<number[]> => {
    const params = { path: { name }, query: { label, ...query } };
    const { images } = dataOf(await taxon.value.api.GET('/v1/admin/datasets/{name}/images', { params, signal }));
    return images.map(({ id }) => id);
  };
  const newest = wanted.length === 0 ? [] : (await ask({ ids: wanted.join(',') })).sort((a, b) => b - a);
  const oldest = await ask({ limit: shownPhotos });
  return [...new Set([...newest, ...oldest])].slice(0, shownPhotos);
}
