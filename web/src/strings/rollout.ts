// Texts of the part of Versions where a version is tried on some of the requests.
export const rolloutTexts = {
  title: 'Try a version on some requests',
  help: 'Before a version answers everybody, let it answer a few. A client that shows its key or an id gets the same version each time.',
  nothingElse: 'Train another version first: then the two can be tried beside each other.',
  version: 'Version',
  share: 'Share of the requests',
  percent: (percent: number) => `${percent} %`,
  start: 'Start',
  change: 'Change the share',
  end: 'End it',
  started: (version: number, percent: number) => `Version ${version} answers ${percent} % of the requests.`,
  ended: 'Ended: the active version answers every request.',
  now: (version: number, percent: number) =>
    percent === 0
      ? `Version ${version} is compared with the active one and answers no requests.`
      : `Version ${version} answers ${percent} % of the requests.`,
  keys: (count: number) => (count === 1 ? 'And all of one key.' : `And all of ${count} keys.`),
  waitingFor: (what: string) => `It is judged by its conditions; so far: ${what}.`,
  states: { running: 'running', promoted: 'activated', failed: 'failed', ended: 'ended' },
  last: 'How the last one went',
  soFar: 'What each has answered so far',
  columns: {
    version: 'Version',
    requests: 'Requests',
    errors: 'Failed',
    time: 'Mean time',
    sure: 'Mean certainty',
    unknown: 'Unknown photos',
    agrees: 'Agrees with the active one',
    corrected: 'Corrected photos right',
  },
  roles: { active: 'active', canary: 'tried', shadow: 'compared' },
  ms: (ms: number) => `${ms.toFixed(ms < 10 ? 1 : 0)} ms`,
  of: (part: string, whole: string) => `${part} of ${whole}`,
  steps: 'Step by step',
  kinds: {
    started: 'Started',
    changed: 'Changed',
    promoted: 'Activated',
    failed: 'Failed',
    ended: 'Ended',
  },
} as const;
