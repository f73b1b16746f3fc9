// Texts of the part of Versions where a classifier is set to train itself again.
export const autoRetrainTexts = {
  title: 'Train by itself',
  help: 'When photos were added or corrected, the classifier learns them without being asked. The version in use answers until a better one takes its place, and you can go back at any time.',
  noDatasets: 'It needs a dataset to learn from.',
  toDatasets: 'Go to Datasets',
  dataset: 'Learn from',
  whenTitle: 'When',
  afterCorrections: 'after so many changed photos',
  count: 'Changed photos',
  daily: 'every day, if any has changed',
  time: 'Time of day',
  schedule: (cron: string, timeZone: string) => `by the schedule ${cron} (${timeZone}), if any has changed`,
  thenTitle: 'The new version',
  then: {
    'if-better': 'answers if it is better on the test photos',
    never: 'waits for me',
    rollout: 'is tried first, as it was set up over the API',
  },
  turnOn: 'Turn it on',
  change: 'Change it',
  turnOff: 'Turn it off',
  turnedOn: 'It trains itself from now on.',
  turnedOff: 'It trains only when you ask for it.',
  isOn: (dataset: string) => `On: it learns from ${dataset}.`,
  changed: (count: number) =>
    count === 1
      ? 'One photo has changed since the last training.'
      : `${count.toLocaleString('en')} photos have changed since the last training.`,
  changedOf: (count: number, of: number) =>
    `${count.toLocaleString('en')} of ${of.toLocaleString('en')} photos have changed since the last training.`,
  stages: {
    idle: '',
    training: 'A training is under way.',
    shadow: 'Its new version is compared with the one in use.',
    canary: 'Its new version answers a share of the requests.',
  },
  toTraining: 'See it',
  nextTime: (time: string) => `Next time: ${time}.`,
  settings: 'Settings',
  steps: 'What it decided',
  kinds: {
    set: 'Set up',
    queued: 'Training started',
    skipped: 'Nothing to do',
    refused: 'Not possible',
    failed: 'Failed',
    activated: 'New version answers',
    kept: 'Version kept',
    shadow: 'Compared',
    canary: 'Tried',
    ended: 'Ended',
  },
} as const;
