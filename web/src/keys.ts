// Keys of a whole view, wherever the focus is, except where somebody types.
import { useLayoutEffect, useRef } from 'preact/hooks';

/** `handle` says whether the key was its. `dialogs`: how many windows are open where these keys count, one for a window's own keys. */
export function useKeys(handle: (event: KeyboardEvent) => boolean, dialogs = 0): void {
  const latest = useRef(handle);
  latest.current = handle;
  // What can be seen can be typed at.
  useLayoutEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const target = event.target as Element;
      if (event.defaultPrevented || event.altKey || target.closest('input, select, textarea') !== null) return;
      if (document.querySelectorAll('dialog[open]').length !== dialogs) return;
      if (latest.current(event)) event.preventDefault();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [dialogs]);
}
