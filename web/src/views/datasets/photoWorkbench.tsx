// The photos of a list with what is done to them: choosing, labelling, moving, deleting, undoing.
import { useEffect, useState } from 'preact/hooks';
import { Loading } from '../../components/loading.js';
import { ProblemNote } from '../../components/problem.js';
import { hrefOf } from '../../router.js';
import { strings } from '../../strings/index.js';
import { PhotoGrid } from './grid/photoGrid.js';
import { useKeys } from '../../keys.js';
import { LabelPicker } from '../../components/labelPicker.js';
import { labelOfKey, useLabels } from '../../labels.js';
import type { Photo } from './photos/photoSources.js';
import { noSelection } from './photos/selection.js';
import type { OpenList, Statistics } from './photos/usePhotoList.js';
import { PhotoViewer } from './photoViewer.js';
import { SelectionBar } from './selectionBar.js';
import type { Where } from './where.js';

const texts = strings.datasets;

export interface PhotoWorkbenchProps {
  readonly statistics: Statistics;
  readonly where: Where;
  readonly open: OpenList;
}

export function PhotoWorkbench({ statistics, where, open: { list, edits } }: PhotoWorkbenchProps) {
  const [selection, setSelection] = useState(noSelection);
  const [viewed, setViewed] = useState<number>();
  /** Those that a class is being picked for. */
  const [picking, setPicking] = useState<readonly Photo[]>();
  const labels = useLabels(statistics.classes.map(({ label }) => label));
  useEffect(() => setSelection(noSelection), [list]);

  const { name } = statistics;
  const photos = list.photos.value;
  const count = list.count.value;
  const chosen = (): readonly Photo[] => photos.filter(({ id }) => selection.ids.has(id));
  const clear = (): void => setSelection({ ...selection, ids: new Set() });
  const remove = (gone: readonly Photo[]): void => {
    edits.remove(gone);
    const left = list.photos.value.length;
    setSelection({ ids: new Set(), cursor: Math.min(selection.cursor, Math.max(0, left - 1)), anchor: 0 });
    if (viewed !== undefined) setViewed(left === 0 ? undefined : Math.min(viewed, left - 1));
  };

  useKeys((event) => {
    const label = labelOfKey(event.key, labels);
    const ctrl = event.ctrlKey || event.metaKey;
    if (ctrl && event.key.toLowerCase() === 'z') edits.undo();
    else if (ctrl || selection.ids.size === 0) return false;
    else if (label !== undefined) edits.relabel(chosen(), label);
    else if (event.key.toLowerCase() === 'l') setPicking(chosen());
    else if (event.key === 'Delete' || event.key === 'Backspace') remove(chosen());
    else return false;
    return true;
  });

  if (list.error.value !== undefined) return <ProblemNote error={list.error.value} retry={() => list.retry()} />;
  if (count === 0 && !list.complete.value) return <Loading />;
  if (count === 0)
    return (
      <div class="note">
        <p>{texts.noneMatch}</p>
        {where.show === 'all' && <a href={hrefOf('datasets', name)}>{texts.showAll}</a>}
      </div>
    );
  return (
    <>
      {where.show === 'lookalikes' && (
        <GroupActions
          statistics={statistics}
          onChooseDoubles={() => {
            void list.loadAll().then(() => setSelection({ ...selection, ids: doublesOf(list.photos.value) }));
          }}
        />
      )}
      <PhotoGrid dataset={name} list={list} selection={selection} onSelect={setSelection} onOpen={setViewed} />
      <SelectionBar
        count={selection.ids.size}
        labels={labels}
        onLabel={(label) => edits.relabel(chosen(), label)}
        onOther={() => setPicking(chosen())}
        onMove={(split) => edits.move(chosen(), split)}
        onDelete={() => remove(chosen())}
        onClear={clear}
      />
      {viewed !== undefined && (
        <PhotoViewer
          dataset={name}
          photos={photos}
          count={count}
          index={viewed}
          labels={labels}
          onIndex={(index) => {
            list.need(index);
            setViewed(index);
          }}
          onLabel={(photo, label) => edits.relabel([photo], label)}
          onOther={(photo) => setPicking([photo])}
          onDelete={(photo) => remove([photo])}
          onUndo={() => edits.undo()}
          onClose={() => setViewed(undefined)}
        />
      )}
      {picking !== undefined && (
        <LabelPicker
          title={texts.pickLabel(picking.length)}
          labels={labels}
          onPick={(label) => {
            edits.relabel(picking, label);
            setPicking(undefined);
          }}
          onClose={() => setPicking(undefined)}
        />
      )}
    </>
  );
}

interface GroupActionsProps {
  readonly statistics: Statistics;
  readonly onChooseDoubles: () => void;
}

function GroupActions({ statistics: { nearDuplicates }, onChooseDoubles }: GroupActionsProps) {
  const { count, groups } = nearDuplicates;
  return (
    <div class="row">
      <button type="button" onClick={onChooseDoubles}>
        {texts.chooseDoubles}
      </button>
      {groups.length < count && <span class="muted">{texts.onlyFirst(groups.length, count)}</span>}
    </div>
  );
}

/** All but the first of each group, which are beside each other. */
const doublesOf = (photos: readonly Photo[]): ReadonlySet<number> =>
  new Set(photos.filter(({ group }, index) => group === photos[index - 1]?.group).map(({ id }) => id));
