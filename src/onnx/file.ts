/**
 * ONNX's messages, as far as a model of this package needs them, and their encoding. Numbers of
 * fields and types are those of onnx.proto, the opset's operators those of the domain `ai.onnx`.
 */
import { PbfWriter } from 'pbf';

/** Version of ONNX's own operator set. */
export const OPSET = 17;
/** The version of the file format released with OPSET. */
const IR_VERSION = 8;

export type ElementType = 'float32' | 'int64' | 'bool';

/** A constant; row-major. */
export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

/** An input or output of a graph; a string names a dynamic dimension. */
export interface OnnxValue {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly (number | string)[];
  /** For human readers. */
  readonly description?: string;
}

/** An integer, integers, or the body of a loop operator. */
export type OnnxAttribute = number | readonly number[] | OnnxGraph;

export interface OnnxNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxGraph {
  readonly name: string;
  /** In topological order. */
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

export interface OnnxModel {
  readonly graph: OnnxGraph;
  /** The program that wrote the file. */
  readonly producer: { readonly name: string; readonly version: string };
  readonly metadata: Readonly<Record<string, string>>;
}

/** The bytes of a model file. Equal models give equal bytes. */
export function encodeModel(model: OnnxModel): Uint8Array {
  const file = new PbfWriter();
  file.writeVarintField(1, IR_VERSION);
  file.writeStringField(2, model.producer.name);
  file.writeStringField(3, model.producer.version);
  file.writeMessage(7, writeGraph, model.graph);
  file.writeMessage(8, (version, message) => message.writeVarintField(2, version), OPSET);
  for (const entry of Object.entries(model.metadata)) file.writeMessage(14, writeEntry, entry);
  return file.finish();
}

const elementTypes: Readonly<Record<ElementType, number>> = { float32: 1, int64: 7, bool: 9 };

function writeGraph(graph: OnnxGraph, message: PbfWriter): void {
  for (const node of graph.nodes) message.writeMessage(1, writeNode, node);
  message.writeStringField(2, graph.name);
  for (const tensor of graph.constants) message.writeMessage(5, writeTensor, tensor);
  for (const value of graph.inputs) message.writeMessage(11, writeValue, value);
  for (const value of graph.outputs) message.writeMessage(12, writeValue, value);
}

function writeNode(node: OnnxNode, message: PbfWriter): void {
  for (const name of node.inputs) message.writeStringField(1, name);
  for (const name of node.outputs) message.writeStringField(2, name);
  message.writeStringField(3, node.outputs[0] ?? '');
  message.writeStringField(4, node.operator);
  for (const entry of Object.entries(node.attributes)) {
    message.writeMessage(5, writeAttribute, entry);
  }
}

/** Kinds of attributes: integer 2, graph 5, integers 7. */
function writeAttribute([name, value]: readonly [string, OnnxAttribute], message: PbfWriter): void {
  message.writeStringField(1, name);
  if (typeof value === 'number') {
    message.writeVarintField(3, value);
    message.writeVarintField(20, 2);
  } else if ('nodes' in value) {
    message.writeMessage(6, writeGraph, value);
    message.writeVarintField(20, 5);
  } else {
    for (const integer of value) message.writeVarintField(8, integer);
    message.writeVarintField(20, 7);
  }
}

function writeTensor({ name, shape, data }: OnnxTensor, message: PbfWriter): void {
  for (const size of shape) message.writeVarintField(1, size);
  message.writeVarintField(2, elementTypes[data instanceof Float32Array ? 'float32' : 'int64']);
  message.writeStringField(8, name);
  message.writeBytesField(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function writeValue({ name, type, shape, description }: OnnxValue, message: PbfWriter): void {
  message.writeStringField(1, name);
  message.writeMessage(2, writeTensorType, { type, shape });
  if (description !== undefined) message.writeStringField(3, description);
}

function writeTensorType(value: Pick<OnnxValue, 'type' | 'shape'>, message: PbfWriter): void {
  message.writeMessage(
    1,
    ({ type, shape }, tensor) => {
      tensor.writeVarintField(1, elementTypes[type]);
      tensor.writeMessage(2, writeShape, shape);
    },
    value,
  );
}

function writeShape(shape: OnnxValue['shape'], message: PbfWriter): void {
  for (const size of shape) {
    message.writeMessage(
      1,
      (own, dimension) => {
        if (typeof own === 'number') dimension.writeVarintField(1, own);
        else dimension.writeStringField(2, own);
      },
      size,
    );
  }
}

function writeEntry([key, value]: readonly [string, string], message: PbfWriter): void {
  message.writeStringField(1, key);
  message.writeStringField(2, value);
}
