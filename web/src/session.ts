// Who uses the page: an API key, kept in sessionStorage of this tab only, and the client that sends it.
import { computed, signal } from '@preact/signals';
import { Taxon } from 'taxon-client';

const storageName = 'taxon-key';

const storedKey = signal(sessionStorage.getItem(storageName) ?? undefined);

/** undefined: nobody has signed in. */
export const apiKey = computed(() => storedKey.value);

/** The project's own client: sends the key, once there is one. */
export const taxon = computed(
  () => new Taxon(location.origin, apiKey.value === undefined ? {} : { apiKey: apiKey.value }),
);

export function signIn(key: string): void {
  sessionStorage.setItem(storageName, key);
  storedKey.value = key;
}

export function signOut(): void {
  sessionStorage.removeItem(storageName);
  storedKey.value = undefined;
}
