// How a training ended: what the new version can do, and what to do with it; or why there is none.
import { useState } from 'preact/hooks';
import { dataOf, type NewTraining, type Training } from 'taxon-client';
import { messageOf } from '../../components/problem.js';
import { showToast } from '../../components/toasts.js';
import { formatCount, formatGain, formatShare } from '../../format.js';
import { useLoad } from '../../load.js';
import { go, hrefOf } from '../../router.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';

const texts = strings.train;

/** Figures of a training beside those that the API promises; the server's own trainings have them all. */
interface TrainingFigures {
  readonly evaluatedOn: 'test' | 'validation';
  readonly images: { readonly train: number; readonly heldOut: number };
  readonly classes: number;
  readonly comparison: {
    readonly images: number;
    readonly gain: number;
    readonly gainInterval: { readonly low: number; readonly high: number };
  } | null;
  readonly activationRefused: string | null;
}

export function Outcome({ training }: { training: Training }) {
  switch (training.state) {
    case 'queued':
    case 'running':
      return null;
    case 'cancelled':
      return (
        <section class="card" role="status">
          <p>{texts.cancelled}</p>
          <Again training={training} />
        </section>
      );
    case 'failed':
      return (
        <section class="card note-bad" role="alert">
          <h2>{texts.failedTitle}</h2>
          <p>{training.error?.detail}</p>
          <p>{texts.failedHelp}</p>
          <Again training={training} />
        </section>
      );
    case 'succeeded':
      return <Success training={training} />;
  }
}

function Again({ training: { request, dataset, model } }: { training: Training }) {
  const repeat = async (): Promise<void> => {
    try {
      const { id } = await taxon.value.train(request as NewTraining);
      go('train', id);
    } catch (refusal) {
      showToast(messageOf(refusal));
    }
  };
  return (
    <div class="row">
      <button type="button" onClick={() => void repeat()}>
        {texts.repeat}
      </button>
      <a class="button" href={hrefOf('train', 'new', dataset, model)}>
        {texts.change}
      </a>
    </div>
  );
}

function Success({ training }: { training: Training }) {
  const { metrics, leftOut } = training;
  const { multiLabel } = metrics!;
  const { evaluatedOn, images, classes, activationRefused, ...figures } = metrics as unknown as TrainingFigures;
  const comparison = multiLabel ? multiLabel.comparison : figures.comparison;
  return (
    <section class="card result">
      <h2>{texts.resultTitle}</h2>
      <Headline metrics={metrics!} evaluatedOn={evaluatedOn} />
      <p class="muted">
        {multiLabel && texts.resultExact(formatShare(multiLabel.exactMatch))}{' '}
        {texts.learntFrom(formatCount(images.train), classes)}{' '}
        {comparison &&
          texts.compared(
            formatCount(comparison.images),
            formatGain(comparison.gain),
            formatGain(comparison.gainInterval.low),
            formatGain(comparison.gainInterval.high),
          )}{' '}
        {leftOut.count > 0 && texts.leftOut(formatCount(leftOut.count))}
      </p>
      {activationRefused !== null && (
        <p class="note note-warn">
          {texts.activationRefused} {activationRefused}
        </p>
      )}
      <NewVersion training={training} />
    </section>
  );
}

function Headline({
  metrics: { accuracy, accuracyInterval, multiLabel },
  evaluatedOn,
}: { metrics: NonNullable<Training['metrics']> } & Pick<TrainingFigures, 'evaluatedOn'>) {
  const interval = (multiLabel?.meanAveragePrecisionInterval ?? accuracyInterval)!;
  const certain = texts.between(formatShare(interval.low), formatShare(interval.high));
  return (
    <p class="headline">
      <strong>{formatShare(multiLabel?.meanAveragePrecision ?? accuracy!)}</strong>{' '}
      <span>{multiLabel ? texts.resultMean(certain, evaluatedOn) : texts.resultRight(certain, evaluatedOn)}</span>
    </p>
  );
}

/** Whether it answers, and the way there. */
function NewVersion({ training: { model: name, version } }: { training: Training }) {
  const { data: model, reload } = useLoad(
    async (signal) => dataOf(await taxon.value.api.GET('/v1/models/{name}', { params: { path: { name } }, signal })),
    [name],
  );
  const [busy, setBusy] = useState(false);
  const activate = async (): Promise<void> => {
    setBusy(true);
    try {
      dataOf(
        await taxon.value.api.POST('/v1/admin/models/{name}/activate', {
          params: { path: { name } },
          body: { version: version! },
        }),
      );
      showToast(texts.activated(version!));
      reload();
    } catch (refusal) {
      showToast(messageOf(refusal));
    } finally {
      setBusy(false);
    }
  };
  const active = model?.activeVersion;
  return (
    <>
      <p role="status">
        {active !== undefined && (active === version ? texts.answersNow(active) : texts.notActive(version!, active))}
      </p>
      <div class="row">
        <a class="button primary" href={hrefOf('versions', name, String(version))}>
          {texts.seeVersion}
        </a>
        {active !== undefined && active !== version && (
          <button type="button" disabled={busy} onClick={() => void activate()}>
            {texts.activateIt}
          </button>
        )}
      </div>
    </>
  );
}
