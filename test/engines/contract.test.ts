// Two native engines at work in one process would share its cores and its crashes; they follow one another here.
import { extraDevices, withoutAddon } from './addon.js';
import { describeEngine } from './contract.js';

if (withoutAddon) console.error(withoutAddon);
describeEngine({ engine: 'onnx', device: 'cpu', threads: 1, warmupBatchSizes: [1] }, false);
describeEngine({ engine: 'tfjs', device: 'cpu', threads: 1, warmupBatchSizes: [1, 2] }, withoutAddon);
for (const { engine, device } of extraDevices)
  describeEngine({ engine, device, threads: 1, warmupBatchSizes: [1, 2] }, false);
