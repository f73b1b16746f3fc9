// Which photos are listed: those that need a look, one class, one part, what a classifier says of them.
import { percent } from '../../components/bars.js';
import { hrefOf } from '../../router.js';
import { strings } from '../../strings/index.js';
import { NegativesChoice } from './negativesChoice.js';
import type { Doubts, Statistics } from './photos/usePhotoList.js';
import type { AskedModel } from '../../models.js';
import { hrefOfDataset, shows, splits, type Show, type Where } from './where.js';

const texts = strings.datasets;

export interface PhotoFiltersProps {
  readonly statistics: Statistics;
  readonly where: Where;
  readonly doubts: Doubts;
  /** Classifiers that know some of the classes. */
  readonly models: readonly AskedModel[];
  readonly onDoubts: (change: Partial<Doubts>) => void;
  /** The dataset was changed. */
  readonly onChanged: () => void;
}

export function PhotoFilters(props: PhotoFiltersProps) {
  const { statistics, where, onChanged } = props;
  return (
    <div class="photo-filters">
      <ShowTabs statistics={statistics} where={where} />
      {listsByClass(where.show) && (
        <div class="row" role="group" aria-label={texts.filters}>
          <ClassAndPart statistics={statistics} where={where} />
          {where.show === 'doubted' && <DoubtFilters {...props} />}
          {where.show === 'all' && <OrderChoice {...props} />}
          {where.show === 'all' && where.label !== undefined && (
            <NegativesChoice statistics={statistics} label={where.label} onChanged={onChanged} />
          )}
        </div>
      )}
      {texts.showHelp[where.show] !== '' && <p class="muted">{texts.showHelp[where.show]}</p>}
    </div>
  );
}

/** Others are groups, which belong together whatever their classes are. */
const listsByClass = (show: Show): boolean => show === 'all' || show === 'doubted' || show === 'corrections';

function ShowTabs({ statistics, where }: Pick<PhotoFiltersProps, 'statistics' | 'where'>) {
  const counts: Record<Show, number | undefined> = {
    all: statistics.images,
    doubted: undefined,
    corrections: undefined,
    conflicts: statistics.conflictingLabels.count,
    unreadable: statistics.unreadable.count,
    lookalikes: statistics.nearDuplicates.count,
    leaks: statistics.leaks.count,
  };
  return (
    <nav class="show-tabs" aria-label={texts.showing}>
      {shows
        .filter((show) => counts[show] !== 0 || show === 'all' || show === where.show)
        .map((show) => (
          <a
            key={show}
            href={show === 'all' ? hrefOf('datasets', statistics.name) : hrefOf('datasets', statistics.name, show)}
            aria-current={show === where.show ? 'true' : undefined}
          >
            {texts.shows[show]}
            {counts[show] !== undefined && (
              <span class={`badge ${show === 'all' ? '' : 'badge-warn'}`}>{counts[show].toLocaleString('en')}</span>
            )}
          </a>
        ))}
    </nav>
  );
}

function ClassAndPart({ statistics, where }: Pick<PhotoFiltersProps, 'statistics' | 'where'>) {
  const { name, classes, negatives } = statistics;
  const goTo = (change: Partial<Where>): void => {
    location.hash = hrefOfDataset(name, { ...where, ...change });
  };
  return (
    <>
      <select
        aria-label={texts.classFilter}
        value={where.label ?? ''}
        onChange={({ currentTarget: { value } }) => goTo({ label: value === '' ? undefined : value })}
      >
        <option value="">{texts.anyClass}</option>
        {classes.map(({ label, total }) => (
          <option key={label} value={label}>
            {label} ({total.toLocaleString('en')}){label === negatives && ` · ${texts.noneOfThese}`}
          </option>
        ))}
      </select>
      <select
        aria-label={texts.splitFilter}
        value={where.split ?? ''}
        onChange={({ currentTarget: { value } }) => goTo({ split: splits.find((split) => split === value) })}
      >
        <option value="">{texts.anySplit}</option>
        {splits.map((split) => (
          <option key={split} value={split}>
            {texts.splits[split]}
          </option>
        ))}
      </select>
    </>
  );
}

const OrderChoice = ({ doubts, onDoubts }: PhotoFiltersProps) => (
  <select
    aria-label={texts.order}
    value={doubts.first ? 'doubt' : 'arrival'}
    onChange={({ currentTarget: { value } }) => onDoubts({ first: value === 'doubt' })}
  >
    <option value="arrival">{texts.orders.arrival}</option>
    <option value="doubt">{texts.orders.doubt}</option>
  </select>
);

const probabilities = [0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99];

function DoubtFilters({ statistics, doubts, models, onDoubts }: PhotoFiltersProps) {
  return (
    <>
      <select
        aria-label={texts.classifier}
        value={doubts.model?.name ?? ''}
        onChange={({ currentTarget: { value } }) => onDoubts({ model: models.find(({ name }) => name === value) })}
      >
        {models.map(({ name }) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      <select
        aria-label={texts.predictedFilter}
        value={doubts.predicted ?? ''}
        onChange={({ currentTarget: { value } }) => onDoubts({ predicted: value === '' ? undefined : value })}
      >
        <option value="">{texts.saysAnything}</option>
        {statistics.classes.map(({ label }) => (
          <option key={label} value={label}>
            {texts.saysClass(label)}
          </option>
        ))}
      </select>
      <select
        aria-label={texts.confidence}
        value={String(doubts.minProbability)}
        onChange={({ currentTarget: { value } }) => onDoubts({ minProbability: Number(value) })}
      >
        {probabilities.map((probability) => (
          <option key={probability} value={String(probability)}>
            {probability === 0 ? texts.anyConfidence : texts.atLeast(percent(probability))}
          </option>
        ))}
      </select>
      <label>
        <input
          type="checkbox"
          checked={doubts.onlyDoubted}
          onChange={({ currentTarget: { checked } }) => onDoubts({ onlyDoubted: checked })}
        />
        {texts.onlyDoubted}
      </label>
    </>
  );
}
