// Texts of the part of Versions where photos of requests are kept.
const percent = (share: number): string => `${Number((share * 100).toFixed(2))} %`;
const photos = (number: number): string => `${number.toLocaleString('en')} ${number === 1 ? 'photo' : 'photos'}`;
const ofSize = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

export const captureTexts = {
  title: 'Keep photos of requests',
  help: 'A share of the photos that the classifier is asked about waits in Review, so that it can learn from what really comes. Only of requests whose API key allows it.',
  off: 'Nothing is kept.',
  now: (share: number, uncertainBelow: number | null) =>
    uncertainBelow === null
      ? `${percent(share)} of the photos are kept.`
      : `${percent(share)} of the photos are kept, if it is less than ${percent(uncertainBelow)} sure or does not know them.`,
  kept: (images: number, bytes: number, accepted: number) =>
    `${photos(images)} (${ofSize(bytes)}) ${images === 1 ? 'waits' : 'wait'} for review, ${accepted.toLocaleString('en')} ${accepted === 1 ? 'is' : 'are'} in datasets.`,
  share: 'Share of the photos',
  percent,
  withoutKey: 'Also of requests without a key',
  start: 'Start keeping',
  change: 'Change',
  review: 'Review them',
  stop: 'Stop and forget',
  stopSure: (images: number) =>
    `Nothing more is kept, and ${photos(images)} that wait for review are deleted. What is in datasets stays there.`,
  started: (share: number) => `${percent(share)} of the photos are kept from now on.`,
  stopped: (captures: number) => `Nothing is kept any more; ${photos(captures)} forgotten.`,
} as const;
