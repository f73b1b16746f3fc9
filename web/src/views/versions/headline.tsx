// The share of images that were right, large, with its interval.
import { formatCount, formatShare } from '../../format.js';
import { strings } from '../../strings/index.js';
import type { Figures } from './figures.js';

const texts = strings.versions;

export const Headline = ({ figures: { images, accuracy, interval, macroF1 } }: { figures: Figures }) => (
  <div>
    <p class="headline">
      <strong>{formatShare(accuracy)}</strong>{' '}
      <span>
        {texts.headline(formatCount(images), texts.between(formatShare(interval.low), formatShare(interval.high)))}
      </span>
    </p>
    <p class="muted">{texts.macroF1(formatShare(macroF1))}</p>
  </div>
);
