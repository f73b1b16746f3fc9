// Short messages at the edge of the page, read out by screen readers, gone after some seconds.
import { signal } from '@preact/signals';

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly action?: { readonly label: string; readonly run: () => void } | undefined;
}

const shownMs = 8_000;
const toasts = signal<readonly Toast[]>([]);
let lastId = 0;

const remove = (id: number): void => {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
};

/** With an action, such as undo, that the toast offers while it is there. */
export function showToast(text: string, action?: Toast['action']): void {
  const id = ++lastId;
  toasts.value = [...toasts.value.slice(-2), { id, text, action }];
  setTimeout(() => remove(id), shownMs);
}

export const Toasts = () => (
  <div class="toasts" role="status" aria-live="polite">
    {toasts.value.map(({ id, text, action }) => (
      <div class="toast" key={id}>
        <span>{text}</span>
        {action && (
          <button
            type="button"
            onClick={() => {
              remove(id);
              action.run();
            }}
          >
            {action.label}
          </button>
        )}
      </div>
    ))}
  </div>
);
