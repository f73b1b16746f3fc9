// A moment in the reader's own words: '3 hours ago'; the exact time is its title.
const units: ReadonlyArray<readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number]> = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];
const words = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });

function relative(at: Date): string {
  const seconds = (at.getTime() - Date.now()) / 1_000;
  const [unit, length] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1];
  return words.format(Math.round(seconds / length), unit);
}

/** `at`: ISO 8601. */
export const Moment = ({ at }: { at: string }) => (
  <time dateTime={at} title={new Date(at).toLocaleString()}>
    {relative(new Date(at))}
  </time>
);
