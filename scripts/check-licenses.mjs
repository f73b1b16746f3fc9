// Every package that ships with the server must be permissively licensed, or be named below with the reason why it may stay.
// Reads package-lock.json, so nothing needs to be installed. Run: node scripts/check-licenses.mjs
import { readFileSync } from 'node:fs';

const permissive = new Set([
  'MIT',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'ISC',
  'BlueOak-1.0.0',
  'CC0-1.0',
]);

/** By the beginning of a package's name. */
const exceptions = {
  '@img/sharp-':
    'LGPL: libvips and its libraries, shared libraries of their own that a user may replace; we change nothing in them',
  'libheif-js':
    'LGPL: libheif compiled to WebAssembly, a file of its own that a user may replace; we change nothing in it',
  'fast-sha256': 'the Unlicense, a dedication to the public domain: standardwebhooks signs with it',
  h5wasm: 'the licenses of NIST (public domain) and of the HDF Group (BSD): see its LICENSE.txt',
};

/** `MIT`, `(MIT OR CC0-1.0)`, `Apache-2.0 AND MIT`: all that are joined by AND must be permissive, of those by OR one. */
const isPermissive = (expression) =>
  expression
    .replaceAll(/[()]/g, '')
    .split(' AND ')
    .every((part) => part.split(' OR ').some((license) => permissive.has(license.trim())));

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const refused = [];
const used = new Set();
for (const [path, { dev, license = 'none' }] of Object.entries(packages)) {
  if (path === '' || dev || isPermissive(license)) continue;
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const exception = Object.keys(exceptions).find((beginning) => name.startsWith(beginning));
  if (exception === undefined) refused.push(`${name}: ${license}`);
  else used.add(exception);
}
for (const [beginning, reason] of Object.entries(exceptions))
  if (used.has(beginning)) console.log(`allowed: ${beginning}… (${reason})`);
  else refused.push(`the exception for ${beginning}… is of no use any more`);
for (const line of refused) console.error(line);
if (refused.length === 0) console.log('every other package that ships is permissively licensed');
process.exitCode = refused.length === 0 ? 0 : 1;
