// One training: its stages and curves as they come, then its result.
import { useEffect, useRef, useState } from 'preact/hooks';
import { dataOf, type Training } from 'taxon-client';
import { Dialog } from '../../components/dialog.js';
import { Loading } from '../../components/loading.js';
import { messageOf, ProblemNote } from '../../components/problem.js';
import { showToast } from '../../components/toasts.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';
import { askForNotifications, notificationPermission } from './announcement.js';
import { Curves } from './curves.js';
import { Outcome } from './outcome.js';
import { Stages } from './stages.js';
import { BackToTrainings } from './train.js';
import { StateBadge } from './trainingList.js';
import { feedOf, forgetFeed, hasEnded } from './trainingFeed.js';
import { SearchHistory } from './searchHistory.js';
import { Trials } from './trials.js';

const texts = strings.train;

export function TrainingPage({ id }: { id: string }) {
  const [, setRound] = useState(0);
  const feed = feedOf(id).value;
  const heading = useRef<HTMLHeadingElement>(null);
  const { training, error, epochs } = feed;
  useEffect(() => heading.current?.focus(), [training === undefined]);
  const retry = (): void => {
    forgetFeed(id);
    setRound((round) => round + 1);
  };
  if (error !== undefined && training === undefined)
    return (
      <>
        <BackToTrainings />
        <ProblemNote error={error} retry={retry} />
      </>
    );
  if (training === undefined) return <Loading />;
  const running = !hasEnded(training);
  return (
    <>
      <BackToTrainings />
      <div class="page-head">
        <h1 ref={heading} tabindex={-1}>
          {texts.nameOf(training.model, training.dataset)}
        </h1>
        <span role="status">
          <StateBadge state={training.state} />
        </span>
        {running && <Notify />}
        {running && <Cancel training={training} />}
      </div>
      {error !== undefined && <ProblemNote error={error} retry={retry} />}
      <div class="stack">
        <Outcome training={training} />
        <div class="training-columns">
          <Stages feed={feed} training={training} running={running} />
          <section class="card">
            <h2>{texts.curvesTitle}</h2>
            {feed.removed && <p class="note">{texts.removed}</p>}
            {epochs.length === 0 && !feed.removed && <p class="muted">{running ? texts.noCurves : texts.noneLearnt}</p>}
            {epochs.length > 0 && <Curves epochs={epochs} running={running} />}
          </section>
        </div>
        {feed.trials.length > 0 && <SearchHistory trials={feed.trials} training={training} />}
        {epochs.length > 0 && epochs[0]!.candidates > 1 && <Trials epochs={epochs} running={running} />}
      </div>
    </>
  );
}

function Notify() {
  const permission = notificationPermission.value;
  if (permission === 'granted') return <span class="muted">{texts.willNotify}</span>;
  if (permission !== 'default') return null;
  return (
    <button type="button" onClick={() => void askForNotifications()}>
      {texts.notify}
    </button>
  );
}

function Cancel({ training: { id } }: { training: Training }) {
  const [asking, setAsking] = useState(false);
  const cancel = async (): Promise<void> => {
    setAsking(false);
    try {
      dataOf(await taxon.value.api.DELETE('/v1/admin/trainings/{id}', { params: { path: { id } } }));
    } catch (refusal) {
      showToast(messageOf(refusal));
    }
  };
  return (
    <>
      <button type="button" class="danger" onClick={() => setAsking(true)}>
        {texts.cancel}
      </button>
      {asking && (
        <Dialog title={texts.cancel} onClose={() => setAsking(false)}>
          <p>{texts.cancelSure}</p>
          <div class="row">
            <button type="button" class="danger" onClick={() => void cancel()}>
              {texts.cancel}
            </button>
            <button type="button" onClick={() => setAsking(false)}>
              {texts.keepTraining}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}
