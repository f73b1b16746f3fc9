// Texts of the view Review.
const photos = (number: number): string => `${number.toLocaleString('en')} ${number === 1 ? 'photo' : 'photos'}`;

export const reviewTexts = {
  title: 'Review',
  intro: 'Photos that people have corrected. What you accept is learnt by the next training.',
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
  hint: 'A decision can be undone for some seconds.',
} as const;
