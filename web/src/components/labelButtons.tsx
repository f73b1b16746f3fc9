// The first classes as buttons, with the keys that do the same.
import './labels.css';
import { strings } from '../strings/index.js';
import { numberedCount } from '../labels.js';

const texts = strings.labels;

export interface LabelButtonsProps {
  readonly labels: readonly string[];
  readonly disabled?: boolean;
  /** Those that are on, where a photo may have several. */
  readonly pressed?: readonly string[];
  readonly onLabel: (label: string) => void;
  /** Another class than these. */
  readonly onOther: () => void;
}

export const LabelButtons = ({ labels, disabled = false, pressed, onLabel, onOther }: LabelButtonsProps) => (
  <div class="label-buttons" role="group" aria-label={texts.label}>
    {labels.slice(0, numberedCount).map((label, index) => (
      <button
        key={label}
        type="button"
        disabled={disabled}
        aria-pressed={pressed?.includes(label)}
        onClick={() => onLabel(label)}
      >
        <kbd>{index + 1}</kbd> <span>{label}</span>
      </button>
    ))}
    <button type="button" disabled={disabled} onClick={onOther}>
      <kbd>L</kbd> {texts.otherLabel}
    </button>
  </div>
);
