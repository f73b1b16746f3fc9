// How far a training is, in plain words.
import { strings } from '../../strings/index.js';
import type { TrainingProgress } from '../../training.js';

const texts = strings.teach;

export function Progress({ progress }: { progress: TrainingProgress }) {
  const { stage, done, total, secondsLeft } = progress;
  const counted = done !== undefined && total !== undefined;
  return (
    <div class="teach-progress">
      <progress aria-label={texts.stages[stage] ?? stage} {...(counted && { value: done, max: total })} />
      <p class="muted">
        {texts.stages[stage] ?? stage}
        {stage === 'embeddings' && counted && `, ${texts.ofPhotos(done, total)}`}
        {secondsLeft !== undefined && secondsLeft >= 1 && `, ${texts.secondsLeft(Math.round(secondsLeft))}`}
      </p>
    </div>
  );
}
