// What both queues of the view have: how far they are, that nothing waits, and a choice by name.
import type { ComponentChildren } from 'preact';
import { strings } from '../../strings/index.js';

const texts = strings.review;

export const Progress = ({ done, all }: { done: number; all: number }) => (
  <div class="review-progress">
    <progress max={all} value={done} aria-label={texts.title} />
    <span class="number muted">{texts.progress(done, all)}</span>
  </div>
);

interface NothingWaitsProps {
  readonly title: string;
  readonly help: string;
  /** Absent: there is nothing to undo. */
  readonly onUndo?: () => void;
  readonly children?: ComponentChildren;
}

export const NothingWaits = ({ title, help, onUndo, children }: NothingWaitsProps) => (
  <section class="card review-empty">
    <div role="status">
      <h2>{title}</h2>
    </div>
    <p class="muted">{help}</p>
    {onUndo && (
      <button type="button" onClick={onUndo}>
        <kbd>Ctrl Z</kbd> {texts.undo}
      </button>
    )}
    {children}
  </section>
);

interface ChooserProps {
  readonly label: string;
  readonly value: string;
  readonly names: readonly string[];
  readonly onChange: (name: string) => void;
}

export const Chooser = ({ label, value, names, onChange }: ChooserProps) => (
  <label class="review-dataset">
    {label}
    <select value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
      {names.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  </label>
);
