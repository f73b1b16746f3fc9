// Who uses the page: an API key, kept in sessionStorage of this tab only, and the client that sends it.
import { computed, signal } from '@preact/signals';
import { dataOf, Taxon } from 'taxon-client';

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

const linkPrefix = '#sign-in=';

/**
 * Signs in where the address is the link that the server printed, which works once, and takes the token out of the address and the
 * history. Throws TaxonError when it has been used or is too old.
 */
export async function signInByLink(): Promise<void> {
  if (!location.hash.startsWith(linkPrefix)) return;
  const token = location.hash.slice(linkPrefix.length);
  history.replaceState(null, '', location.pathname);
  const { key } = dataOf(await new Taxon().api.POST('/v1/sign-in', { body: { token } }));
  signIn(key);
}
