import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientAddress } from '../../src/http/clientAddress.js';

test('an address has one name, an IPv6 network of 64 bits too, and nothing that a connection may have instead is a fault', () => {
  const names: ReadonlyArray<readonly [ip: string | undefined, name: string]> = [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::'],
    ['2001:DB8:1:2::', '2001:db8:1:2::'],
    ['::1', '::'],
    ['fe80::1%eth0', 'fe80::'],
    ['unknown', 'unknown'],
    ['', ''],
    [undefined, 'closed'],
  ];
  for (const [ip, name] of names) assert.equal(clientAddress({ ip }), name, ip);
});
