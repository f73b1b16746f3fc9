// The open licenses that images come under, by the codes that Openverse has for them, and which of them are wanted.
import { UsageError } from '../exit.js';

export const licenseCodes = ['cc0', 'pdm', 'by', 'by-sa', 'by-nc', 'by-nd', 'by-nc-sa', 'by-nc-nd'] as const;
export type LicenseCode = (typeof licenseCodes)[number];

/** Groups of licenses by what they allow. */
const groups: ReadonlyMap<string, (code: LicenseCode) => boolean> = new Map([
  ['all', () => true],
  ['commercial', (code: LicenseCode) => !code.includes('nc')],
  ['modification', (code: LicenseCode) => !code.includes('nd')],
]);

/** Whether these are a license's code. */
export const isLicenseCode = (text: string): text is LicenseCode => licenseCodes.some((code) => code === text);

/** `by,by-sa`: either; `commercial`, `modification`: only what allows that; `all`: whatever. Throws UsageError for other names. */
export function readLicenses(text: string): ReadonlySet<LicenseCode> {
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  const unknown = names.find((name) => !isLicenseCode(name) && !groups.has(name));
  if (unknown !== undefined)
    throw new UsageError(`"${unknown}" is no license: ${[...licenseCodes, ...groups.keys()].join(', ')}.`);
  const named = names.filter(isLicenseCode);
  const demands = names.map((name) => groups.get(name)).filter((demand) => demand !== undefined);
  const kept = (named.length > 0 ? named : licenseCodes).filter((code) => demands.every((demand) => demand(code)));
  if (kept.length === 0) throw new UsageError(`No license is all of ${names.join(', ')}.`);
  return new Set(kept);
}

/** As people write it: `CC BY-SA 4.0`. */
export function nameLicense(code: LicenseCode, version: string | undefined): string {
  if (code === 'pdm') return 'Public Domain Mark 1.0';
  const name = code === 'cc0' ? 'CC0' : `CC ${code.toUpperCase()}`;
  return version === undefined ? name : `${name} ${version}`;
}
