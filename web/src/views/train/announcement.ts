// Tells that a training is over: a toast on the page, and the system's notification where it is allowed.
import { signal } from '@preact/signals';
import type { Training } from 'taxon-client';
import { showToast } from '../../components/toasts.js';
import { go } from '../../router.js';
import { strings } from '../../strings/index.js';

const texts = strings.train;

// Absent where the page does not come over HTTPS or from this machine.
const isSupported = 'Notification' in globalThis;

/** 'unsupported', or what the person has said to the browser. */
export const notificationPermission = signal<NotificationPermission | 'unsupported'>(
  isSupported ? Notification.permission : 'unsupported',
);

export async function askForNotifications(): Promise<void> {
  notificationPermission.value = await Notification.requestPermission();
}

export function announce({ id, model, dataset, state }: Training): void {
  if (state === 'queued' || state === 'running') return;
  const text = texts.finishedToast[state](texts.nameOf(model, dataset));
  showToast(text, { label: texts.look, run: () => go('train', id) });
  if (notificationPermission.value !== 'granted') return;
  try {
    const notification = new Notification(strings.shell.name, { body: text, tag: id, icon: './icon.svg' });
    notification.onclick = () => {
      focus();
      go('train', id);
    };
  } catch {
    // Chrome on Android lets only service workers notify: the toast must do.
    notificationPermission.value = 'unsupported';
  }
}
