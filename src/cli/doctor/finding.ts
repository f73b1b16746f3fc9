// What `taxon doctor` says of one thing.

export const states = ['ok', 'warning', 'problem'] as const;
/** problem: the server does not start, or does not do its work. warning: it does, worse than it could or not for long. */
export type State = (typeof states)[number];

export interface Finding {
  /** What was looked at, in a word or two. */
  readonly check: string;
  readonly state: State;
  readonly found: string;
  /** What to do. An ok finding has one where something could be better. */
  readonly advice?: string;
}

export const ok = (check: string, found: string, advice?: string): Finding => ({
  check,
  state: 'ok',
  found,
  ...(advice !== undefined && { advice }),
});

export const warning = (check: string, found: string, advice: string): Finding => ({
  check,
  state: 'warning',
  found,
  advice,
});

export const problem = (check: string, found: string, advice: string): Finding => ({
  check,
  state: 'problem',
  found,
  advice,
});

/** The gravest of the findings' states. */
export const worstOf = (findings: readonly Finding[]): State =>
  states.findLast((state) => findings.some((finding) => finding.state === state)) ?? 'ok';

/** In the larger of MiB and GiB that leaves a number above 1. */
export const bytesText = (bytes: number): string =>
  bytes < 2 ** 30 ? `${Math.round(bytes / 2 ** 20)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
