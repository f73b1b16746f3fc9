// Any class, by typing some of it; or a new one.
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Dialog } from './dialog.js';
import './labels.css';
import { strings } from '../strings/index.js';

const texts = strings.labels;
const maxShown = 50;

export interface LabelPickerProps {
  readonly title: string;
  readonly labels: readonly string[];
  readonly onPick: (label: string) => void;
  readonly onClose: () => void;
}

export function LabelPicker({ title, labels, onPick, onClose }: LabelPickerProps) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  useLayoutEffect(() => input.current?.focus(), []);
  const typed = text.trim();
  const fitting = labels.filter((label) => label.toLowerCase().includes(typed.toLowerCase()));
  const isNew = typed !== '' && !labels.includes(typed);
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          // One that begins like this is meant, unless the text is that of another.
          const label = labels.includes(typed) ? typed : (fitting[0] ?? typed);
          if (label !== '') onPick(label);
        }}
      >
        <label>
          {texts.newLabel}
          <input
            ref={input}
            value={text}
            maxLength={100}
            pattern="[^\/\\]*"
            autocomplete="off"
            onInput={({ currentTarget }) => setText(currentTarget.value)}
          />
          <small class="muted">{texts.newLabelHelp}</small>
        </label>
        <div class="row label-choices">
          {fitting.slice(0, maxShown).map((label) => (
            <button key={label} type="button" onClick={() => onPick(label)}>
              {label}
            </button>
          ))}
          {isNew && (
            <button type="button" class="primary" onClick={() => onPick(typed)}>
              {texts.nameNew(typed)}
            </button>
          )}
        </div>
      </form>
    </Dialog>
  );
}
