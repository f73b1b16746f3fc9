// Keys of a whole view, wherever the focus is, except where somebody types or a window is open.
import { useEffect, useRef } from 'preact/hooks';

/** `handle` says whether the key was its. */
export function useKeys(handle: (event: KeyboardEvent) => boolean): void {
  const latest = useRef(handle);
  latest.current = handle;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const target = event.target as Element;
      if (event.defaultPrevented || event.altKey || target.closest('input, select, textarea, dialog') !== null) return;
      if (latest.current(event)) event.preventDefault();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
}
