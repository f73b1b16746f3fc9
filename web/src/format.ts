// Figures, times and spans of time as people read them.

/** 0.9234 → '92.3 %'. */
export const formatShare = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** 75 → '1 min 15 s'; whole seconds, whole minutes from an hour on. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

const times = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

/** Of an ISO time, in the reader's time zone. */
export const formatTime = (iso: string): string => times.format(new Date(iso));

export const formatCount = (count: number): string => count.toLocaleString('en');

/** Whole percentage points with a sign: 0.034 → '+3.4 points'. */
export const formatGain = (gain: number): string => `${gain < 0 ? '−' : '+'}${Math.abs(gain * 100).toFixed(1)} points`;
