// Two native engines running in one process would share its cores and its crashes; here they run one after the other.
import { extraDevices, withoutAddon, withoutOpenvino } from './addon.js';
import { describeEngine } from './contract.js';
import { remoteServers } from './remoteServers.js';

for (const reason of [withoutAddon, withoutOpenvino]) if (reason) console.error(reason);
describeEngine({ engine: 'onnx', device: 'cpu', threads: 1, warmupBatchSizes: [1] }, false);
describeEngine({ engine: 'openvino', device: 'cpu', threads: 1, warmupBatchSizes: [1] }, withoutOpenvino);
describeEngine({ engine: 'tfjs', device: 'cpu', threads: 1, warmupBatchSizes: [1, 2] }, withoutAddon);
for (const { engine, device } of extraDevices)
  describeEngine({ engine, device, threads: 1, warmupBatchSizes: [1, 2] }, false);
for (const elsewhere of remoteServers)
  describeEngine({ engine: 'remote', device: 'remote', threads: 1, warmupBatchSizes: [] }, false, elsewhere);
