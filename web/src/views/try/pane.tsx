// One side of a comparison, or all there is: a classifier, its answer, and the call as code.
import { useState } from 'preact/hooks';
import type { Classification } from 'taxon-client';
import type { Loaded } from '../../load.js';
import { strings } from '../../strings/index.js';
import { Answer } from './answer.js';
import { CodeDialog } from './codeDialog.js';
import type { Explanation } from './explanation.js';
import type { Photo } from './photo.js';
import { Picker, type PickerProps } from './picker.js';
import { Why } from './why.js';

const texts = strings.try;

export interface PaneProps extends PickerProps {
  readonly title: string;
  readonly photo: Photo | undefined;
  readonly answer: Loaded<Classification | undefined>;
  readonly onRemove?: (() => void) | undefined;
  /** Of this pane's answer; undefined: not asked for. */
  readonly explanation: Loaded<Explanation | undefined> | undefined;
  /** Asks for an explanation, of a class or of the most probable one; undefined: of nothing any more. */
  readonly onExplain: (wanted: { readonly label?: string } | undefined) => void;
}

export function Pane({ title, photo, answer, onRemove, explanation, onExplain, ...picking }: PaneProps) {
  const [isCodeShown, setIsCodeShown] = useState(false);
  return (
    <section class="card pane">
      <header class="pane-head">
        <h2>{title}</h2>
        {onRemove && (
          <button type="button" class="plain" aria-label={texts.stopComparing} onClick={onRemove}>
            ✕
          </button>
        )}
      </header>
      <Picker {...picking} />
      {photo === undefined ? (
        <p class="muted">{texts.empty}</p>
      ) : (
        <>
          <Answer {...answer} />
          <div class="row">
            <button
              type="button"
              aria-expanded={explanation !== undefined}
              onClick={() => onExplain(explanation ? undefined : {})}
            >
              {explanation ? texts.whyHide : texts.why}
            </button>
            <button type="button" onClick={() => setIsCodeShown(true)}>
              {texts.code}
            </button>
          </div>
          {explanation && (
            <Why
              photo={photo}
              choice={picking.choice}
              explanation={explanation}
              labels={answer.data?.predictions.map(({ label }) => label) ?? []}
              onLabel={(label) => onExplain({ label })}
            />
          )}
        </>
      )}
      {isCodeShown && photo && (
        <CodeDialog choice={picking.choice} fileName={photo.file.name} onClose={() => setIsCodeShown(false)} />
      )}
    </section>
  );
}
