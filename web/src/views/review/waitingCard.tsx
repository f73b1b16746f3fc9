// One photo that waits, what was said of it, and what to do with it.
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { Bars } from '../../components/bars.js';
import { useLoad } from '../../load.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';
import { ReviewCard } from './reviewCard.js';
import type { Reviewable, ReviewQueue, ReviewSource } from './reviewQueue.js';

const texts = strings.review;
const shownClasses = 3;

/** How the photos of one queue are shown. */
export interface Looks<Item> {
  readonly texts: {
    /** Whose word the label is. */
    readonly said: string;
    readonly alt: (label: string) => string;
    readonly emptyHelp: string;
  };
  readonly photo: (item: Item, alt: string) => ComponentChildren;
  /** Fetches a photo that will be shown next; the result takes it back. */
  readonly preload: (item: Item) => () => void;
  /** More that is known of it. */
  readonly about?: (item: Item) => ComponentChildren;
}

interface WaitingCardProps<Item extends Reviewable> extends Looks<Item> {
  readonly queue: ReviewQueue<Item>;
  readonly source: ReviewSource<Item>;
  readonly dataset: string;
}

export function WaitingCard<Item extends Reviewable>(props: WaitingCardProps<Item>) {
  const { queue, source, dataset, texts: own, photo, preload, about } = props;
  const [item, following] = queue.waiting.value as [Item, ...Item[]];
  useEffect(() => following && preload(following), [following?.id]);
  const { id, label: given } = item;
  const accept = (label: string): void => queue.decide({ kind: 'accept', dataset, label });
  return (
    <ReviewCard
      photo={photo(item, own.alt(given))}
      said={own.said}
      label={given}
      choices={[
        { key: 'A', keys: ['a'], text: texts.accept(given), look: 'primary', run: () => accept(given) },
        {
          key: 'X',
          keys: ['x', 'Delete'],
          text: texts.reject,
          look: 'danger',
          run: () => queue.decide({ kind: 'reject' }),
        },
        { key: '→', keys: ['ArrowRight'], text: texts.skip, run: () => queue.skip() },
      ]}
      dataset={dataset}
      onLabel={accept}
      onUndo={() => queue.undo()}
      hint={texts.hint}
    >
      {about?.(item)}
      <Opinion key={id} item={item} source={source} />
    </ReviewCard>
  );
}

/** What the classifier that was asked makes of the photo now; nothing where it is gone. */
function Opinion<Item extends Reviewable>({ item, source }: { item: Item; source: ReviewSource<Item> }) {
  const { id, classifier } = item;
  const { data } = useLoad(
    async (signal) =>
      taxon.value.classify(await source.image(id, signal), {
        model: classifier,
        shrink: true,
        signal,
      }),
    [id],
  );
  if (data === undefined) return null;
  return (
    <div>
      <p class="muted">{texts.saysClassifier(classifier)}</p>
      <Bars predictions={data.predictions.slice(0, shownClasses)} />
    </div>
  );
}
