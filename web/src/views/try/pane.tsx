// One side of a comparison, or all there is: a classifier, its answer, and the call as code.
import { useState } from 'preact/hooks';
import type { Classification } from 'taxon-client';
import type { Loaded } from '../../load.js';
import { strings } from '../../strings/index.js';
import { Answer } from './answer.js';
import { CodeDialog } from './codeDialog.js';
import type { Photo } from './photo.js';
import { Picker, type PickerProps } from './picker.js';

const texts = strings.try;

export interface PaneProps extends PickerProps {
  readonly title: string;
  readonly photo: Photo | undefined;
  readonly answer: Loaded<Classification | undefined>;
  readonly onRemove?: (() => void) | undefined;
}

export function Pane({ title, photo, answer, onRemove, ...picking }: PaneProps) {
  const [isCodeShown, setIsCodeShown] = useState(false);
  return (
    <section class="card pane">
      <header class="pane-head">
        <h2>{title}</h2>
        {onRemove && (
          <button type="button" class="plain" onClick={onRemove}>
            {texts.stopComparing}
          </button>
        )}
      </header>
      <Picker {...picking} />
      {photo === undefined ? (
        <p class="muted">{texts.empty}</p>
      ) : (
        <>
          <Answer {...answer} />
          <button type="button" onClick={() => setIsCodeShown(true)}>
            {texts.code}
          </button>
        </>
      )}
      {isCodeShown && photo && (
        <CodeDialog choice={picking.choice} fileName={photo.file.name} onClose={() => setIsCodeShown(false)} />
      )}
    </section>
  );
}
