// The views, by the first part of the address. Each is a file of its own that loads when it is first opened.
import type { ComponentType } from 'preact';

/** `rest`: the parts of the address after the view's own name. */
export type View = ComponentType<{ readonly rest: readonly string[] }>;

interface ViewEntry {
  readonly load: () => Promise<{ readonly default: View }>;
  /** Asks for an admin key first. */
  readonly needsKey: boolean;
}

export const views = {
  try: { load: () => import('./views/try/try.js'), needsKey: false },
  health: { load: () => import('./views/health/health.js'), needsKey: true },
} satisfies Record<string, ViewEntry>;

export type ViewName = keyof typeof views;

export const isView = (name: string): name is ViewName => Object.hasOwn(views, name);
