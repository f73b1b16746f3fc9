// What can be done with the chosen photos.
import { strings } from '../../strings/index.js';
import { LabelButtons } from '../../components/labelButtons.js';
import type { Split } from './photos/photoSources.js';
import { splits } from './where.js';

const texts = strings.datasets;

export interface SelectionBarProps {
  readonly count: number;
  readonly labels: readonly string[];
  readonly onLabel: (label: string) => void;
  readonly onOther: () => void;
  readonly onMove: (split: Split) => void;
  readonly onDelete: () => void;
  readonly onClear: () => void;
}

export function SelectionBar({ count, labels, onLabel, onOther, onMove, onDelete, onClear }: SelectionBarProps) {
  const none = count === 0;
  return (
    <section class="selection-bar" aria-label={texts.chosen(count)}>
      <LabelButtons labels={labels} disabled={none} onLabel={onLabel} onOther={onOther} />
      <div class="row">
        <strong role="status">{texts.chosen(count)}</strong>
        <select
          aria-label={texts.moveTo}
          disabled={none}
          value=""
          onChange={({ currentTarget }) => {
            onMove(currentTarget.value as Split);
            currentTarget.value = '';
          }}
        >
          <option value="" disabled hidden>
            {texts.moveTo}
          </option>
          {splits.map((split) => (
            <option key={split} value={split}>
              {texts.splits[split]}
            </option>
          ))}
        </select>
        <button type="button" class="danger" disabled={none} onClick={onDelete}>
          {texts.delete}
        </button>
        <button type="button" class="plain" disabled={none} onClick={onClear}>
          {texts.clear}
        </button>
        <KeyHelp />
      </div>
    </section>
  );
}

const KeyHelp = () => (
  <details class="key-help">
    <summary>{texts.keys}</summary>
    <dl class="card">
      {texts.keyHelp.map(([key, meaning]) => (
        <div key={key}>
          <dt>
            <kbd>{key}</kbd>
          </dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
  </details>
);
