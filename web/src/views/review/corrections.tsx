// Photos that people have corrected.
import { FeedbackImage, preloadFeedbackImage } from '../../components/serverImage.js';
import { strings } from '../../strings/index.js';
import { correctionSource } from './correctionSource.js';
import { Waiting } from './waiting.js';

const texts = strings.review;

/** `named`: the dataset in the address, which accepted photos go to. */
export const Corrections = ({ named }: { named: string | undefined }) => (
  <Waiting
    queue="corrections"
    source={correctionSource}
    named={named}
    texts={{ said: texts.saysUser, alt: texts.alt, emptyHelp: texts.emptyHelp }}
    photo={({ id }, alt) => <FeedbackImage id={id} size="full" alt={alt} />}
    preload={({ id }) => preloadFeedbackImage(id, 'full')}
  />
);
