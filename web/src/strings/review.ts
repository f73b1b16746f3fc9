// Texts of the view Review.
const photos = (number: number): string => `${number.toLocaleString('en')} ${number === 1 ? 'photo' : 'photos'}`;

export const reviewTexts = {
  title: 'Review',
  queue: 'Which photos',
  queues: { corrections: 'Corrections', captured: 'Kept from requests', unsure: 'Unsure photos' },
  intros: {
    corrections: 'Photos that people have corrected. What you accept is learnt by the next training.',
    captured:
      'Photos that the classifier was asked about and that were kept, where that is turned on. Those that it was least sure of come first.',
    unsure:
      'Photos of a dataset that a classifier is unsure of or takes for something else. The most telling ones come first.',
  },
  progress: (done: number, all: number) => `${done.toLocaleString('en')} of ${all.toLocaleString('en')} decided`,
  empty: 'Nothing waits for review',
  emptyHelp: 'When somebody corrects a classification, in Try or through the API, the photo comes here.',
  allDone: (number: number) => `All done: ${photos(number)} decided`,
  noDataset: 'Accepted photos need a dataset to go to.',
  createDataset: 'Make one in Datasets',
  dataset: 'Accepted photos go to',
  saysUser: 'It was corrected to',
  saysClassifier: (name: string) => `${name} says now`,
  alt: (label: string) => `Photo that was corrected to ${label}`,
  accept: (label: string) => `Yes, ${label}`,
  reject: 'Throw away',
  skip: 'Later',
  other: 'No, it is',
  pick: 'What is it?',
  undo: 'Undo',
  nothingToUndo: 'The last decisions have been carried out already',
  accepted: (label: string) => `Accepted as ${label}`,
  rejected: 'Thrown away',
  refused: (reason: string) => `That one stays here: ${reason}`,
  saidAnswer: 'The answer was',
  capturedAlt: (label: string) => `Photo that was taken for ${label}`,
  answered: (version: number, probability: number, isUnknown: boolean) =>
    `Version ${version}, ${(probability * 100).toFixed(0)} % sure${isUnknown ? '; it is like no photo that it knows' : ''}.`,
  nothingCapturedHelp:
    'A classifier keeps photos of its requests when that is turned on in Versions, of those whose key allows it.',
  seeUnsure: 'Look at the photos that a classifier is unsure of',
  noPhotos: 'There are no labelled photos yet',
  ofDataset: 'Photos of',
  askedClassifier: 'Asked is',
  asking: (name: string) => `${name} looks at the photos. The first time, that takes a while.`,
  noClassifier: 'No classifier knows these classes yet',
  trainOne: 'Train one first',
  saysLabel: 'Its label is',
  unsureAlt: (label: string) => `Photo with the label ${label}`,
  keep: (label: string) => `Keep ${label}`,
  itIs: (label: string) => `It is ${label}`,
  remove: 'Remove',
  noneToUndo: 'There is nothing to undo',
  allSure: 'Nothing is unsure',
  allSureHelp: (name: string) =>
    `${name} agrees with all other labels, and is sure. Photos whose label you kept do not come again in this browser.`,
  keptHint: 'What you keep is not asked again in this browser.',
  hint: 'A decision can be undone for some seconds.',
} as const;
