// Texts of the view Health.
export const healthTexts = {
  title: 'Health and keys',
  keys: 'API keys',
  name: 'Name',
  scope: 'Scope',
  created: 'Made',
  lastUsed: 'Last used',
} as const;
