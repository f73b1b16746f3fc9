// Texts of what gives photos their class, in Datasets and Review.
export const labelTexts = {
  label: 'Label',
  otherLabel: 'Other…',
  newLabel: 'Class',
  newLabelHelp: 'Type to find a class, or name a new one.',
  nameNew: (label: string) => `New class ${label}`,
} as const;
