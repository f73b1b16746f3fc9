// Train: start one, watch it, and look at those of the past. #/train, #/train/new/{dataset}/{classifier}, #/train/{id}.
import { hrefOf } from '../../router.js';
import { strings } from '../../strings/index.js';
import { NewTraining } from './newTraining.js';
import { TrainingList } from './trainingList.js';
import { TrainingPage } from './trainingPage.js';
import './train.css';

const texts = strings.train;

export default function Train({ rest: [first, ...more] }: { rest: readonly string[] }) {
  if (first !== undefined && first !== 'new') return <TrainingPage key={first} id={first} />;
  const [dataset, model] = more;
  return (
    <>
      <h1>{texts.title}</h1>
      <p class="muted train-intro">{texts.intro}</p>
      <div class="train-columns">
        <NewTraining key={more.join('/')} dataset={dataset} model={model} />
        <TrainingList />
      </div>
    </>
  );
}

export const BackToTrainings = () => (
  <p class="back">
    <a href={hrefOf('train')}>← {texts.all}</a>
  </p>
);
