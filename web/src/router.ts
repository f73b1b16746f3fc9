// Addresses within the page, after the #: '#/versions/clothing/2' → ['versions', 'clothing', '2']. They never reach the server.
import { signal } from '@preact/signals';

const readPath = (): readonly string[] =>
  location.hash.startsWith('#/')
    ? location.hash
        .slice(2)
        .split('/')
        .filter((part) => part !== '')
        .map(decodeURIComponent)
    : [];

/** The parts of the current address; follows the browser's own history. */
export const path = signal<readonly string[]>(readPath());
addEventListener('hashchange', () => (path.value = readPath()));

/** For href: '#/versions/my%20model'. */
export const hrefOf = (...parts: readonly string[]): string => `#/${parts.map(encodeURIComponent).join('/')}`;

/** Goes there, with an entry in the history. */
export const go = (...parts: readonly string[]): void => {
  location.hash = hrefOf(...parts);
};
