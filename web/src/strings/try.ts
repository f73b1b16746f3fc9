// Texts of the view Try.
export const tryTexts = {
  title: 'What is in this photo?',
  choose: 'Choose a photo',
  drop: 'or drop or paste one here',
} as const;
