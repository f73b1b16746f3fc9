// The photos of a list with what is done to them: choosing, labelling, moving, deleting, undoing.
import { useLayoutEffect, useMemo, useState } from 'preact/hooks';
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
import { Stacks, type ShownPhoto } from './photos/stacks.js';
import type { OpenList, Statistics } from './photos/usePhotoList.js';
import { PhotoViewer } from './photoViewer.js';
import { SelectionBar } from './selectionBar.js';
import type { Show, Where } from './where.js';

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
  const [stacked, setStacked] = useState(where.show === 'lookalikes');
  const stacks = useMemo(() => new Stacks(list), [list]);
  // Before it is painted: later it would take back what somebody quick has chosen meanwhile.
  useLayoutEffect(() => {
    setSelection(noSelection);
    stacks.turn(stacked);
  }, [stacks, stacked]);

  const { name } = statistics;
  const photos = stacks.photos.value;
  const count = stacks.count.value;
  const chosen = (): readonly Photo[] =>
    stacks.photos.value.filter(({ id }) => selection.ids.has(id)).flatMap((photo) => stacks.membersOf(photo));
  /** Folded stacks have all their photos once the whole list is there. */
  const withStacks = (act: () => void): void => {
    if (!stacked || list.complete.value) act();
    else void stacks.loadAll().then(act);
  };
  const withChosen = (act: (photos: readonly Photo[]) => void): void => withStacks(() => act(chosen()));
  const withMembers = (photo: ShownPhoto, act: (photos: readonly Photo[]) => void): void =>
    withStacks(() => act(stacks.membersOf(photo)));
  const fold = (photo: ShownPhoto | undefined): boolean => {
    if (photo === undefined) return false;
    const members = stacks.fold(photo);
    if (selection.ids.has(photo.id)) setSelection({ ...selection, ids: new Set([...selection.ids, ...members]) });
    return members.length > 0;
  };
  const clear = (): void => setSelection({ ...selection, ids: new Set() });
  const remove = (gone: readonly Photo[]): void => {
    edits.remove(gone);
    const left = stacks.photos.value.length;
    setSelection({ ids: new Set(), cursor: Math.min(selection.cursor, Math.max(0, left - 1)), anchor: 0 });
    if (viewed !== undefined) setViewed(left === 0 ? undefined : Math.min(viewed, left - 1));
  };

  useKeys((event) => {
    const label = labelOfKey(event.key, labels);
    const ctrl = event.ctrlKey || event.metaKey;
    if (ctrl && event.key.toLowerCase() === 'z') edits.undo();
    else if (!ctrl && event.key.toLowerCase() === 's') return fold(photos[selection.cursor]);
    else if (ctrl || selection.ids.size === 0) return false;
    else if (label !== undefined) withChosen((those) => edits.relabel(those, label));
    else if (event.key.toLowerCase() === 'l') withChosen(setPicking);
    else if (event.key === 'Delete' || event.key === 'Backspace') withChosen(remove);
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
      {statistics.nearDuplicates.count > 0 && stacksIn.has(where.show) && (
        <div class="row">
          <label>
            <input
              type="checkbox"
              checked={stacked}
              onChange={({ currentTarget: { checked } }) => setStacked(checked)}
            />
            {texts.stackThem}
          </label>
          {where.show === 'lookalikes' && (
            <GroupActions
              statistics={statistics}
              onChooseDoubles={() => {
                void list.loadAll().then(() => {
                  stacks.unfoldAll();
                  setSelection({ ...selection, ids: doublesOf(list.photos.value) });
                });
              }}
            />
          )}
        </div>
      )}
      <PhotoGrid
        dataset={name}
        list={stacks}
        selection={selection}
        onSelect={setSelection}
        onOpen={setViewed}
        onFold={(index) => fold(photos[index])}
      />
      <SelectionBar
        count={chosen().length}
        labels={labels}
        onLabel={(label) => withChosen((those) => edits.relabel(those, label))}
        onOther={() => withChosen(setPicking)}
        onMove={(split) => withChosen((those) => edits.move(those, split))}
        onDelete={() => withChosen(remove)}
        onClear={clear}
      />
      {viewed !== undefined && (
        <PhotoViewer
          dataset={name}
          photos={photos}
          count={count}
          index={viewed}
          labels={labels}
          severalLabels={statistics.task === 'multi-label'}
          onIndex={(index) => {
            stacks.need(index);
            setViewed(index);
          }}
          onLabel={(photo, label) => withMembers(photo, (those) => edits.relabel(those, label))}
          onOther={(photo) => withMembers(photo, setPicking)}
          onDelete={(photo) => withMembers(photo, remove)}
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

/** Elsewhere photos are listed for how they differ. */
const stacksIn: ReadonlySet<Show> = new Set(['all', 'doubted', 'corrections', 'lookalikes']);

interface GroupActionsProps {
  readonly statistics: Statistics;
  readonly onChooseDoubles: () => void;
}

function GroupActions({ statistics: { nearDuplicates }, onChooseDoubles }: GroupActionsProps) {
  const { count, groups } = nearDuplicates;
  return (
    <>
      <button type="button" onClick={onChooseDoubles}>
        {texts.chooseDoubles}
      </button>
      {groups.length < count && <span class="muted">{texts.onlyFirst(groups.length, count)}</span>}
    </>
  );
}

/** All but the first of each group, which are beside each other. */
const doublesOf = (photos: readonly Photo[]): ReadonlySet<number> =>
  new Set(photos.filter(({ group }, index) => group === photos[index - 1]?.group).map(({ id }) => id));
