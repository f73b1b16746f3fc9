// Texts about photos of none of the classes.
export const unknownTexts = {
  title: 'Photos of none of the classes',
  heldOutUnknown: (unknown: string) => `Of its own kind of photos it calls ${unknown} unknown.`,
  givenUp: (unknown: string, lost: string) =>
    `Of its own kind of photos it calls ${unknown} unknown; ${lost} of all it had right.`,
  columns: {
    kind: 'Photos',
    unknown: 'Called unknown',
    auroc: 'Area under the ROC curve',
    falsePositives: 'Taken for known, where 95 % of its own are',
  },
  kinds: {
    drawn: 'Drawn, of nothing',
    otherDatasets: 'Of other datasets',
    uploaded: 'Marked as none of the classes',
  },
  threshold: 'Unknown above',
  thresholdHelp:
    'At 0.99, one in a hundred photos of its own kind is unknown; lower, more of them, and more of the others. A request can say otherwise.',
  save: 'Set',
  reset: 'As at first',
  set: (value: string) => `Photos of a novelty above ${value} are unknown now.`,
} as const;
