// Texts of the frame around all views.
export const shell = {
  name: 'Taxon',
  skip: 'Skip to the content',
  views: {
    try: 'Try',
    teach: 'Teach',
    datasets: 'Datasets',
    train: 'Train',
    versions: 'Versions',
    review: 'Review',
    health: 'Health',
  },
  navigation: 'Views',
  loading: 'Loading…',
  failed: 'That did not work',
  again: 'Try again',
  notFound: 'There is no such view.',
  signIn: 'Sign in',
  signOut: 'Sign out',
  signInTitle: 'This needs an admin key',
  signInHelp:
    'The server printed one at its first start, and an administrator can make more. It is kept in this tab only, until you close it.',
  signInRefused: 'The server does not know this key.',
  linkRefused: 'The sign-in link did not work:',
  key: 'Key',
  close: 'Close',
  cancel: 'Cancel',
} as const;
