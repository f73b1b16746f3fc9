// Classes and their probabilities as bars, most probable first.
import './bars.css';

export interface Prediction {
  readonly label: string;
  /** 0 to 1. */
  readonly probability: number;
}

export const percent = (share: number): string => `${(share * 100).toFixed(share > 0.995 || share < 0.005 ? 1 : 0)} %`;

export const Bars = ({ predictions }: { predictions: readonly Prediction[] }) => (
  <ol class="bars">
    {predictions.map(({ label, probability }) => (
      <li key={label}>
        <span class="bar-label">{label}</span>
        <meter min={0} max={1} value={probability} aria-label={label} />
        <span class="number">{percent(probability)}</span>
      </li>
    ))}
  </ol>
);
