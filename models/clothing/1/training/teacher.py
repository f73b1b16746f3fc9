"""The teacher, a MobileNet-V2 1.0/224 (Coral, uint8, Apache-2.0), dequantised and run by ONNX Runtime."""
import json, os
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

CONVOLUTION, DEPTHWISE, ADD, MEAN = 3, 4, 0, 1
PX = 224
# The last output of each of these shapes (channels, side) is a map that the student is asked for.
MAPS = [(32, 28), (96, 14), (320, 7)]


class Teacher:
    """Call it with uint8 views [N, 224, 224, 3]: gives the embedding float32 [N, 1280] and one uint8 map [N, C, side, side] for each of MAPS.
    A map's values are those of the quantised network; `scales` and `zeros` turn them into activations."""
    def __init__(self, folder, threads):
        graph = json.load(open(os.path.join(folder, 'teacher.json')))
        values = np.fromfile(os.path.join(folder, 'teacher.f16.bin'), '<f2').astype(np.float32)
        block = lambda r: values[r['offset']:r['offset'] + r['n']].reshape(r['shape'])
        operations = graph['ops']
        pooled = next(k for k, o in enumerate(operations) if o['code'] == MEAN)
        last = operations[pooled + 1]
        self.kernel, self.bias = block(last['w'])[:, 0, 0, :], block(last['b'])      # [1001, 1280], [1001]: embedding to logits
        nodes, constants = [], []
        def constant(name, array):
            constants.append(numpy_helper.from_array(np.ascontiguousarray(array, np.float32), name))
            return name
        nodes.append(helper.make_node('Sub', ['pixels', constant('zero', np.array(graph['in']['zp']))], ['centred']))
        nodes.append(helper.make_node('Mul', ['centred', constant('scale', np.array(graph['in']['sc']))], ['scaled']))
        nodes.append(helper.make_node('Transpose', ['scaled'], [f't{graph["inp"]}'], perm=[0, 3, 1, 2]))
        maps = {}
        for k, o in enumerate(operations[:pooled]):
            x, y = f't{o["I"][0]}', f't{o["O"]}'
            if o['code'] == ADD:
                nodes.append(helper.make_node('Add', [x, f't{o["I"][1]}'], [f'raw{k}']))
            else:
                w = block(o['w']).transpose((0, 3, 1, 2) if o['code'] == CONVOLUTION else (3, 0, 1, 2))
                side, stride = w.shape[2], o['st']
                pads = [0, 0, 0, 0] if side == 1 else [0, 0, 1, 1] if stride == 2 else [1, 1, 1, 1]
                nodes.append(helper.make_node('Conv', [x, constant(f'w{k}', w), constant(f'b{k}', block(o['b']))], [f'raw{k}'],
                                              strides=[stride, stride], pads=pads, group=1 if o['code'] == CONVOLUTION else w.shape[0]))
            # Every activation stays in its quantised range: the network was trained with it.
            nodes.append(helper.make_node('Clip', [f'raw{k}', constant(f'l{k}', np.array(-o['zp'] * o['sc'])), constant(f'h{k}', np.array((255 - o['zp']) * o['sc']))], [y]))
            shape = (o['outShape'][3], o['outShape'][1])
            if shape in MAPS:
                maps[shape] = (y, o['sc'], o['zp'])
        nodes.append(helper.make_node('GlobalAveragePool', [f't{operations[pooled]["I"][0]}'], ['mean']))
        nodes.append(helper.make_node('Flatten', ['mean'], ['embedding']))
        names = ['embedding'] + [maps[shape][0] for shape in MAPS]
        self.scales, self.zeros = [maps[s][1] for s in MAPS], [maps[s][2] for s in MAPS]
        model = helper.make_model(helper.make_graph(nodes, 'teacher', [helper.make_tensor_value_info('pixels', TensorProto.FLOAT, ['n', PX, PX, 3])],
                                                    [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in names], constants),
                                  opset_imports=[helper.make_opsetid('', 17)], ir_version=8)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry('session.intra_op.allow_spinning', '0')
        self.session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=['CPUExecutionProvider'])

    def __call__(self, views):
        embedding, *maps = self.session.run(None, {'pixels': views.astype(np.float32)})
        return embedding, [np.rint(m / s + z).clip(0, 255).astype(np.uint8) for m, s, z in zip(maps, self.scales, self.zeros)]
