// Fails for a known vulnerability of high or critical severity in what ships. Where the registry cannot say, says so aloud and does not fail.
// Run: node scripts/audit.mjs
import { spawnSync } from 'node:child_process';

const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  encoding: 'utf8',
  shell: process.platform === 'win32',
});
const report = parse(stdout);
const counts = report?.metadata?.vulnerabilities;
if (counts === undefined) {
  const reason = report?.statusCode ?? 'no answer';
  console.error(`SKIPPED: npm audit, because this registry does not answer it: ${reason}`);
} else {
  console.log(`npm audit: ${JSON.stringify(counts)}`);
  for (const { name, severity, range } of Object.values(report.vulnerabilities ?? {}))
    console.error(`${severity}: ${name} ${range}`);
  process.exitCode = counts.high + counts.critical === 0 ? 0 : 1;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
