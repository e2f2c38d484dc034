/** Writes ONNX model files: nodes of standard operators, initializers, float inputs and outputs. */
import { Buffer } from 'node:buffer';
import { createRequire } from 'node:module';

const { onnx } = createRequire(import.meta.url)('onnx-proto');
const { FLOAT, INT64 } = onnx.TensorProto.DataType;
const { INT, INTS, STRING } = onnx.AttributeProto.AttributeType;

export class OnnxGraph {
  #nodes = [];
  #initializers = [];

  /** @param {string} name @param {number[]} dims @param {Float32Array} values */
  floats(name, dims, values) {
    this.#initializers.push({ name, dims, dataType: FLOAT, rawData: bytesOf(values) });
    return name;
  }

  /** A list of whole numbers, as Reshape and Slice take. @param {string} name @param {number[]} values */
  integers(name, values) {
    const rawData = bytesOf(BigInt64Array.from(values, BigInt));
    this.#initializers.push({ name, dims: [values.length], dataType: INT64, rawData });
    return name;
  }

  /**
   * Adds an operator with one output, and returns that output's name.
   *
   * @param {string} opType
   * @param {string[]} input
   * @param {string} output
   * @param {Record<string, number | number[] | string>} [attributes]
   */
  node(opType, input, output, attributes = {}) {
    const attribute = Object.entries(attributes).map(([name, value]) => attributeOf(name, value));
    this.#nodes.push({ opType, name: output, input, output: [output], attribute });
    return output;
  }

  reshape(input, dims, output) {
    return this.node('Reshape', [input, this.integers(`${output}.shape`, dims)], output);
  }

  /**
   * @param {Record<string, number[]>} inputs shapes by name
   * @param {Record<string, number[]>} outputs
   * @returns {Uint8Array} the model file
   */
  encode(inputs, outputs) {
    const model = {
      irVersion: 7,
      producerName: 'alstm-bench',
      opsetImport: [{ domain: '', version: 13 }],
      graph: {
        name: 'peer',
        node: this.#nodes,
        initializer: this.#initializers,
        input: Object.entries(inputs).map(valueOf),
        output: Object.entries(outputs).map(valueOf),
      },
    };
    return onnx.ModelProto.encode(onnx.ModelProto.create(model)).finish();
  }
}

function attributeOf(name, value) {
  if (typeof value === 'string') return { name, type: STRING, s: Buffer.from(value) };
  return Array.isArray(value) ? { name, type: INTS, ints: value } : { name, type: INT, i: value };
}

function valueOf([name, dims]) {
  const shape = { dim: dims.map((dimValue) => ({ dimValue })) };
  return { name, type: { tensorType: { elemType: FLOAT, shape } } };
}

/** @param {Float32Array | BigInt64Array} values */
function bytesOf(values) {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
