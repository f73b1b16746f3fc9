// How far long work is, on standard error: a bar on a terminal, nothing elsewhere.
import { SingleBar } from 'cli-progress';

export interface Progress {
  /** `share` 0 to 1; `note`: what is being done, and how long it takes. */
  update(share: number, note: string): void;
  /** Takes the bar away. */
  stop(): void;
}

/** To be stopped by the caller, before anything else is printed. */
export function startProgress(title: string): Progress {
  const bar = new SingleBar({
    format: `${title} {bar} {percentage} %  {note}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    stream: process.stderr,
  });
  bar.start(1, 0, { note: '' });
  return { update: (share, note) => bar.update(share, { note }), stop: () => bar.stop() };
}

/** A time left, in seconds, for people. */
export function describeTimeLeft(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s left`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min left` : `${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}
