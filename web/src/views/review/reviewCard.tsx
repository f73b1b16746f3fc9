// One photo, what is said of it, and what can be decided about it, each by one key.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { LabelButtons } from '../../components/labelButtons.js';
import { LabelPicker } from '../../components/labelPicker.js';
import { useKeys } from '../../keys.js';
import { labelOfKey, useLabels } from '../../labels.js';
import { useLoad } from '../../load.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';
import { dataOf } from 'taxon-client';

const texts = strings.review;

export interface Choice {
  /** As it stands on the button. */
  readonly key: string;
  /** The browser's names of the keys that do it, letters in lower case. */
  readonly keys: readonly string[];
  readonly text: string;
  readonly look?: 'primary' | 'danger';
  readonly run: () => void;
}

export interface ReviewCardProps {
  readonly photo: ComponentChildren;
  /** Where the label comes from. */
  readonly said: string;
  readonly label: string;
  readonly choices: readonly Choice[];
  /** Whose classes have numbers. */
  readonly dataset: string;
  readonly onLabel: (label: string) => void;
  readonly onUndo: () => void;
  readonly hint: string;
  /** What a classifier says. */
  readonly children: ComponentChildren;
}

export function ReviewCard(props: ReviewCardProps) {
  const { photo, said, label, choices, dataset, onLabel, onUndo, hint, children } = props;
  const [isPicking, setPicking] = useState(false);
  const classes = useLoad(
    async (signal) => {
      const params = { path: { name: dataset } };
      const statistics = dataOf(await taxon.value.api.GET('/v1/admin/datasets/{name}', { params, signal }));
      return statistics.classes.map(({ label: name }) => name);
    },
    [dataset],
  );
  const labels = useLabels(classes.data ?? []);
  useKeys((event) => {
    if (event.ctrlKey || event.metaKey) return false;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const numbered = labelOfKey(key, labels);
    const choice = choices.find(({ keys }) => keys.includes(key));
    if (choice !== undefined) choice.run();
    else if (numbered !== undefined) onLabel(numbered);
    else if (key === 'l') setPicking(true);
    else return false;
    return true;
  });
  return (
    <section class="card review-card">
      <div class="review-photo">{photo}</div>
      <div class="stack review-side">
        <div role="status">
          <span class="muted">{said}</span>
          <h2>{label}</h2>
        </div>
        <div class="review-decisions">
          {choices.map(({ key, text, look, run }) => (
            <button key={key} type="button" {...(look && { class: look })} onClick={run}>
              <kbd>{key}</kbd> {text}
            </button>
          ))}
        </div>
        <div>
          <p class="muted">{texts.other}</p>
          <LabelButtons labels={labels} onLabel={onLabel} onOther={() => setPicking(true)} />
        </div>
        {children}
        <div class="row">
          <button type="button" class="plain" onClick={onUndo}>
            <kbd>Ctrl Z</kbd> {texts.undo}
          </button>
          <small class="muted">{hint}</small>
        </div>
      </div>
      {isPicking && (
        <LabelPicker
          title={texts.pick}
          labels={labels}
          onPick={(picked) => {
            setPicking(false);
            onLabel(picked);
          }}
          onClose={() => setPicking(false)}
        />
      )}
    </section>
  );
}
