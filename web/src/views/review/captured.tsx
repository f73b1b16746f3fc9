// Photos of requests that were kept, with what was answered: the most uncertain first.
import { CaptureImage, preloadCaptureImage } from '../../components/serverImage.js';
import { strings } from '../../strings/index.js';
import { captureSource } from './captureSource.js';
import { Waiting } from './waiting.js';

const texts = strings.review;

/** `named`: the dataset in the address, which accepted photos go to. */
export const Captured = ({ named }: { named: string | undefined }) => (
  <Waiting
    queue="captured"
    source={captureSource}
    named={named}
    texts={{ said: texts.saidAnswer, alt: texts.capturedAlt, emptyHelp: texts.nothingCapturedHelp }}
    photo={({ id }, alt) => <CaptureImage id={id} size="full" alt={alt} />}
    preload={({ id }) => preloadCaptureImage(id, 'full')}
    about={({ version, probability, known }) => (
      <p class="muted">{texts.answered(version, probability, known === false)}</p>
    )}
  />
);
